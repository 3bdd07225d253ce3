"""What a text's embedding says of a seat's quality beyond kind and seat: a ridge regression on what is left over.

One regression per seat, on features standardised online, fitted to the errors of the beliefs. It is believed only as
far as it has earned it: its share is what, on outcomes it had not seen, would have made the squared error smallest,
and nothing as long as chance explains it.

Source: Dawid, Present Position and Potential Developments: the Prequential Approach, 1984.
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.tables import Floats

RIDGE = 100.0
DOUBT = 5.0
"""Prior sum of squared predictions that were wrong: what the regression has to live down."""
CHANCE_SDS = 2.0
"""Agreement up to so many deviations of pure chance counts as none."""


class Residual:
    """Regressions of the seats on `features` numbers each."""

    def __init__(self, features: int) -> None:
        self.features = features
        self._covariance: list[Floats] = []
        self._weights = np.zeros((0, features))
        self._seen = 0
        self._mean = np.zeros(features)
        self._square = np.ones(features)
        self._agreement = self._energy = self._squares = 0.0

    def add_seat(self) -> None:
        """One regression more."""
        self._covariance.append(np.eye(self.features) / RIDGE)
        self._weights = np.vstack([self._weights, np.zeros(self.features)])

    @property
    def share(self) -> float:
        """How much of a prediction is believed, in [0, 1]."""
        chance = CHANCE_SDS * math.sqrt(self._energy * self._squares / max(1, self._seen))
        return min(1.0, max(0.0, (self._agreement - chance) / (self._energy + DOUBT)))

    def standardised(self, features: Floats) -> Floats:
        """The features around their mean, in units of their deviation, as seen so far."""
        scale = np.sqrt(np.maximum(self._square - self._mean**2, 1e-6))
        return np.asarray((features - self._mean) / scale, dtype=np.float64)

    def predict(self, standardised: Floats) -> Floats:
        """What to add to every seat's mean, (seats,)."""
        return np.asarray(self.share * (self._weights @ standardised), dtype=np.float64)

    def learn(self, seat: int, standardised: Floats, features: Floats, error: float) -> None:
        """Take in how far a reward lay from what the beliefs alone predicted."""
        guess = float(self._weights[seat] @ standardised)
        self._agreement += guess * error
        self._energy += guess * guess
        self._squares += error * error
        sigma = self._covariance[seat]
        along = sigma @ standardised
        gain = along / (1.0 + float(standardised @ along))
        self._weights[seat] += gain * (error - guess)
        sigma -= np.multiply.outer(gain, along)
        self._seen += 1
        step = 1 / (self._seen + 1)
        self._mean += step * (features - self._mean)
        self._square += step * (features**2 - self._square)
