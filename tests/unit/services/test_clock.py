"""A clock that jumps back: money, judgements and what is learnt do not notice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bidding.domain.records import LotHistory
from bidding.ports.market import Market
from bidding.services.auctions import clear_auction
from bidding.services.bids import open_auction
from bidding.services.execution import execute_lot
from bidding.services.learning import Feedback, fold_policy, record_feedback
from bidding.services.settlement import judge_award, settle_lot
from bidding.services.upkeep import sweep
from tests.unit.services.test_services import NEAR, TENANT, a_lot, a_market

START = 1_700_000_000_000
DAY = 86_400_000


def steady() -> Iterator[int]:
    while True:
        yield START


def falling() -> Iterator[int]:
    now = START
    while True:
        now -= DAY
        yield now


def jumping() -> Iterator[int]:
    rng = random.Random(5)
    while True:
        yield START + rng.randint(-400 * DAY, DAY)


def told_by(ticks: Iterator[int]) -> Callable[[], int]:
    return lambda: next(ticks)


def lived(ticks: Iterator[int]) -> tuple[Market, LotHistory]:
    """A lot from auction to feedback and fold, every reading of the clock being the next tick."""
    market = a_market(NEAR)
    lot = a_lot(market)  # its ids carry the time at which the task came in
    market = replace(market, clock=told_by(ticks))
    award = clear_auction(market, open_auction(market, TENANT, lot.lot_id, 1), 1, failed=())
    execute_lot(market, TENANT, award, [])
    settle_lot(market, TENANT, award)
    judge_award(market, TENANT, award)
    record_feedback(market, TENANT, lot.lot_id, Feedback(reward=0.75))
    fold_policy(market, TENANT)
    return market, market.ledger.history(TENANT, lot.lot_id)


@pytest.mark.parametrize("ticks", [falling, jumping])
def test_nothing_is_corrupted_by_a_clock_that_jumps_back(ticks: Callable[[], Iterator[int]]) -> None:
    """The same award, cost and judgements as under a steady clock, no negative latency, and the same record learnt."""
    (market, history), (steady_market, expected) = lived(ticks()), lived(steady())
    [past], [usual] = history.rounds, expected.rounds
    assert past.award is not None
    assert past.completion is not None
    assert past.completion.latency_ms >= 0
    assert (past.award, past.settlement, past.outcomes) == (usual.award, usual.settlement, usual.outcomes)
    money = market.ledger.conservation(TENANT)
    assert money.holds
    assert (money.open_holds, money.settled_micros) == (0, money.completed_micros)
    learnt, usually = market.ledger.current(TENANT).state, steady_market.ledger.current(TENANT).state
    assert learnt.beliefs == usually.beliefs
    assert learnt.prices == usually.prices


def test_a_sweep_before_its_time_takes_no_hold_away() -> None:
    """A clock that jumped back sees holds that end in the future, and leaves them."""
    market = a_market(NEAR)
    lot = a_lot(market)
    clear_auction(market, open_auction(market, TENANT, lot.lot_id, 1), 1, failed=())
    before = market.ledger.conservation(TENANT)
    sweep(replace(market, clock=lambda: START - 400 * DAY), 0)
    assert market.ledger.conservation(TENANT) == before
    assert before.open_holds == 1
