"""A version of what the market has learnt, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import SeatId
from bidding.domain.learning.events import Event
from bidding.domain.learning.state import NOTHING_LEARNT, LearnerState

if TYPE_CHECKING:
    from bidding.domain.learning.learner import Learner, PacePlan

KEPT_LEARNERS_MAX = 16

_LearnerKey = tuple[str, tuple[SeatId, ...], tuple[tuple[str, float], ...]]


@dataclass(frozen=True, slots=True)
class Policy:
    """Version 0 has learnt nothing."""

    version: int = 0
    state: LearnerState = NOTHING_LEARNT
    _learners: dict[_LearnerKey, Learner] = field(default_factory=dict, init=False, repr=False, compare=False)

    def folded(self, events: Sequence[Event], plan: PacePlan | None = None) -> Policy:
        """The next version: this one, by another plan where there is one, plus `events` in their order."""
        learner = self.learner()
        if plan is not None:
            learner.pace(plan)
        learner.learn(events)
        return Policy(self.version + 1, learner.state())

    def learner(self, published: Mapping[str, float] | None = None) -> Learner:
        """What this version believes. `published` are scores of seats known beforehand."""
        from bidding.domain.learning.learner import Learner  # noqa: PLC0415 - numpy, for those who ask only

        return Learner(self.state, published)

    def appraiser(self, kind: str, seats: Sequence[SeatId], published: Mapping[str, float]) -> Learner:
        """What this version believes of `seats` at `kind`. It is kept for the next who asks: only ask it, of these.

        Whoever asks gets the bits that a learner of its own would give: room for a seat or a kind more moves the last
        bits of all beliefs, so a learner that met others is another one.
        """
        key = kind, tuple(seats), tuple(sorted(published.items()))
        learner = self._learners.get(key)
        if learner is None:
            learner = self.learner(published)
            learner.meet(seats, kind)
            if len(self._learners) >= KEPT_LEARNERS_MAX:
                self._learners.clear()
            self._learners[key] = learner
        return learner


@dataclass(frozen=True, slots=True)
class PastFold:
    """How a version came about: the outcomes it took in, in their order, and what it was written as.

    `written` is None for a version of a format before this one: what it knew was learnt anew.
    """

    events: tuple[Event, ...]
    written: LearnerState | None
