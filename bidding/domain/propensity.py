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
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LOW_SDS, HIGH_SDS = 4.2, 4.0
"""Where the windows of the bids end, in standard deviations: that the best draw lies outside is next to impossible."""
TAIL_SDS = 6.0
"""Who could not reach the window that begins last even with a draw so high is out."""
FEW = 16
"""Up to so many bids it is quicker to carry the hopeless ones along than to drop them."""
STEP_OF_FEW, STEP_OF_MANY = 1 / 10, 1 / 15
"""Distance of nodes in the logarithmic measure: the best of many bids has the narrower distribution. Errors stay below
1e-4, for up to 200 bids, like, nearly like and unlike."""
_FIRST_SDS = 2.0
"""Scale of the first node, in the narrowest standard deviation."""
_REACH = (LOW_SDS + HIGH_SDS) / _FIRST_SDS
NODES_BY = 8
"""Nodes are added by so many at once: then there are few sizes of workspaces."""
WORKSPACES_MAX, WORKSPACE_CELLS_MAX = 64, 4096
"""So many workspaces are kept at most, of up to so many bids × nodes: together 6 MB."""
LEAST_SD = 1e-200
"""A smaller one counts as 0: nothing can be divided by it."""
_POINT = 1e-3
"""Width that stands for a certain score, against the narrowest uncertain one."""
_CELLS_PER_SD = 2048.0
_LAST_CELL = (LOW_SDS + TAIL_SDS) * _CELLS_PER_SD
# As arrays without dimensions: numpy takes longer to make one of a number than to compute with twelve.
_LOW, _CELLS, _END = np.array(LOW_SDS), np.array(_CELLS_PER_SD), np.array(_LAST_CELL)


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


class _Workspace(NamedTuple):
    """Nodes in the logarithmic measure, and room to compute with so many bids at them.

    `slopes` and `firsts` (bids,) say where a bid's cells lie: slope × offset + first, which is `lines` (bids, 2) dot
    `offsets` (2, nodes): the distances of the nodes from the first, in the narrowest standard deviation, and ones. It
    is put into `places` (bids, nodes), and as whole numbers into `cells`. What the tables say of these is put into
    `log_below` and `hazard`; `log_factors` (bids + 1, nodes) are the former and the logarithms of the weights.
    """

    slopes: Floats
    firsts: Floats
    lines: Floats
    offsets: Floats
    places: Floats
    cells: NDArray[np.intp]
    log_below: Singles
    hazard: Singles
    log_factors: Singles
    ones: Singles


_WORKSPACES: dict[tuple[int, int], _Workspace] = {}
"""By number of bids and of nodes: to make one takes longer than to compute in it. Who computes takes it out and puts it
back, so that no two do at once."""


@cache
def _nodes(number: int, step: float) -> tuple[Floats, Singles]:
    """Offsets, see `_Workspace`, and the logarithms of the weights."""
    logarithms = step * np.arange(number)
    return np.stack([_FIRST_SDS * np.expm1(logarithms), np.ones(number)]), logarithms.astype(np.float32)


def _workspace(bids: int, nodes: int) -> _Workspace:
    offsets, log_weights = _nodes(nodes, STEP_OF_FEW if bids <= FEW else STEP_OF_MANY)
    lines, log_factors = np.empty((2, bids)), np.empty((bids + 1, nodes), dtype=np.float32)
    log_factors[bids] = log_weights
    return _Workspace(
        slopes=lines[0],
        firsts=lines[1],
        lines=lines.T,
        offsets=offsets,
        places=np.empty((bids, nodes)),
        cells=np.empty((bids, nodes), dtype=np.intp),
        log_below=log_factors[:bids],
        hazard=np.empty((bids, nodes), dtype=np.float32),
        log_factors=log_factors,
        ones=np.ones(bids + 1, dtype=np.float32),
    )


def win_probabilities(means: Floats, sds: Floats, prices: Floats) -> Floats:
    """P(score_i is the largest) for independent scores ~ Normal(means[i], sds[i]²), which sum to 1.

    Shapes: all (n,), all in micro-dollars. A standard deviation of 0 is a certain score; the lower price, then the
    lower index, wins between equal ones.
    """
    return each_win_probabilities((means,), sds, prices, sds.item(sds.argmin()))[0]


def each_win_probabilities(
    means: Sequence[Floats], sds: Floats, prices: Floats, least: float, *, thinned: bool = False
) -> list[Floats]:
    """The same for several `means` with the same spreads, such as the scores at every λ that may be drawn.

    `least` is the smallest standard deviation; `thinned` says that the hopeless are left out already. The nodes begin
    where the last of the windows does, so that no bid's cell is below the first.
    """
    if least < LEAST_SD:
        spreads = np.where(sds < LEAST_SD, 0.0, sds)
        return [_with_certain(each, spreads, prices) for each in means]
    bids = len(sds)
    if bids > FEW and not thinned:
        return [_thinned(each, sds, prices) for each in means]
    step = STEP_OF_FEW if bids <= FEW else STEP_OF_MANY
    last = int(math.log1p(_REACH * sds.item(sds.argmax()) / least) / step) + 1
    size = bids, last - last % NODES_BY + NODES_BY
    workspace = _WORKSPACES.pop(size, None) or _workspace(*size)
    slopes, firsts, lines, offsets, places, cells, log_below, hazard, log_factors, ones = workspace
    tails, per_micro = _LOW * sds, _CELLS / sds
    np.multiply(per_micro, least, slopes)
    chances = []
    for each in means:
        starts = each - tails
        np.multiply(starts.item(starts.argmax()) - starts, per_micro, firsts)
        np.minimum(firsts, _END, out=firsts)  # beyond it all cells are alike
        cells[...] = lines.dot(offsets, places)
        _LOG_BELOW.take(cells, None, log_below, "clip")
        highest = ones.dot(log_factors)
        won: Floats = _HAZARD.take(cells, None, hazard, "clip").dot(np.exp(highest, highest)) * per_micro
        won /= sum(won.tolist())
        chances.append(won)
    if cells.size <= WORKSPACE_CELLS_MAX and len(_WORKSPACES) < WORKSPACES_MAX:
        _WORKSPACES[size] = workspace
    return chances


def _thinned(means: Floats, sds: Floats, prices: Floats) -> Floats:
    """Without those who cannot reach the window that begins last."""
    starts = means - LOW_SDS * sds
    live = (means + TAIL_SDS * sds >= starts.item(starts.argmax())).nonzero()[0]
    spreads = sds[live]
    least = spreads.item(spreads.argmin())
    chances = np.zeros_like(means)
    chances[live] = each_win_probabilities((means[live],), spreads, prices, least, thinned=True)[0]
    return chances


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
