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
READ_AT_LEAST, READ_SHARE = 8, 16
"""Outcomes are read into their seat's fit so many at once, and not before they are one in so many of those read."""
_VARIANCE_MIN = 1e-6


class Residual:
    """Regressions of the seats on `features` numbers each."""

    def __init__(self, features: int) -> None:
        self.features = features
        # Sums of the features and of their squares; a vector of deviation 1 is thought before all.
        self._sums = np.stack([np.zeros(features), np.ones(features)])
        self._centre, self._scale = np.zeros(features), np.ones(features)
        self._weights = np.zeros((0, features))  # of standardised features, as the covariances are
        self._covariances: list[Floats] = []
        self._slopes, self._intercepts = np.zeros((0, features)), np.zeros(0)  # the same of features as they come
        self._unread: list[list[tuple[Floats, float]]] = []  # of every seat: features and errors
        self._outcomes: list[int] = []
        self._unseen: list[Floats] = []  # features that centre and scale do not know of
        self._seen = 0
        self._agreement = self._energy = self._squares = 0.0

    def add_seat(self) -> None:
        """One regression more."""
        self._weights = np.vstack([self._weights, np.zeros(self.features)])
        self._slopes = np.vstack([self._slopes, np.zeros(self.features)])
        self._intercepts = np.append(self._intercepts, 0.0)
        self._covariances.append(np.eye(self.features) / RIDGE)
        self._unread.append([])
        self._outcomes.append(0)

    @property
    def share(self) -> float:
        """How much of a prediction is believed, in [0, 1]."""
        if self._agreement <= 0:
            return 0.0
        earned = self._agreement - CHANCE_SDS * math.sqrt(self._energy * self._squares / self._seen)
        return 0.0 if earned <= 0 else min(1.0, earned / (self._energy + DOUBT))

    def predict(self, features: Floats) -> Floats:
        """What to add to every seat's mean, (seats,)."""
        predicted: Floats = self._slopes.dot(features)
        predicted += self._intercepts
        predicted *= self.share
        return predicted

    def learn(self, seat: int, features: Floats, error: float) -> None:
        """Take in how far a reward lay from what the beliefs alone predicted. The features are kept as they are."""
        guess = float(self._slopes[seat].dot(features)) + self._intercepts.item(seat)
        self._agreement += guess * error
        self._energy += guess * guess
        self._squares += error * error
        self._seen += 1
        unread, unseen = self._unread[seat], self._unseen
        unread.append((features, error))
        unseen.append(features)
        if READ_SHARE * len(unseen) > self._seen:
            self._measure()
        if len(unread) >= READ_AT_LEAST and READ_SHARE * len(unread) > self._outcomes[seat]:
            self._fit(seat)

    def _measure(self) -> None:
        """Mean and deviation of all features seen."""
        unseen = np.array(self._unseen)
        self._unseen.clear()
        self._sums += np.stack([unseen.sum(axis=0), (unseen * unseen).sum(axis=0)])
        self._centre, squares = self._sums / (self._seen + 1)
        self._scale = np.sqrt(np.maximum(squares - self._centre * self._centre, _VARIANCE_MIN))
        self._slopes = self._weights / self._scale
        self._intercepts = -self._slopes.dot(self._centre)

    def _fit(self, seat: int) -> None:
        """Read all outcomes of a seat at once: it leads where one after the other would."""
        unread, covariance, weights = self._unread[seat], self._covariances[seat], self._weights[seat]
        self._outcomes[seat] += len(unread)
        features, errors = (np.array(part) for part in zip(*unread, strict=True))
        unread.clear()
        rows = (features - self._centre) / self._scale
        along = covariance.dot(rows.T)
        gain = np.linalg.solve(np.eye(len(rows)) + rows.dot(along), along.T)
        weights += (errors - rows.dot(weights)).dot(gain)
        covariance -= along.dot(gain)
        self._slopes[seat] = weights / self._scale
        self._intercepts[seat] = -self._slopes[seat].dot(self._centre)
