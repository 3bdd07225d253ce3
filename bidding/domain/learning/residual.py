"""What a text's embedding says of a seat's quality beyond kind and seat: ridge regressions on what is left over.

One regression is common to all seats: that a text is hard says nothing for or against any of them. Each seat has one
more, on what the common one leaves. All are on features standardised online and fitted to the errors of the beliefs.
The common one and those of the seats are believed only as far as they have earned it: their share is what, on outcomes
they had not read, would have made the squared error smallest, and nothing as long as chance explains it.

Source: Dawid, Present Position and Potential Developments: the Prequential Approach, 1984; Evgeniou and Pontil,
Regularized Multi-Task Learning, 2004 (a common part and one of each task's own).
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.tables import Floats

RIDGE = 100.0
DOUBT = 30.0
"""Outcomes' worth of squared errors that were predicted all wrong: what a regression has to live down."""
CHANCE_SDS = 2.0
"""Agreement up to so many deviations of pure chance counts as none."""
READ_AT_LEAST, READ_SHARE = 8, 16
"""Outcomes of a seat are read so many at once, and not before they are one in so many of those read."""
_VARIANCE_MIN = 1e-6


class Trust:
    """How far predictions are believed, by how they agreed with what came."""

    def __init__(self) -> None:
        self.share = 0.0
        self._weight = 0.0
        self._agreement = self._energy = self._squares = 0.0

    def judge(self, guesses: Floats, errors: Floats, weight: float) -> None:
        """Take in what was predicted, (outcomes,), and what came: outcomes that weigh so much in all."""
        self._weight += weight
        self._agreement += float(guesses.dot(errors))
        self._energy += float(guesses.dot(guesses))
        self._squares += float(errors.dot(errors))
        earned = self._agreement - CHANCE_SDS * math.sqrt(self._energy * self._squares / self._weight)
        doubt = DOUBT * self._squares / self._weight + _VARIANCE_MIN
        self.share = min(1.0, max(0.0, earned / (self._energy + doubt)))


class Regression:
    """A ridge regression that reads outcomes in blocks: it leads where reading one after the other would."""

    def __init__(self, features: int) -> None:
        self.weights = np.zeros(features)
        self._covariance = np.eye(features) / RIDGE

    def read(self, rows: Floats, left: Floats) -> None:
        """Take in standardised features, (outcomes, features), and what was left of errors after its own guess."""
        along = self._covariance.dot(rows.T)
        gain = np.linalg.solve(np.eye(len(rows)) + rows.dot(along), along.T)
        self.weights += left.dot(gain)
        self._covariance -= along.dot(gain)


class Residual:
    """The common regression and those of the seats, on `features` numbers each."""

    def __init__(self, features: int) -> None:
        self.features = features
        # Sums of the features and of their squares; a vector of deviation 1 is thought before all.
        self._sums = np.stack([np.zeros(features), np.ones(features)])
        self._centre, self._scale = np.zeros(features), np.ones(features)
        self._common, self._common_trust = Regression(features), Trust()
        self._seats: list[Regression] = []
        self._trust = Trust()
        self._slopes, self._intercepts = np.zeros((0, features)), np.zeros(0)  # of features as they come
        self._unread: list[list[tuple[Floats, float, float]]] = []  # of every seat: features, errors, weights
        self._outcomes: list[int] = []
        self._unseen: list[Floats] = []  # features that centre and scale do not know of
        self._seen = 0
        self.speaks = False
        """Whether anything is believed yet."""

    def add_seat(self) -> None:
        """One regression more."""
        self._seats.append(Regression(self.features))
        self._unread.append([])
        self._outcomes.append(0)
        self._derive()

    @property
    def share(self) -> float:
        """How much is believed of what is said of the seats apart, in [0, 1]."""
        return self._trust.share

    def predict(self, features: Floats) -> Floats:
        """What to add to every seat's mean, (seats,)."""
        predicted: Floats = self._slopes.dot(features)
        predicted += self._intercepts
        return predicted

    def learn(self, seat: int, features: Floats, error: float, weight: float = 1.0) -> None:
        """Take in how far a reward lay from what the beliefs alone predicted. The features are kept as they are.

        A negative weight takes the outcome of these very features back, unless it was read: then what corrects it is
        one more.
        """
        unread, unseen = self._unread[seat], self._unseen
        if weight < 0:
            unread[:] = [kept for kept in unread if kept[0] is not features]
            return
        self._seen += 1
        unread.append((features, error, weight))
        unseen.append(features)
        if READ_SHARE * len(unseen) > self._seen:
            self._measure()
        if len(unread) >= READ_AT_LEAST and READ_SHARE * len(unread) > self._outcomes[seat]:
            self._read(seat)

    def _measure(self) -> None:
        """Mean and deviation of all features seen."""
        unseen = np.array(self._unseen)
        self._unseen.clear()
        self._sums += np.stack([unseen.sum(axis=0), (unseen * unseen).sum(axis=0)])
        self._centre, squares = self._sums / (self._seen + 1)
        self._scale = np.sqrt(np.maximum(squares - self._centre * self._centre, _VARIANCE_MIN))
        self._derive()

    def _read(self, seat: int) -> None:
        """Judge what was said of a seat's outcomes, and read them all."""
        unread, own = self._unread[seat], self._seats[seat]
        self._outcomes[seat] += len(unread)
        features, errors, weights = (np.array(part) for part in zip(*unread, strict=True))
        unread.clear()
        rows = (features - self._centre) / self._scale
        if weights.min() < 1:  # an outcome of little weight is one of a smaller scale
            roots = np.sqrt(weights)
            rows, errors = rows * roots[:, None], errors * roots
        common, apart = rows.dot(self._common.weights), rows.dot(own.weights)
        weight = float(weights.sum())
        self._trust.judge(apart, errors - self._common_trust.share * common, weight)
        self._common_trust.judge(common, errors, weight)
        self._common.read(rows, errors - common)
        own.read(rows, errors - rows.dot(self._common.weights) - apart)
        self._derive()

    def _derive(self) -> None:
        """What is believed, of features as they come."""
        weights = np.array([own.weights for own in self._seats]).reshape(-1, self.features)
        common, apart = self._common_trust.share, self._trust.share
        self.speaks = common > 0 or apart > 0
        self._slopes = (common * self._common.weights + apart * weights) / self._scale
        self._intercepts = -self._slopes.dot(self._centre)
