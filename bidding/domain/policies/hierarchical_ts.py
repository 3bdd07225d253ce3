"""Thompson sampling over the hierarchical Gaussian beliefs: the default policy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bidding.domain.learning.beliefs import Beliefs
from bidding.domain.learning.clusters import ClusterTerms
from bidding.domain.learning.drift import KEPT_ON_ALARM, Watch
from bidding.domain.learning.residual import Residual
from bidding.domain.learning.state import LearnerState
from bidding.domain.learning.tables import Floats
from bidding.domain.policies.base import Context

LOOK_EVERY_OUTCOMES = 64
"""How often records are let fade."""


class HierarchicalThompson:
    """Beliefs per seat × kind and a watch for drift per seat; where lots bring features, a regression on them, and
    where they bring clusters, a term per seat × cluster.

    Source: see `bidding.domain.learning.beliefs`.
    """

    uniform_share = 0.0
    contextual = True

    def __init__(self, features: int = 0) -> None:
        self.beliefs = Beliefs()
        self.watches: list[Watch] = []
        self.residual = Residual(features) if features else None
        self.clusters = ClusterTerms()
        self.changed_seat: int | None = None
        self.outcomes = 0
        self.faded_at = 0  # number of the outcome after which records were last let fade

    @classmethod
    def of(cls, state: LearnerState, published: Sequence[float | None]) -> HierarchicalThompson:
        """The policy that this record leads to."""
        policy = cls()
        policy.beliefs = Beliefs.of(state.beliefs, published)
        while policy.beliefs.kinds < len(state.kinds):  # a record without rows does not tell its columns
            policy.beliefs.add_kind()
        policy.watches = [Watch(watch.up, watch.down, watch.alarm_at) for watch in state.watches]
        policy.outcomes, policy.faded_at = state.outcomes, state.faded_at
        return policy

    def add_seat(self, published: float | None, listed_micros: float | None = None) -> None:
        """See `SelectionPolicy`."""
        self.beliefs.add_seat(published, listed_micros)
        self.watches.append(Watch())
        if self.residual:
            self.residual.add_seat()

    def add_kind(self) -> None:
        """See `SelectionPolicy`."""
        self.beliefs.add_kind()

    def appraise(self, context: Context) -> tuple[Floats, Floats]:
        """See `SelectionPolicy`."""
        mean, sd = self.beliefs.quality(context.kind)
        if self.residual is not None and context.features is not None and self.residual.speaks:
            mean = mean + self.residual.predict(context.features)
        if context.cluster is not None:
            mean = mean + self.clusters.predict(context.cluster, self.beliefs.seats)
        return mean, sd

    def called(self, seat: int, calls: int = 1) -> None:
        """See `SelectionPolicy`."""
        self.beliefs.trials.called(seat, calls)

    def learn(self, context: Context, seat: int, reward: float, weight: float) -> None:
        """See `SelectionPolicy`."""
        self.outcomes += 1
        error = left = reward - self.beliefs.predicted(seat, context.kind)
        if self.residual is not None and context.features is not None:
            if context.cluster is not None and self.residual.speaks:
                left -= self.residual.predict(context.features).item(seat)
            self.residual.learn(seat, context.features, error, weight)
        if context.cluster is not None:
            self.clusters.learn(seat, context.cluster, left, weight)
        self.beliefs.learn(seat, context.kind, reward, weight)
        if weight > 0:
            self.changed_seat = None
            believed = error * weight if weight < 1 else error
            if self.watches[seat].learn(believed / math.sqrt(self.beliefs.spreads.noise), self.outcomes):
                self._start_anew(seat)
        if self.outcomes - self.faded_at >= LOOK_EVERY_OUTCOMES:
            self._fade()

    def _start_anew(self, seat: int) -> None:
        """A seat changed: little of its record counts any more."""
        self.changed_seat = seat
        kept = np.ones(self.beliefs.seats)
        kept[seat] = min(1.0, KEPT_ON_ALARM / max(KEPT_ON_ALARM, float(self.beliefs.weight[seat].sum())))
        self._scale(kept)
        self.beliefs.refresh()

    def _fade(self) -> None:
        lots = self.outcomes - self.faded_at
        self.faded_at = self.outcomes
        self._scale(np.array([watch.fading(self.outcomes, lots) for watch in self.watches]))
        if any(watch.wary(self.outcomes) for watch in self.watches):
            self.beliefs.refresh()

    def _scale(self, factors: Floats) -> None:
        self.beliefs.scale(factors)
        self.clusters.scale(factors)
