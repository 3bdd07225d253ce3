"""LinUCB with disjoint linear models, one per seat.

Source: Li et al., A Contextual-Bandit Approach to Personalized News Article Recommendation, WWW 2010, algorithm 1.
"""

from __future__ import annotations

import numpy as np

from bidding.domain.learning.tables import Floats, padded
from bidding.domain.policies.base import Context

LENGTH_SCALE = 8.0
"""Logarithms of input lengths are divided by this, to be of the order of 1."""


class LinUcb:
    """Context: intercept, log length, and the features, or one column per kind where there are none."""

    contextual = True
    uniform_share = 0.0
    changed_seat: int | None = None

    def __init__(self, features: int = 0, alpha: float = 0.25) -> None:
        self.features = features
        self.alpha = alpha
        self._size = 2 + features
        self._inverse = np.zeros((0, self._size, self._size))
        self._moment = np.zeros((0, self._size))
        self._theta = np.zeros((0, self._size))

    def add_seat(self, published: float | None, listed_micros: float | None = None) -> None:  # noqa: ARG002  from nothing
        """See `SelectionPolicy`."""
        self._inverse = np.concatenate([self._inverse, np.eye(self._size)[None]])
        self._moment = np.vstack([self._moment, np.zeros(self._size)])
        self._theta = np.vstack([self._theta, np.zeros(self._size)])

    def add_kind(self) -> None:
        """See `SelectionPolicy`."""
        if self.features:
            return
        seats, size = len(self._moment), self._size + 1
        self._inverse = padded(self._inverse, (seats, size, size))
        self._inverse[:, -1, -1] = 1.0
        self._moment = padded(self._moment, (seats, size))
        self._theta = padded(self._theta, (seats, size))
        self._size = size

    def appraise(self, context: Context) -> tuple[Floats, Floats]:
        """See `SelectionPolicy`."""
        x = self._vector(context)
        width = np.sqrt(np.maximum((self._inverse @ x) @ x, 0.0))
        return self._theta @ x + self.alpha * width, np.zeros(len(self._theta))

    def called(self, seat: int, calls: int = 1) -> None:
        """See `SelectionPolicy`."""

    def learn(self, context: Context, seat: int, reward: float, weight: float) -> None:
        """See `SelectionPolicy`."""
        x = self._vector(context)
        inverse = self._inverse[seat]
        along = inverse @ x
        inverse -= np.multiply.outer(along, along) * (weight / (1.0 + weight * float(x @ along)))
        self._moment[seat] += weight * reward * x
        self._theta[seat] = inverse @ self._moment[seat]

    def _vector(self, context: Context) -> Floats:
        x = np.zeros(self._size)
        x[0], x[1] = 1.0, context.log_length / LENGTH_SCALE
        if self.features and context.features is not None:
            x[2:] = context.features
        elif not self.features:
            x[2 + context.kind] = 1.0
        return x
