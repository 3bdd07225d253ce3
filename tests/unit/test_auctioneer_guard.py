"""An auction house under its guard: who is set aside, for whom, and who is not."""

from __future__ import annotations

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.learning.tables import Floats
from bidding.domain.policies.base import Context
from bidding.domain.policies.baselines import ZeroRouter
from tests.unit.test_auctioneer import LEVELS, LISTED
from tests.unit.test_auctioneer_budget import KINDS, by_mean_prices, served


class Perverse(ZeroRouter):
    """Wants the worst seat it knows of."""

    contextual = True

    def appraise(self, context: Context) -> tuple[Floats, Floats]:
        """See `SelectionPolicy`."""
        means, sd = super().appraise(context)
        return 1 - means, sd


def test_the_guard_takes_over_from_a_policy_that_falls_behind() -> None:
    """A policy that is worse than the best fixed mix is set aside for ever longer; without the guard it would go on."""
    house = Auctioneer(Perverse(), uniform_share=0.1, seed=5)
    for seat in LISTED:
        house.add_seat(seat, 90.0)
    shares = []
    for _ in range(9_000):
        decision = house.auction("x", value_micros=1e6)
        house.settle(decision.decision_id, 90.0)
        house.reward(decision.decision_id, LEVELS[decision.seat])
        shares.append(decision.seat == "dear")
    assert np.mean(shares[:400]) < 0.2
    assert np.mean(shares[500:]) > 0.7
    assert np.mean(shares[-4_000:]) > 0.8


def test_a_seat_that_nobody_judges_is_in_no_mix() -> None:
    """While the policy is aside, lots go to seats that are known to earn something."""
    house = Auctioneer(Perverse(), seed=5)
    house.add_seat("good", 90.0)
    house.add_seat("silent", 90.0)
    for _ in range(20):
        house.reward(house.auction("x", value_micros=1e6).decision_id, 0.8)
    house._guard.engaged, house._guard._left = True, 100
    assert {house.auction("x", value_micros=1e6).seat for _ in range(100)} == {"good"}
    assert not house._guard.engaged


def test_who_was_above_the_ceiling_could_not_be_had_for_the_mix_either() -> None:
    """The guard is told of an infinite price; of that of this lot where the policy goes by mean prices."""
    house = by_mean_prices(None)
    for kind in 2 * list(KINDS):
        served(house, kind, 400)
    for ceiling, good in ((1e4, 144.0), (100.0, np.inf)):
        decision = house.auction("long", value_micros=1e6, ceiling_micros=ceiling)
        pick = house._docket.any(decision.decision_id).pick
        assert pick is not None
        assert pick.expected[1, 1] == pytest.approx(good, rel=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_the_guard_leaves_alone_who_cannot_do_better(seed: int) -> None:
    """Where all answers are right, and where claims say which are: the expectations that picked are those compared."""
    house = Auctioneer(seed=seed)
    for seat in ("a", "b"):
        house.add_seat(seat, 10.0)
    rng = np.random.default_rng(seed)
    for turn in range(4_000):
        easy = bool(rng.random() < 0.5)
        worth = (0.95 if easy else 0.15, 0.6) if turn > 1_500 else (1.0, 1.0)
        decision = house.auction("x", value_micros=1e6, claims={"a": 0.95 if easy else 0.15} if turn > 1_500 else None)
        assert not house._guard.engaged, turn
        house.reward(decision.decision_id, float(rng.random() < worth[decision.seat == "b"]))
