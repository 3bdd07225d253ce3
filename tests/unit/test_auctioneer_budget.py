"""How an auction house paces its budget: by a price of money, and whatever is told late."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

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
