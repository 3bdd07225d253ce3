"""Who joins a market that has been running: drawn from a little higher, until it has been tried, and no further."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.learning.beliefs import Beliefs
from bidding.domain.learning.trials import TRIAL_OUTCOMES

QUALITY = {"good": 0.8, "fair": 0.7, "new": 0.2}


def running() -> Beliefs:
    """Beliefs that know one seat well and have just met another."""
    beliefs = Beliefs()
    beliefs.add_seat()
    beliefs.add_kind()
    for _ in range(300):
        beliefs.learn(0, 0, 0.7)
    beliefs.add_seat()
    return beliefs


def joined() -> Auctioneer:
    """A market that has been running, and that another seat has just joined."""
    house = Auctioneer(seed=1)
    house.add_seat("fair", 100)
    for _ in range(300):
        house.reward(house.auction("x", value_micros=50_000).decision_id, 0.6)
    house.add_seat("new", 100)
    return house


def test_a_newcomer_stays_on_trial_when_what_is_known_is_put_away() -> None:
    """Drawn from higher until it was tried often enough, also by beliefs that come back from their record."""
    beliefs = running()
    for tried in range(25):
        beliefs = Beliefs.of(beliefs.state(), [None, None])  # as after every fold
        drawn, known = beliefs.quality(0)[0][1], beliefs.posterior(0)[0][1]
        assert (drawn > known + 1e-9) == (tried < 20), tried
        beliefs.trials.called(1)
        beliefs.learn(1, 0, 0.5)


def test_calls_that_nobody_judges_end_a_trial_and_an_outcome_goes_on_with_it() -> None:
    """After its calls a newcomer is drawn as less than is believed, for certain; also from the record."""
    beliefs = running()
    for _ in range(int(TRIAL_OUTCOMES)):
        assert beliefs.quality(0)[0][1] > beliefs.posterior(0)[0][1]
        beliefs.trials.called(1)
        beliefs = Beliefs.of(beliefs.state(), [None, None])
    mean, sd = beliefs.quality(0)
    assert mean[1] < beliefs.posterior(0)[0][1]
    assert sd[1] == 0
    beliefs.learn(1, 0, 0.7)
    mean, sd = beliefs.quality(0)
    assert mean[1] > beliefs.posterior(0)[0][1]
    assert sd[1] > 0


@pytest.mark.parametrize("listed", [30, 300, 1_500])
@pytest.mark.parametrize("settled", [0, 100, None])
@pytest.mark.parametrize("delay", [50, 400, None])
def test_a_poor_newcomer_costs_a_bounded_number_of_calls(delay: int | None, settled: int | None, listed: float) -> None:
    """However late its judgements come, also where they never do; and whenever its calls are paid."""
    house, rng = Auctioneer(allowance_micros=400, seed=1), np.random.default_rng(1)
    house.add_seat("good", 300)
    house.add_seat("fair", 100)
    rewards: deque[tuple[float, int, float]] = deque()
    bills: deque[tuple[float, int, float]] = deque()
    taken = 0
    for lot in range(1_400):
        if lot == 600:
            house.add_seat("new", listed)
        decision = house.auction("x", value_micros=50_000)
        taken += decision.seat == "new"
        cost = {"good": 300.0, "fair": 100.0, "new": listed}[decision.seat]
        reward = float(rng.random() < QUALITY[decision.seat])
        for told, late, what in ((rewards, delay, reward), (bills, settled, cost)):
            told.append((lot + (0 if lot < 600 else np.inf if late is None else late), decision.decision_id, what))
        while bills and bills[0][0] <= lot:
            house.settle(*bills.popleft()[1:])
        while rewards and rewards[0][0] <= lot:
            house.reward(*rewards.popleft()[1:])
    assert taken <= 2 * TRIAL_OUTCOMES


def test_a_call_that_was_not_made_is_not_counted() -> None:
    """Who was called off is tried as before."""
    house = joined()
    for _ in range(200):
        house.void(house.auction("x", value_micros=50_000).decision_id)
    taken = [house.auction("x", value_micros=50_000).seat for _ in range(200)]
    assert taken.count("new") == TRIAL_OUTCOMES


def test_a_good_newcomer_that_is_judged_late_is_adopted_then() -> None:
    """Its first calls are all it has until they are judged; after that it serves."""
    house = joined()
    early = []
    for _ in range(200):
        decision = house.auction("x", value_micros=50_000)
        house.settle(decision.decision_id, 100)
        if decision.seat == "new":
            early.append(decision.decision_id)
    assert len(early) == TRIAL_OUTCOMES
    for decision_id in early:
        house.reward(decision_id, 0.9)
    assert [house.auction("x", value_micros=50_000).seat for _ in range(20)] == 20 * ["new"]
