"""What a cluster of texts says of a seat's quality beyond kind and seat: the lowest, optional level of the hierarchy.

A term per seat × cluster, Gaussian around 0, on what is left of rewards by all above it: its mean is shrunk by how few
outcomes it has. The terms are believed only as far as they have earned it, as regressions on features are.
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.residual import Trust
from bidding.domain.learning.tables import Floats, padded

PRIOR_OUTCOMES = 10.0
"""A term that has so many outcomes stands for half of their mean: noise of 0.3 around a spread of 0.1."""


class ClusterTerms:
    """Rows are seats, columns are clusters, added as they appear."""

    def __init__(self) -> None:
        self._weight, self._total = np.zeros((0, 0)), np.zeros((0, 0))
        self._trust = Trust()

    @property
    def share(self) -> float:
        """How much is believed of what the terms say, in [0, 1]."""
        return self._trust.share

    def predict(self, cluster: int, seats: int) -> Floats:
        """What to add to the means of so many seats, (seats,)."""
        self._reach(seats, cluster + 1)
        terms: Floats = self._total[:seats, cluster] / (PRIOR_OUTCOMES + self._weight[:seats, cluster])
        terms *= self._trust.share
        return terms

    def learn(self, seat: int, cluster: int, error: float, weight: float = 1.0) -> None:
        """Take in how far a reward lay from what was predicted without clusters; a negative weight takes it back."""
        self._reach(seat + 1, cluster + 1)
        kept, total = self._weight.item(seat, cluster), self._total.item(seat, cluster)
        if weight > 0:
            root = math.sqrt(weight)  # an outcome of little weight is one of a smaller scale
            guess = total / (PRIOR_OUTCOMES + kept)
            self._trust.judge(np.array([guess * root]), np.array([error * root]), weight)
        kept = max(0.0, kept + weight)
        self._weight[seat, cluster] = kept
        self._total[seat, cluster] = min(kept, max(-kept, total + weight * error))

    def scale(self, factors: Floats) -> None:
        """Let every seat's record count for `factors` (seats,) of what it did."""
        self._reach(len(factors), 0)
        self._weight *= factors[:, None]
        self._total *= factors[:, None]

    def _reach(self, seats: int, clusters: int) -> None:
        rows, columns = self._weight.shape
        if seats > rows or clusters > columns:
            shape = max(rows, seats), max(columns, clusters)
            self._weight, self._total = padded(self._weight, shape), padded(self._total, shape)
