"""A version of what the market has learnt, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bidding.domain.learning.events import Event
from bidding.domain.learning.learner import Learner, PacePlan
from bidding.domain.learning.state import NOTHING_LEARNT, LearnerState


@dataclass(frozen=True, slots=True)
class Policy:
    """Version 0 has learnt nothing."""

    version: int = 0
    state: LearnerState = NOTHING_LEARNT

    def folded(self, events: Sequence[Event], plan: PacePlan | None = None) -> Policy:
        """The next version: this one, by another plan where there is one, plus `events` in their order."""
        learner = Learner(self.state)
        if plan is not None:
            learner.pace(plan)
        learner.learn(events)
        return Policy(self.version + 1, learner.state())

    def learner(self, published: Mapping[str, float] | None = None) -> Learner:
        """What this version believes. `published` are scores of seats known beforehand."""
        return Learner(self.state, published)
