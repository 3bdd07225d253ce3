"""What a policy is: it appraises seats for a lot, and learns from the one that was picked."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from bidding.domain.learning.tables import Floats


class Context(NamedTuple):
    """What is known of a lot before the call.

    `kind` is a column of the learner, `log_length` the logarithm of the input's length, `features` (d,) an embedding
    of its text, `cluster` a column of the group of texts that it belongs to, None where there is none.
    """

    kind: int
    log_length: float = 0.0
    features: Floats | None = None
    cluster: int | None = None


class SelectionPolicy(Protocol):
    """Appraises seats. Rows are seats and kinds are columns, in the order in which they were added.

    `uniform_share` is the share of lots that goes to any seat alike. `contextual` says whether the policy looks at the
    lot: prices of this lot are shown to those that do, mean prices to the rest. `changed_seat` is the seat that the
    last outcome showed to have changed, None where none did: what others hold of it is old.
    """

    uniform_share: float
    contextual: bool
    changed_seat: int | None

    def add_seat(self, published: float | None, listed_micros: float | None = None) -> None:
        """A seat joined. `published` is a score in [0, 1], `listed_micros` a usual call's price, known beforehand."""

    def add_kind(self) -> None:
        """A kind of lot was seen for the first time."""

    def appraise(self, context: Context) -> tuple[Floats, Floats]:
        """Mean and standard deviation of every seat's quality, each (seats,), to draw from; 0 is a point estimate.

        The arrays are kept: make them anew for every lot.
        """

    def called(self, seat: int, calls: int = 1) -> None:
        """A seat was given a call, or was not after all: -1. What it was worth is told later, or never."""

    def learn(self, context: Context, seat: int, reward: float, weight: float) -> None:
        """The outcome of a pick. A negative weight takes an outcome back."""
