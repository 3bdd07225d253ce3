"""The guard: never do worse than the zero-router for long.

The zero-router is the best fixed mix of single seats at the same spend. Every so many outcomes the guard compares what
the policy's picks earned lately with what that mix would have earned on the same lots at the same spend; where the
policy falls short by more than chance explains, the next lots are auctioned as the zero-router would. Then the policy
is tried again, and set aside for twice as long where it still falls short.

A policy sends easy lots to some seats and hard ones to others, so a seat's mean reward is no measure of what it would
have earned on all of them. The guard therefore takes what the policy itself expected of every seat on all of these
lots, corrected by what its expectations of that seat were off by on the lots that the seat served: right where the
expectations are right of all lots alike, and where they are wrong of a seat by as much on every lot.

Sources: Hu et al., RouterBench, 2024 (the zero-router as the baseline every router must beat); Cassel, Särndal and
Wretman, Some results on generalized difference estimation, Biometrika 1976 (expectations corrected by their errors).
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
CERTAINTY_SDS = 2.0
DEVIATION_MIN = 0.05
"""Rewards are taken to vary by this: a policy's first errors, made while it learnt, stay in their mean for long."""
ERRORS_KEPT = 1_000.0
"""Over about so many outcomes of a seat the policy's errors are averaged."""
WEIGHT_LEFT_MIN = 1e-9
"""What rounding may leave of outcomes that were taken back."""
ASIDE_OUTCOMES, ASIDE_OUTCOMES_MAX = 500, 16_000
"""How long a policy is set aside, the first time and at most."""


@dataclass(slots=True)
class Watched:
    """A policy's pick, and what came of it: weight 0 before that is known.

    `expected` (2, seats) are the rewards and the prices in micro-dollars that were expected of all seats; an infinite
    price is of a seat that made no offer.
    """

    seat: int
    expected: NDArray[np.float32]
    reward: float = 0.0
    weight: float = 0.0


def watched(seat: int, rewards: Floats, prices: Floats) -> Watched:
    """A pick of this seat, with a copy of what was expected of all, each (seats,)."""
    expected = np.empty((2, len(rewards)), dtype=np.float32)
    expected[0], expected[1] = rewards, prices
    return Watched(seat, expected)


class Guard:
    """Watches the outcomes of one market's picks, and says when its policy is set aside."""

    def __init__(self) -> None:
        self.engaged = False
        self._recent: deque[Watched] = deque(maxlen=WINDOW_OUTCOMES)
        self._weights: list[float] = []  # of every seat's outcomes, up to ERRORS_KEPT
        self._errors: list[float] = []  # their mean
        self._seen = self._waits = self._left = 0
        self._aside = ASIDE_OUTCOMES

    def learn(self, pick: Watched | None, reward: float, weight: float) -> None:
        """Take in what came of a pick, or a later word on it; None is one of the mix, while the policy was aside."""
        if pick is None:
            self._left -= 1
            self.engaged = self.engaged and self._left > 0
        elif self._waits:
            self._waits -= 1
        elif not self.engaged:  # what comes late of the picks that led to it says nothing new
            self._average(pick, reward, weight)
            first, pick.reward, pick.weight = not pick.weight, reward, weight
            if first:
                self._recent.append(pick)
                self._seen += 1
                if self._seen % LOOK_EVERY_OUTCOMES == 0 and len(self._recent) == WINDOW_OUTCOMES:
                    self._look()

    def restart(self, seat: int) -> None:
        """A seat changed, and may change back: what was earned before tells nothing of what can be earned now."""
        self.engaged = False
        self._recent.clear()
        self._waits, self._aside = WARINESS_LOTS, ASIDE_OUTCOMES
        if seat < len(self._errors):
            self._weights[seat] = self._errors[seat] = 0.0

    def _average(self, pick: Watched, reward: float, weight: float) -> None:
        """Count by what the policy was off, in place of what was said of the pick before."""
        seat, expected = pick.seat, pick.expected.item(pick.seat)
        if seat >= len(self._errors):
            missing = seat + 1 - len(self._errors)
            self._weights += missing * [0.0]
            self._errors += missing * [0.0]
        kept, total = self._weights[seat], self._errors[seat] * self._weights[seat]
        if pick.weight:
            kept, total = kept - pick.weight, total - pick.weight * (pick.reward - expected)
        if kept < WEIGHT_LEFT_MIN:  # it was the only one, or was forgotten before
            kept = total = 0.0
        self._errors[seat] = (total + weight * (reward - expected)) / (kept + weight)
        self._weights[seat] = min(kept + weight, ERRORS_KEPT)

    def _look(self) -> None:
        if not self._behind():
            self._aside = ASIDE_OUTCOMES
            return
        self.engaged = True
        self._left, self._aside = self._aside, min(2 * self._aside, ASIDE_OUTCOMES_MAX)
        self._recent.clear()

    def _behind(self) -> bool:
        picks = self._recent
        seats = min(pick.expected.shape[1] for pick in picks)  # who joined since then is in no mix yet
        rewards, weights = np.array([(pick.reward, pick.weight) for pick in picks]).T
        expected = np.array([pick.expected[:, :seats] for pick in picks], dtype=np.float64)
        levels, prices = np.average(expected, axis=0, weights=weights)
        spent = np.average([pick.expected.item(1, pick.seat) for pick in picks], weights=weights)
        missing = max(0, seats - len(self._errors)) * [0.0]
        errors, outcomes = (np.array([*part, *missing])[:seats] for part in (self._errors, self._weights))
        known = (outcomes >= 1) & np.isfinite(prices)
        if not known.any():
            return False
        earned = np.average(rewards, weights=weights)
        deviation = max(DEVIATION_MIN, math.sqrt(np.average((rewards - earned) ** 2, weights=weights)))
        sure = (levels + errors)[known] - CERTAINTY_SDS * deviation / np.sqrt(outcomes[known])
        mix = zero_router_value(sure, prices[known], float(spent))
        return bool(earned + CERTAINTY_SDS * deviation / math.sqrt(weights.sum()) < mix)
