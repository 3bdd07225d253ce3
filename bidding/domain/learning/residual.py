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
_VARIANCE_MIN = np.array(1e-6)  # numpy takes longer to make an array of a number than to compare with it
CHANCE_SDS = 2.0
"""Agreement up to so many deviations of pure chance counts as none."""


class Residual:
    """Regressions of the seats on `features` numbers each."""

    def __init__(self, features: int) -> None:
        self.features = features
        self._fits = np.zeros(
            (0, features + 1, features)
        )  # of every seat the covariance, and in the last row the weights
        self._seen = 0
        # Sums of the features and of their squares; a vector of deviation 1 is thought before all.
        self._sums = np.stack([np.zeros(features), np.ones(features)])
        self._latest = np.empty((2, features))
        self._centre_and_scale: tuple[Floats, Floats] | None = None  # of what was seen so far, once somebody asked
        self._agreement = self._energy = self._squares = 0.0

    def add_seat(self) -> None:
        """One regression more."""
        self._fits = np.concatenate([self._fits, np.eye(self.features + 1, self.features)[None] / RIDGE])

    @property
    def share(self) -> float:
        """How much of a prediction is believed, in [0, 1]."""
        chance = CHANCE_SDS * math.sqrt(self._energy * self._squares / max(1, self._seen))
        return min(1.0, max(0.0, (self._agreement - chance) / (self._energy + DOUBT)))

    def standardised(self, features: Floats) -> Floats:
        """The features around their mean, in units of their deviation, as seen so far."""
        if self._centre_and_scale is None:
            centre, scale = self._sums / (self._seen + 1)
            scale -= centre * centre
            np.sqrt(np.maximum(scale, _VARIANCE_MIN, out=scale), out=scale)
            self._centre_and_scale = centre, scale
        centre, scale = self._centre_and_scale
        standardised = features - centre
        standardised /= scale
        return standardised

    def predict(self, standardised: Floats) -> Floats:
        """What to add to every seat's mean, (seats,)."""
        predicted: Floats = self._fits[:, -1].dot(standardised) * self.share
        return predicted

    def learn(self, seat: int, standardised: Floats, features: Floats, error: float) -> None:
        """Take in how far a reward lay from what the beliefs alone predicted."""
        fit = self._fits[seat]
        less = fit.dot(standardised)
        along, guess = less[:-1], less.item(-1)
        self._agreement += guess * error
        self._energy += guess * guess
        self._squares += error * error
        gain = along / (1.0 + float(standardised.dot(along)))
        less[-1] = guess - error
        fit -= less[:, None].dot(gain[None, :])  # the outer product, by BLAS: one for both
        self._seen += 1
        self._latest[0] = features
        np.multiply(features, features, out=self._latest[1])
        self._sums += self._latest
        self._centre_and_scale = None
