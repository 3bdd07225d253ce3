"""How an auction house paces its budget: by a price of money, and whatever is told late."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from bidding import Auctioneer
from tests.unit.test_auctioneer import LEVELS, LISTED, paced, told


def test_a_budget_that_binds_has_a_price_of_money() -> None:
    """λ is solved from the offers of the lots before, and a pick is made at one of its two values."""
    house = paced()
    for _ in range(800):
        pace, decision = house.pacer.pace, house.auction("x", value_micros=1e5)
        told(house, decision.decision_id, decision.seat)
    assert 0 < pace.low <= pace.high
    assert decision.picked.multiplier in {pace.low, pace.high}


@pytest.mark.parametrize("lag", [0, 20, 100, 400])
@pytest.mark.parametrize("seed", range(3))
def test_the_budget_is_kept_however_late_calls_are_paid(lag: int, seed: int) -> None:
    """At every horizon above two hundred lots, what all calls cost is within 1.005 of the budget."""
    house, rng = paced(seed), np.random.default_rng(seed)
    waiting: deque[tuple[int, str, float]] = deque()
    spent = cheapest = 0.0
    for lot in range(1, 1_500):
        decision = house.auction("x", value_micros=1e5)
        luck = float(rng.uniform(0.5, 1.5))
        spent, cheapest = spent + LISTED[decision.seat] * luck, cheapest + LISTED["poor"] * luck
        waiting.append((decision.decision_id, decision.seat, LISTED[decision.seat] * luck))
        if len(waiting) > lag:
            decision_id, seat, cost = waiting.popleft()
            house.settle(decision_id, cost)
            house.reward(decision_id, LEVELS[seat])
        if lot > 200:
            assert spent <= 1.005 * max(100.0 * lot, cheapest), lot
    assert spent > 0.8 * 100 * lot, "and the money is used"


@pytest.mark.parametrize("allowance", [0.01, 99.9, 100.0, 100.5])
@pytest.mark.parametrize("dearer", [0.0, 1e-6])
def test_of_seats_that_cost_the_same_the_best_is_found_whatever_the_purse(allowance: float, dearer: float) -> None:
    """A seat that costs no more than the fallback breaks no budget that the fallback keeps."""
    listed = {"poor": 100.0, "good": 100.0 + dearer}
    house, won = Auctioneer(allowance_micros=allowance, seed=0), []
    for seat, price in listed.items():
        house.add_seat(seat, price)
    spent = 0.0
    for lot in range(1, 801):
        decision = house.auction("x", value_micros=1e5)
        won.append(decision.seat)
        spent += listed[decision.seat]
        house.settle(decision.decision_id, listed[decision.seat])
        house.reward(decision.decision_id, LEVELS[decision.seat])
        assert spent <= (1 + 1e-6) * max(allowance, 100.0) * lot
    assert won[400:].count("good") > 380


KINDS = {"short": 0.5, "long": 1.6}
"""By what the good seat's calls differ from its list."""


def served(house: Auctioneer, kind: str, lots: int) -> float:
    """Serve lots of a kind by a plain seat and a good one; answers what they cost."""
    spent = 0.0
    for _ in range(lots):
        decision = house.auction(kind, value_micros=1e6)
        cost = {"plain": 20.0, "good": 90.0 * KINDS[kind]}[decision.seat]
        house.settle(decision.decision_id, cost)
        house.reward(decision.decision_id, {"plain": 0.3, "good": 0.9}[decision.seat])
        spent += cost
    return spent


def by_mean_prices(allowance_micros: float | None) -> Auctioneer:
    """A policy that looks at no lot, and so scores by mean prices, as the guard does."""
    house = Auctioneer("best_single", allowance_micros=allowance_micros, seed=1)
    house.add_seat("plain", 20.0)
    house.add_seat("good", 90.0)
    return house


def test_a_seat_that_this_lot_makes_dear_is_not_let_in_on_its_mean_price() -> None:
    """It would overspend where the work became dearer."""
    house = by_mean_prices(100.0)
    assert served(house, "short", 1_500) > 1_500 * 44, "the good seat serves"
    spent = served(house, "long", 600)
    assert spent <= (600 + 16) * 100, "more than the purse holds is not taken from what was saved before"


def test_ceilings_and_accounts_go_by_the_price_of_this_lot() -> None:
    """Whatever the policy scores by."""
    house = by_mean_prices(None)
    for kind in 2 * list(KINDS):
        served(house, kind, 400)
    mean = house.prices.overall()[1] * 90.0
    for kind, factor in KINDS.items():
        before = house.pacer.under_way.price
        assert house.auction(kind, value_micros=1e6).seat == "good"
        counted = house.pacer.under_way.price - before
        assert counted == pytest.approx(90 * factor, rel=0.15)
        assert abs(counted - mean) > 10
    limited = {kind: house.auction(kind, value_micros=1e6, ceiling_micros=1.1 * mean) for kind in KINDS}
    assert not limited["short"].shut_out()
    assert [(one.seat, one.reason) for one in limited["long"].shut_out()] == [("good", "above_price_ceiling")]
