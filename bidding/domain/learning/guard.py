"""The guard: never do worse than the zero-router for long.

The zero-router is the best fixed mix of single seats at the same spend. Every so many outcomes the guard compares what
the policy's picks earned lately with what that mix would have earned on the same lots at the same spend, both by the
lots' values; where the policy falls short by more than chance explains, the next lots are auctioned as the zero-router
would. Then the policy is tried again, and set aside for twice as long where it still falls short.

A policy sends easy lots to some seats and hard ones to others, so a seat's mean reward is no measure of what it would
have earned on all of them. The guard therefore takes the seat's mean and adds what the policy itself expected of it on
all of these lots beyond what it expected on those that the seat served: as far as its expectations of one seat agreed
with what came, which those of a policy that sees patterns in noise do not.

Sources: Hu et al., RouterBench, 2024 (the zero-router as the baseline every router must beat); Cassel, Särndal and
Wretman, Some results on generalized difference estimation, Biometrika 1976 (the regression estimator).
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from bidding.domain.dataclass import dataclass
from bidding.domain.learning.drift import WARINESS_LOTS
from bidding.domain.learning.hull import zero_router_value
from bidding.domain.learning.tables import Floats

WINDOW_OUTCOMES = 500
LOOK_EVERY_OUTCOMES = 100
LATE_LOTS = 500
"""What is told so many lots after the pick, or later, is left out: by then the policy expects something else."""
CERTAINTY_SDS = 2.0
DEVIATION_MIN = 0.05
"""Rewards are taken to vary by this: a policy's first errors, made while it learnt, stay in their mean for long."""
RECORD_OUTCOMES = 1_000.0
"""Over about so many outcomes of a seat its mean reward, and what was expected, are averaged."""
AGREED_SQUARES = 1.0
"""Expectations are thought to agree with what comes, until as many squared deviations of them say otherwise."""
ASIDE_LOTS, ASIDE_LOTS_MAX = 500, 16_000
"""How long a policy is set aside, the first time and at most."""
WEIGHT_LEFT_MIN = 1e-9
"""What rounding may leave of outcomes that were taken back."""


@dataclass(slots=True)
class Watched:
    """A policy's pick of a lot, and what came of it: weight 0 before that is known.

    `expected` (2, seats) are the rewards and the prices in micro-dollars that were expected of all seats; an infinite
    price is of a seat that could not be had. `explored` tells that the pick was nobody's choice.
    """

    lot: int
    seat: int
    expected: NDArray[np.float32]
    value: float
    explored: bool
    reward: float = 0.0
    weight: float = 0.0


class Guard:
    """Watches the outcomes of one market's picks, and says when its policy is set aside."""

    def __init__(self) -> None:
        self.engaged = False
        self._recent: deque[Watched] = deque(maxlen=WINDOW_OUTCOMES)
        # Of every seat: its outcomes by their weights, up to RECORD_OUTCOMES, its mean reward, and what was expected.
        self._record: list[list[float]] = []
        self._seen = self._waits = self._left = 0
        self._aside = ASIDE_LOTS

    def watch(
        self, lot: int, seat: int, rewards: Floats, prices: Floats, value: float = 1.0, explored: bool = False
    ) -> Watched | None:
        """A lot goes to a seat, where all were expected to earn and cost so much; None while the policy is aside."""
        if self.engaged:
            self._left -= 1
            self.engaged = self._left > 0
            return None
        expected = np.empty((2, len(rewards)), dtype=np.float32)
        expected[0], expected[1] = rewards, prices
        return Watched(lot, seat, expected, value, explored)

    def learn(self, pick: Watched, reward: float, weight: float, lot: int) -> None:
        """Take in what came of a pick, or a later word on it; so many lots were awarded by now."""
        if lot - pick.lot >= LATE_LOTS or self.engaged:  # what led to it says nothing new
            return
        if self._waits:
            self._waits -= 1
            return
        self._average(pick, reward, weight)
        first, pick.reward, pick.weight = not pick.weight, reward, weight
        if first and not pick.explored:
            self._recent.append(pick)
            self._seen += 1
            if self._seen % LOOK_EVERY_OUTCOMES == 0 and len(self._recent) == WINDOW_OUTCOMES:
                self._look()

    def restart(self, seat: int) -> None:
        """A seat changed, and may change back: what was earned before tells nothing of what can be earned now."""
        self.engaged = False
        self._recent.clear()
        self._waits, self._aside = WARINESS_LOTS, ASIDE_LOTS
        if seat < len(self._record):
            self._record[seat] = [0.0, 0.0, 0.0]

    def _average(self, pick: Watched, reward: float, weight: float) -> None:
        """Count it in, in place of what was said of the pick before."""
        while pick.seat >= len(self._record):
            self._record.append([0.0, 0.0, 0.0])
        record, expected = self._record[pick.seat], pick.expected.item(pick.seat)
        before, kept = record[0], record[0] - pick.weight
        if kept < WEIGHT_LEFT_MIN:  # it was the only one, or was forgotten before
            before = kept = 0.0
        taken = pick.weight if before else 0.0
        record[1] = (record[1] * before - pick.reward * taken + reward * weight) / (kept + weight)
        record[2] = (record[2] * before - expected * taken + expected * weight) / (kept + weight)
        record[0] = min(kept + weight, RECORD_OUTCOMES)

    def _look(self) -> None:
        if not self._behind():
            self._aside = ASIDE_LOTS
            return
        self.engaged = True
        self._left, self._aside = self._aside, min(2 * self._aside, ASIDE_LOTS_MAX)
        self._recent.clear()

    def _behind(self) -> bool:
        picks = self._recent
        weights, rewards, shares = np.array([(pick.weight, pick.reward, pick.weight * pick.value) for pick in picks]).T
        worth = float(shares.sum())
        seats = min(pick.expected.shape[1] for pick in picks)  # who joined since then is in no mix yet
        record = np.zeros((max(seats, len(self._record)), 3))
        record[: len(self._record)] = self._record
        outcomes, earned_alone, expected_alone = record[:seats].T
        expected = np.array([pick.expected[:, :seats] for pick in picks], dtype=np.float64)
        prices = np.average(expected[:, 1], axis=0, weights=weights)
        known = (outcomes >= 1) & np.isfinite(prices)
        spent = float(np.average([pick.expected.item(1, pick.seat) for pick in picks], weights=weights))
        if not worth > 0 or not known.any() or spent < prices[known].min():
            return False
        shares /= worth
        levels = earned_alone + self._agreement(rewards, weights) * (shares @ expected[:, 0] - expected_alone)
        earned = float(shares @ rewards)
        doubt = CERTAINTY_SDS * max(DEVIATION_MIN, math.sqrt(shares @ (rewards - earned) ** 2))
        mix = zero_router_value((levels - doubt / np.sqrt(np.maximum(outcomes, 1)))[known], prices[known], spent)
        return earned + doubt * math.sqrt(float((shares * shares / weights).sum())) < mix

    def _agreement(self, rewards: Floats, weights: Floats) -> float:
        """How far rewards follow what was expected of the very seat: 1 where they do, 0 where they do not."""
        rows = np.array([pick.seat for pick in self._recent])
        expected = np.array([pick.expected.item(pick.seat) for pick in self._recent])
        total = np.maximum(np.bincount(rows, weights), WEIGHT_LEFT_MIN)
        apart, off = (each - (np.bincount(rows, weights * each) / total)[rows] for each in (expected, rewards))
        agreed = float(weights @ (apart * off)) + AGREED_SQUARES
        return min(1.0, max(0.0, agreed / (float(weights @ (apart * apart)) + AGREED_SQUARES)))
