"""Who is due a second look, by hand; and a market whose best seat had bad luck at first, and is found all the same."""

from __future__ import annotations

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.learning.pacing import Pacer
from bidding.domain.learning.second_look import LOTS_MIN, TRIALS, WIDER, second_look
from bidding.domain.pace import Pace

PRICES = np.array([10.0, 40.0, 150.0, 150.0, 250.0])
OUTCOMES = np.array([900.0, 5.0, 5.0, TRIALS, 5.0])


def pacer_after(lots: int, spent_micros: float, allowance_micros: float | None = 100.0) -> Pacer:
    """A pacer in the middle of its life."""
    pacer = Pacer(allowance_micros)
    pacer.lots, pacer.spent_micros = lots, spent_micros
    return pacer


def test_who_costs_more_than_is_spent_and_was_hardly_tried_is_due() -> None:
    """Not who is cheaper than a lot has been so far, was tried often, or is out of reach."""
    wider = second_look(pacer_after(100, 4_000.0), PRICES, OUTCOMES)
    assert wider is not None
    assert wider.tolist() == [1.0, 1.0, WIDER, 1.0, 1.0]


def test_nobody_is_due_where_money_is_not_left_over() -> None:
    """Half is spent, money has a price, nothing paces, the market is new, or all were tried."""
    priced = pacer_after(100, 4_000.0)
    priced.pace = Pace(0.0, 1.0, 0.5)
    for pacer in (
        pacer_after(100, 5_000.0),
        priced,
        pacer_after(100, 4_000.0, allowance_micros=None),
        pacer_after(LOTS_MIN - 1, 1.0),
    ):
        assert second_look(pacer, PRICES, OUTCOMES) is None
    assert second_look(pacer_after(100, 4_000.0), PRICES, OUTCOMES + TRIALS) is None


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_bad_luck_at_first_does_not_rule_out_the_best(seed: int) -> None:
    """Thirteen seats of 0.3 to 0.6; the dearest, at 0.85 and within the allowance, fails its first five calls."""
    quality = {f"s{n}": 0.3 + n / 40 for n in range(13)} | {"best": 0.85}
    house = Auctioneer(allowance_micros=1_000.0, seed=seed)
    for rank, seat in enumerate(quality):
        house.add_seat(seat, 20.0 * 1.3**rank)
    chance, failed, lots, won = np.random.default_rng(seed), 0, 3_000, 0
    for lot in range(lots):
        decision = house.auction("kind", value_micros=1e6)
        reward = float(chance.random() < quality[decision.seat])
        if decision.seat == "best":
            reward, failed = (0.0, failed + 1) if failed < 5 else (reward, failed)
            won += lot >= lots - 500
        house.settle(decision.decision_id, decision.price_micros)
        house.reward(decision.decision_id, reward)
    assert won > 250
