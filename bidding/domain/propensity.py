"""The exact chance of each bid to win when every score is drawn from its own Gaussian.

The chance of bid i is ∫ φᵢ(x) ∏ⱼ≠ᵢ Φⱼ(x) dx. A bid whose best is below another's worst is out, so the windows of
all that can win share one point: the highest of the windows' lower ends. From there the nodes spread
geometrically, dense enough for the narrowest bid at that point and for the wider ones further up. The integrand
is smooth in that measure and vanishes at both ends, so the trapezoidal rule converges exponentially.

Source: Trefethen and Weideman, The Exponentially Convergent Trapezoidal Rule, SIAM Review 2014; the propensity
is the `pscore` of logged bandit feedback, Saito et al., Open Bandit Dataset and Pipeline, 2021.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LOW_SDS, HIGH_SDS = 5.0, 4.5
"""Where the windows of the bids end, in standard deviations: that the best draw lies outside is next to impossible."""
TAIL_SDS = 6.0
"""Who could not reach the window that begins last even with a draw so high is out."""
STEP = 1 / 11
"""Distance of nodes in the logarithmic measure; absolute error below 1e-4 for twelve like bids and for 200."""
_FIRST_SDS = 2.0
"""Scale of the first node, in the narrowest standard deviation."""
_POINT = 1e-3
"""Width that stands for a certain score, against the narrowest uncertain one."""
_FEW = 16
"""Up to so many bids it is quicker to carry the hopeless ones along than to drop them."""
_CELLS_PER_SD = 4096.0
_LAST_CELL = (LOW_SDS + TAIL_SDS) * _CELLS_PER_SD


def _tables() -> tuple[Singles, Singles]:
    """Logarithm of Φ(z) and φ(z) / Φ(z) in the middle of every cell; φ without its constant, which cancels.

    From -LOW_SDS on, Φ by Simpson's rule from its first value. All that lies further up reads the last cell, where
    nothing may be left of φ: it would add up over a wide window.
    """
    z = (np.arange(2 * int(_LAST_CELL) + 3) + 1) / (2 * _CELLS_PER_SD) - LOW_SDS  # the middles, and halves between
    density = np.exp(-0.5 * z * z)
    rises = (density[:-2:2] + 4 * density[1::2] + density[2::2]) / (6 * _CELLS_PER_SD * math.sqrt(2 * math.pi))
    below = 0.5 * math.erfc(-z[0] / math.sqrt(2)) + np.concatenate([[0.0], np.cumsum(rises)])
    hazard = density[::2] / below
    hazard[int(_LAST_CELL) :] = 0.0
    return np.log(below).astype(np.float32), hazard.astype(np.float32)


_LOG_BELOW, _HAZARD = _tables()


@cache
def _nodes(number: int) -> tuple[Floats, Singles]:
    """Of nodes in the logarithmic measure: distance from the first, with a row of ones, and logarithm of the weight."""
    logarithms = STEP * np.arange(number)
    return np.stack([np.expm1(logarithms), np.ones(number)]), logarithms.astype(np.float32)


@cache
def _ones(number: int) -> Singles:
    return np.ones(number, dtype=np.float32)


def win_probabilities(means: Floats, sds: Floats, prices: Floats) -> Floats:
    """P(score_i is the largest) for independent scores ~ Normal(means[i], sds[i]²), which sum to 1.

    Shapes: all (n,), all in micro-dollars. A standard deviation of 0 is a certain score; the lower price, then the
    lower index, wins between equal ones.
    """
    least = sds.item(sds.argmin())
    if least <= 0:
        return _with_certain(means, sds, prices)
    starts = means - LOW_SDS * sds
    point = starts.item(starts.argmax())
    if len(sds) > _FEW:
        live = (means + TAIL_SDS * sds >= point).nonzero()[0]
        if len(live) < len(sds):
            chances = np.zeros_like(means)
            few = sds[live]
            chances[live] = _quadrature(starts[live], few, point, few.item(few.argmin()))
            return chances
    return _quadrature(starts, sds, point, least)


def _with_certain(means: Floats, sds: Floats, prices: Floats) -> Floats:
    """Only the best of the certain scores can win, and it stands in as a very narrow Gaussian."""
    certain = (sds <= 0).nonzero()[0]
    best = certain[np.lexsort((prices[certain], -means[certain]))[0]]
    chances = np.zeros_like(means)
    if len(certain) == len(sds):
        chances[best] = 1.0
        return chances
    live = sds > 0
    spreads = sds.copy()
    spreads[best] = _POINT * sds[live].min()
    live[best] = True
    chances[live] = win_probabilities(means[live], spreads[live], prices[live])
    return chances


def _quadrature(starts: Floats, sds: Floats, point: float, least: float) -> Floats:
    """Chances from the `point` on where the last of the windows begins; `least` is the narrowest of `sds`."""
    spread = sds.item(sds.argmax()) / least
    offsets, log_weights = _nodes(int(math.log1p((LOW_SDS + HIGH_SDS) / _FIRST_SDS * spread) / STEP) + 2)
    cells = _CELLS_PER_SD / sds
    lines = np.empty((2, len(sds)))  # a bid's cell at a node: the first row times its offset, plus the second
    np.multiply(cells, _FIRST_SDS * least, out=lines[0])
    np.multiply(point - starts, cells, out=lines[1])
    position = lines.T.dot(offsets)
    np.minimum(position, _LAST_CELL, out=position)
    cell = position.astype(np.intp)
    highest = np.exp(_ones(len(sds)).dot(_LOG_BELOW[cell]) + log_weights)
    won: Floats = _HAZARD[cell].dot(highest) * cells
    won /= sum(won.tolist())
    return won
