"""Replays through the real state machine: moto, the handlers, PostgreSQL and stored chunks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bidding.domain.estimators import Estimate
from bidding.domain.replay import Measure, Replay
from schemas import replay as wire
from stacks.local.errors import ReplayFailed
from stacks.local.stack import LocalStack
from tests.ledger_samples import NOW, SEATS, World
from tests.replay_samples import direct, log_auctions

POLICIES = ("greedy", "cheapest", "random", "lambda:1.5", f"best_single:{SEATS[0]}")
LOTS = 180


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack whose ledger holds auctions cleared by the market, most of them judged."""
    folder = tmp_path_factory.mktemp("replay")
    for part in (folder, *folder.parents[:2]):  # the server may run as another user
        part.chmod(0o755)
    with LocalStack(folder / "home", seats=(), budget_micros=10_000_000) as stack:
        log_auctions(World(stack.ledger, stack.tenant), LOTS)
        yield stack


def said(measure: Measure | wire.Measure) -> list[float]:
    """All figures of a measure."""
    estimates: list[Estimate | wire.Estimate] = [measure.ips, measure.snips, measure.dr, measure.logged]
    bounds = [value for each in estimates for value in (each.mean, each.low, each.high)]
    return [measure.rounds, measure.share, measure.target_share, measure.effective_rounds, *bounds]


def test_the_state_machine_says_what_the_core_says(stack: LocalStack) -> None:
    """A replay in five chunks has the figures of the estimators on the whole log, for every policy and measure."""
    report = stack.replay(wire.ReplayRequest(tenant=stack.tenant, policies=POLICIES, chunk_auctions=40))

    assert [each.policy for each in report.policies] == list(POLICIES)
    for each in report.policies:
        whole = direct(World(stack.ledger, stack.tenant), each.policy)
        assert isinstance(whole, Replay)
        for ours, core in ((each.reward, whole.reward), (each.cost, whole.cost)):
            assert isinstance(ours, wire.Measure)
            assert isinstance(core, Measure)
            assert said(ours) == pytest.approx(said(core))
    manifests = [key for key in stored(stack) if key.endswith("manifest.json")]
    chunks = [key for key in stored(stack) if "/chunk-" in key]
    assert (len(manifests), len(chunks)) == (1, 5)


def test_one_policy_and_one_chunk(stack: LocalStack) -> None:
    """A list of one is still a list: one policy on one chunk is answered as well."""
    report = stack.replay(wire.ReplayRequest(tenant=stack.tenant, policies=("random",)))
    [only] = report.policies
    assert isinstance(only.cost, wire.Measure)
    assert only.cost.rounds == LOTS


def test_unjudged_lots_are_told(stack: LocalStack) -> None:
    """Every call has a cost, two thirds have a reward, and the report says so."""
    [only] = stack.replay(wire.ReplayRequest(tenant=stack.tenant, policies=("greedy",))).policies
    assert isinstance(only.reward, wire.Measure)
    assert isinstance(only.cost, wire.Measure)
    assert (only.reward.rounds, only.cost.rounds) == (2 * LOTS // 3, LOTS)


def test_a_log_that_begins_tomorrow_is_refused_with_the_reason(stack: LocalStack) -> None:
    """Without logged lots no map runs, and each policy is refused: too few rounds."""
    asked = wire.ReplayRequest(tenant=stack.tenant, policies=("greedy", "cheapest"), since_ms=NOW + 86_400_000)
    answers = [answer for each in stack.replay(asked).policies for answer in (each.reward, each.cost)]
    assert [answer.reason for answer in answers if isinstance(answer, wire.Refusal)] == ["too_few_rounds"] * 4


def test_since_takes_the_whole_log_where_it_is_all_later(stack: LocalStack) -> None:
    """A time at which every task was first seen leaves none of them out."""
    [only] = stack.replay(wire.ReplayRequest(tenant=stack.tenant, policies=("random",), since_ms=NOW)).policies
    assert isinstance(only.cost, wire.Measure)
    assert only.cost.rounds == LOTS


def test_a_policy_that_nobody_knows_is_named(stack: LocalStack) -> None:
    """A wrong name ends the replay with the names that there are."""
    with pytest.raises(ReplayFailed, match="no policy 'best': there are cheapest, greedy, random"):
        stack.replay(wire.ReplayRequest(tenant=stack.tenant, policies=("best",)))


def stored(stack: LocalStack) -> list[str]:
    """Keys of this home's replay documents."""
    return sorted(str(path) for path in Path(stack.home).rglob("*replays*/**/*.json"))
