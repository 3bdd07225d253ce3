"""The guard: never do worse than the zero-router for long.

The zero-router is the best fixed mix of single seats at the same spend. Every so many outcomes the guard compares
what was earned lately with what that mix is estimated to earn at what was spent lately; where the market falls short
by more than chance explains, the next lots are auctioned as the zero-router would.

Source: Hu et al., RouterBench, 2024 (the zero-router as the baseline every router must beat).
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from bidding.domain.learning.drift import WARINESS_LOTS
from bidding.domain.learning.tables import Floats

WINDOW_OUTCOMES = 500
LOOK_EVERY_OUTCOMES = 100
CERTAINTY_SDS = 2.0


class Guard:
    """Watches rewards and prices of one market's picks."""

    def __init__(self) -> None:
        self.engaged = False
        self._recent: deque[tuple[float, float]] = deque(maxlen=WINDOW_OUTCOMES)
        self._outcomes = self._waits = 0

    def learn(self, reward: float, price_micros: float) -> bool:
        """Take in one outcome; True where it is time to look."""
        if self._waits:
            self._waits -= 1
            return False
        self._recent.append((reward, price_micros))
        self._outcomes += 1
        return self._outcomes % LOOK_EVERY_OUTCOMES == 0 and len(self._recent) == WINDOW_OUTCOMES

    def restart(self) -> None:
        """A seat changed, and may change back: what was earned before tells nothing of what can be earned now."""
        self.engaged = False
        self._recent.clear()
        self._waits = WARINESS_LOTS

    def look(self, levels: Floats, outcomes: Floats, prices: Floats) -> None:
        """Compare with the mix, by every seat's mean reward, number of outcomes and mean price, each (seats,)."""
        known = outcomes >= 1
        self.engaged = bool(known.any()) and self._behind(levels[known], outcomes[known], prices[known])

    def _behind(self, levels: Floats, outcomes: Floats, prices: Floats) -> bool:
        rewards, spent = np.array(self._recent).T
        deviation = float(rewards.std()) + 1e-9
        sure = levels - CERTAINTY_SDS * deviation / np.sqrt(outcomes)  # a mix of seats hardly known proves nothing
        mix = zero_router_value(sure, prices, float(spent.mean()))
        return float(rewards.mean()) + CERTAINTY_SDS * deviation / math.sqrt(len(rewards)) < mix


def zero_router_value(levels: Floats, prices: Floats, spend: float) -> float:
    """What the best mix of seats earns at a mean `spend`: the concave hull over (price, level), never falling."""
    costs, values = hull(prices, levels)
    return float(np.interp(spend, costs, values))


def hull(prices: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """Corners of the non-decreasing concave hull of points (price, level), by price."""
    corners: list[tuple[float, float]] = []
    for price, level in sorted(zip(prices.tolist(), levels.tolist(), strict=True), key=lambda at: (at[0], -at[1])):
        if corners and level <= corners[-1][1]:
            continue
        while len(corners) > 1 and _slope(corners[-2], corners[-1]) <= _slope(corners[-1], (price, level)):
            corners.pop()
        corners.append((price, level))
    costs, values = np.array(corners).T
    return costs, values


def _slope(start: tuple[float, float], end: tuple[float, float]) -> float:
    return (end[1] - start[1]) / max(end[0] - start[0], 1e-12)
