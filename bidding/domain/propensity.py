"""The exact chance of each bid to win a Thompson draw.

Source: the propensity (`pscore`) of logged bandit feedback; Saito et al., Open Bandit Dataset and Pipeline, 2021.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = np.linspace(-8.0, 8.0, 129)


def win_probabilities(means: Floats, sds: Floats) -> Floats:
    """P(score_i is the largest) for independent scores ~ Normal(means[i], sds[i]²).

    Shapes: means (n,), sds (n,), both in micro-dollars; returns (n,), sums to 1. By quadrature on a grid that
    follows every distribution: each interval's own probability times the chance that all others lie below.
    A standard deviation of zero counts as one that is tiny against the spread of the scores.
    """
    if len(means) == 1:
        return np.ones(1)
    spread = float(np.max(np.abs(means))) + float(np.max(sds)) + 1.0
    safe = np.maximum(sds, 1e-9 * spread)
    grid = np.unique((means[:, None] + safe[:, None] * _STEPS[None, :]).ravel())
    below = _normal_cdf((grid[None, :] - means[:, None]) / safe[:, None])
    chances = np.empty(len(means))
    for index in range(len(means)):
        others = np.prod(np.delete(below, index, axis=0), axis=0)
        chances[index] = float(np.sum(np.diff(below[index]) * (others[1:] + others[:-1]) / 2))
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def _normal_cdf(z: Floats) -> Floats:
    flat = [0.5 * (1.0 + math.erf(x)) for x in (z / math.sqrt(2.0)).ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(z.shape)
