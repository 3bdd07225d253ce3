"""Replays in chunks, on a ledger and documents in memory."""

from __future__ import annotations

import pytest

from bidding.domain.errors import InvalidRequest, UnknownRecord
from bidding.domain.ids import LotId, earliest_id
from bidding.domain.replay import Measure, Refusal, Replay
from bidding.ports.market import Market
from bidding.services.replay import Chunk, ReplayPlan, plan_replay, replay_chunk, summarise_replay
from tests.ledger_samples import World
from tests.replay_samples import LAST, direct, log_auctions
from tests.unit.services.test_services import TENANT, a_market

POLICIES = ("greedy", "random")
LOTS = 180


@pytest.fixture(scope="module")
def market() -> Market:
    """A market with a log."""
    market = a_market()
    market.ledger.set_budget(TENANT, 10_000_000)
    log_auctions(World(market.ledger, TENANT), LOTS)
    return market


def chunks_of(market: Market, size: int) -> list[Chunk]:
    bounds = market.ledger.replay_bounds(TENANT, None, size)
    return [Chunk(index, *ends) for index, ends in enumerate(zip([None, *bounds[:-1]], bounds, strict=True))]


def figures(answer: object) -> list[float]:
    assert isinstance(answer, Replay)
    assert isinstance(answer.reward, Measure)
    measured = answer.reward
    return [value for each in (measured.ips, measured.snips, measured.dr) for value in (each.mean, each.low, each.high)]


@pytest.mark.parametrize("size", [7, 60, LOTS, 1_000])
def test_chunks_of_any_size_give_one_answer(market: Market, size: int) -> None:
    """However the log is cut, the figures are those of the whole."""
    plan = plan_replay(market, TENANT, f"size-{size}", POLICIES, None, size)
    assert plan == ReplayPlan(f"tenants/{TENANT}/replays/size-{size}/manifest.json", -(-LOTS // size))
    chunks = chunks_of(market, size)
    assert sum(replay_chunk(market, TENANT, f"size-{size}", POLICIES, chunk) for chunk in chunks) == LOTS

    answers = summarise_replay(market, TENANT, f"size-{size}", POLICIES)

    for policy in POLICIES:
        assert figures(answers[policy]) == pytest.approx(figures(direct(World(market.ledger, TENANT), policy)))


def test_a_chunk_that_is_missing_is_no_answer(market: Market) -> None:
    """A replay of a part of the log would be silently wrong: it is an error."""
    plan_replay(market, TENANT, "broken", POLICIES, None, 100)
    replay_chunk(market, TENANT, "broken", POLICIES, chunks_of(market, 100)[0])
    with pytest.raises(UnknownRecord):
        summarise_replay(market, TENANT, "broken", POLICIES)


def test_a_chunk_done_twice_counts_once(market: Market) -> None:
    """A retried chunk writes its own document again."""
    plan_replay(market, TENANT, "twice", POLICIES, None, LOTS)
    [chunk] = chunks_of(market, LOTS)
    once = [replay_chunk(market, TENANT, "twice", POLICIES, chunk) for _ in range(2)]
    assert once == [LOTS, LOTS]
    answer = summarise_replay(market, TENANT, "twice", POLICIES)["random"]
    assert isinstance(answer, Replay)
    assert answer.rounds == LOTS


def test_a_seat_that_never_bid_is_not_replayed_as_another_policy(market: Market) -> None:
    """Greedy where it does not bid would be greedy everywhere: it is refused, and those who bid are named."""
    policies = ("best_single:nobody", "greedy")
    plan_replay(market, TENANT, "nobody", policies, None, LOTS)
    (chunk,) = chunks_of(market, LOTS)
    replay_chunk(market, TENANT, "nobody", policies, chunk)
    answers = summarise_replay(market, TENANT, "nobody", policies)
    refusal = answers["best_single:nobody"]
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "action_not_logged"
    assert refusal.detail.startswith(f"nobody was let in to none of {LOTS} rounds, but ")
    assert isinstance(answers["greedy"], Replay)


def test_an_unknown_policy_is_refused_before_anything_is_read(market: Market) -> None:
    """The plan of a policy that nobody knows is not written."""
    with pytest.raises(InvalidRequest, match="no policy 'wisest'"):
        plan_replay(market, TENANT, "unknown", ("wisest",), None, 100)
    with pytest.raises(UnknownRecord):
        market.documents.get(f"tenants/{TENANT}/replays/unknown/manifest.json")


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_replay_has_a_plain_name(market: Market, name: str) -> None:
    """A name that would lead to another folder is refused."""
    with pytest.raises(InvalidRequest, match="no name for a replay"):
        plan_replay(market, TENANT, name, POLICIES, None, 100)


def test_a_log_is_cut_at_a_time(market: Market) -> None:
    """The earliest id of a task's millisecond lies before its auctions, that of the next one behind them."""
    auctions = market.ledger.logged_auctions(TENANT, None, LAST)
    seen_ms = int(LotId(auctions[0].auction_id).replace("-", "")[:12], 16)
    assert earliest_id(seen_ms) < min(each.auction_id for each in auctions)
    assert plan_replay(market, TENANT, "later", POLICIES, seen_ms + 1, 100).chunks == 0
    assert plan_replay(market, TENANT, "from", POLICIES, seen_ms, LOTS).chunks == 1
