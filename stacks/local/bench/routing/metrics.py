"""Figures of merit: the area under the quality–cost hull (AIQ), cost to reach a quality, intervals over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAME_COST = 1e-9
"""Share by which mean costs that are the same may differ: sums are rounded."""


@dataclass(frozen=True, slots=True)
class Hull:
    """The non-decreasing concave hull of (cost, score) points: what mixing them reaches at each mean cost.

    `cost_usd` and `score` are its corners (c,), both rising; beyond the last the score stays, before the first
    there is none.
    """

    cost_usd: Floats
    score: Floats

    def at(self, cost_usd: float) -> float:
        """The score at a mean cost; of the first corner where the cost is below it."""
        return float(np.interp(cost_usd, self.cost_usd, self.score))

    def cost_to_reach(self, score: float) -> float | None:
        """The least mean cost whose score is at least this; None where it is never reached."""
        if score > self.score[-1]:
            return None
        return float(np.interp(score, self.score, self.cost_usd))

    def area(self, low_usd: float, high_usd: float) -> float:
        """The mean score over costs from low to a higher one."""
        inside = self.cost_usd[(self.cost_usd > low_usd) & (self.cost_usd < high_usd)]
        costs = np.concatenate([[low_usd], inside, [high_usd]])
        scores = np.interp(costs, self.cost_usd, self.score)
        return float(((scores[1:] + scores[:-1]) / 2) @ np.diff(costs)) / (high_usd - low_usd)


def hull(cost_usd: Sequence[float] | Floats, score: Sequence[float] | Floats) -> Hull:
    """The non-decreasing concave hull of points (p,), p ≥ 1.

    Source: Andrew, Another efficient algorithm for convex hulls in two dimensions, IPL 1979 (the upper chain).
    """
    corners: list[tuple[float, float]] = []
    for point in sorted(zip(map(float, cost_usd), map(float, score), strict=True), key=lambda p: (p[0], -p[1])):
        if corners and point[1] <= corners[-1][1]:
            continue
        while len(corners) >= 2 and _turns_up(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    costs, scores = zip(*corners, strict=True)
    return Hull(np.array(costs), np.array(scores))


def _turns_up(before: tuple[float, float], middle: tuple[float, float], after: tuple[float, float]) -> bool:
    """Whether the middle point lies on or below the line between its neighbours."""
    rise = (middle[1] - before[1]) * (after[0] - before[0])
    return rise <= (after[1] - before[1]) * (middle[0] - before[0])


@dataclass(frozen=True, slots=True)
class Singles:
    """Every model alone on the reported queries: mean cost and mean score per call (n,)."""

    cost_usd: Floats
    score: Floats

    @property
    def cheapest(self) -> int:
        """The model of lowest mean cost; of equals the better, then the first."""
        return int(np.lexsort((-self.score, self.cost_usd))[0])

    @property
    def best(self) -> int:
        """The model of highest mean score; of equals the cheaper, then the first."""
        return int(np.lexsort((self.cost_usd, -self.score))[0])

    @property
    def wide(self) -> bool:
        """Whether the best model costs more than the cheapest."""
        return float(self.cost_usd[self.best]) > float(self.cost_usd[self.cheapest]) * (1 + SAME_COST)

    def curve(self, cost_usd: Sequence[float] | Floats, score: Sequence[float] | Floats) -> Hull:
        """A router's hull, with the cheapest model as an anchor: any router may always play it.

        Where that is the best model too there is none: it would lift every router to the best there is.
        """
        if not self.wide:
            return hull(cost_usd, score)
        anchor = self.cheapest
        return hull([*cost_usd, float(self.cost_usd[anchor])], [*score, float(self.score[anchor])])

    def aiq(self, curve: Hull) -> float | None:
        """Area under a hull from the cheapest model's cost to the best model's, over that range; in 0..1.

        None where the best costs no more than the cheapest: there is no range, and a mean score says it all.

        Source: Hu et al., RouterBench, arXiv 2403.12031 (average improvement in quality).
        """
        if not self.wide:
            return None
        return curve.area(float(self.cost_usd[self.cheapest]), float(self.cost_usd[self.best]))

    def cost_to_95_percent(self, curve: Hull) -> float | None:
        """The least mean cost that reaches 95 % of the best model's score; None where it is never reached."""
        return curve.cost_to_reach(0.95 * float(self.score[self.best]))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds and the half-width of its 95 % interval by Student t; None for fewer than two."""

    mean: float
    margin: float | None


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and interval of at least one value."""
    sample = np.asarray(values, dtype=np.float64)
    if len(sample) < 2:
        return Estimate(float(sample.mean()), None)
    error = float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return Estimate(float(sample.mean()), student_t_quantile(0.975, len(sample) - 1) * error)


def student_t_quantile(probability: float, freedom: int) -> float:
    """The quantile of Student's t for a probability from 0.5 up to 1, by bisection of its integrated density."""
    constant = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def above_zero(t: float) -> float:
        # With x = √ν tan θ the density becomes cos^(ν−1) θ on a finite interval: smooth, so Simpson's rule is exact
        # to many digits.
        angles = np.linspace(0.0, math.atan(t / math.sqrt(freedom)), 2001)
        heights = np.cos(angles) ** (freedom - 1)
        weights = np.ones(2001)
        weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
        step = float(angles[1])
        return constant * math.sqrt(freedom) * float(weights @ heights) * step / 3

    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if above_zero(middle) < probability - 0.5 else (low, middle)
    return high
