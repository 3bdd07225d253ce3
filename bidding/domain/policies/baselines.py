"""Textbook policies to compare with, on the same quotes and under the same pacer.

Sources: Auer, Cesa-Bianchi and Fischer, Finite-time Analysis of the Multiarmed Bandit Problem, 2002 (UCB1, ε-greedy);
Li et al., A Contextual-Bandit Approach to Personalized News Article Recommendation, WWW 2010 (LinUCB).
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.tables import Floats, padded
from bidding.domain.policies.base import Context

OPTIMISTIC = 1.0
"""What an untried seat is appraised at: the highest reward there is."""


class _Counts:
    """Judged outcomes of every seat × kind: weights, and sums of rewards."""

    contextual = True
    uniform_share = 0.0
    changed_seat: int | None = None

    def __init__(self) -> None:
        self.weight = np.zeros((0, 0))
        self.total = np.zeros((0, 0))

    def add_seat(self, published: float | None, listed_micros: float | None = None) -> None:  # noqa: ARG002  from nothing
        """See `SelectionPolicy`."""
        self._resize(len(self.weight) + 1, self.weight.shape[1])

    def add_kind(self) -> None:
        """See `SelectionPolicy`."""
        self._resize(len(self.weight), self.weight.shape[1] + 1)

    def called(self, seat: int, calls: int = 1) -> None:
        """See `SelectionPolicy`."""

    def learn(self, context: Context, seat: int, reward: float, weight: float) -> None:
        """See `SelectionPolicy`."""
        at = seat, context.kind
        self.weight[at] = kept = self.weight.item(at) + weight  # as plain numbers: they add up faster than numpy's
        self.total[at] = total = self.total.item(at) + weight * reward
        if weight < 0:  # what is taken back may have been forgotten before
            self.weight[at] = kept = max(0.0, kept)
            self.total[at] = min(kept, max(0.0, total))

    def _resize(self, seats: int, kinds: int) -> None:
        self.weight, self.total = padded(self.weight, (seats, kinds)), padded(self.total, (seats, kinds))

    def _of_kind(self, kind: int) -> Floats:
        """Mean reward at a kind; the seat's over all kinds where it has none there, optimistic where nowhere."""
        overall = _ratio(self.total.sum(axis=1), self.weight.sum(axis=1), OPTIMISTIC)
        return np.where(self.weight[:, kind] > 0, _ratio(self.total[:, kind], self.weight[:, kind], 0.0), overall)

    def _overall(self) -> Floats:
        return _ratio(self.total.sum(axis=1), self.weight.sum(axis=1), OPTIMISTIC)


class EpsilonGreedy(_Counts):
    """The best mean at this kind; a share ε of the lots goes to any seat alike."""

    def __init__(self, epsilon: float = 0.05) -> None:
        super().__init__()
        self.uniform_share = epsilon

    def appraise(self, context: Context) -> tuple[Floats, Floats]:
        """See `SelectionPolicy`."""
        return _certain(self._of_kind(context.kind))


class Ucb1(_Counts):
    """Mean at this kind plus `width` × √(2 ln t / n)."""

    def __init__(self, width: float = 0.25) -> None:
        super().__init__()
        self.width = width

    def appraise(self, context: Context) -> tuple[Floats, Floats]:
        """See `SelectionPolicy`."""
        tried = self.weight[:, context.kind]
        bonus = np.sqrt(2 * math.log(1 + tried.sum()) / np.maximum(tried, 1e-9))
        optimistic = np.minimum(self._of_kind(context.kind) + self.width * bonus, 2.0)
        return _certain(np.where(tried > 0, optimistic, 2.0))


class ZeroRouter(_Counts):
    """The best fixed mix of single seats at the budget: it looks at no lot, and the pacer's two λ make the mix.

    Who was never judged is appraised at `untried`.
    """

    contextual = False

    def __init__(self, untried: float = OPTIMISTIC) -> None:
        super().__init__()
        self.untried = untried

    def appraise(self, context: Context) -> tuple[Floats, Floats]:  # noqa: ARG002  by its nature
        """See `SelectionPolicy`."""
        return _certain(self._overall())

    def _overall(self) -> Floats:
        return _ratio(self.total.sum(axis=1), self.weight.sum(axis=1), self.untried)

    def forget(self, seat: int) -> None:
        """Start the seat's record anew: it changed."""
        self.weight[seat] = self.total[seat] = 0.0

    def record(self) -> tuple[Floats, Floats]:
        """Mean reward and number of outcomes of every seat, each (seats,)."""
        return self._overall(), self.weight.sum(axis=1)


class BestSingle(_Counts):
    """Everything to the seat with the best mean, after `trials` outcomes of each; the pacer alone holds it back."""

    contextual = False

    def __init__(self, trials: int = 10) -> None:
        super().__init__()
        self.trials = trials

    def appraise(self, context: Context) -> tuple[Floats, Floats]:  # noqa: ARG002  by its nature
        """See `SelectionPolicy`."""
        tried = self.weight.sum(axis=1)
        means = np.where(tried < self.trials, 2 * OPTIMISTIC, self._overall())
        wanted = np.zeros(len(means))
        wanted[means.argmax()] = 1.0
        return _certain(wanted)


class Uniform(_Counts):
    """Any seat alike, whatever it costs, as far as the budget lets it."""

    contextual = False
    uniform_share = 1.0

    def appraise(self, context: Context) -> tuple[Floats, Floats]:  # noqa: ARG002  by its nature
        """See `SelectionPolicy`."""
        return _certain(np.ones(len(self.weight)))


def _ratio(total: Floats, weight: Floats, otherwise: float) -> Floats:
    return np.divide(total, weight, out=np.full_like(total, otherwise), where=weight > 1e-9)


def _certain(means: Floats) -> tuple[Floats, Floats]:
    return means, np.zeros_like(means)
