"""Who is told what the market decides."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from bidding.domain.events import MarketEvent


class Observer(Protocol):
    """Is told every decision, once it stands. May be called from several threads.

    It never raises and never waits for the network: what was decided does not depend on who watches.
    """

    def report(self, event: MarketEvent) -> None:
        """Take note of a decision."""

    def invocation(
        self, function: str, known: Mapping[str, object], parent: str | None = None
    ) -> AbstractContextManager[None]:
        """One call of a function: what is reported inside belongs to it and to the ids in `known`.

        `parent` is the trace header of whoever called. An error that leaves the context is reported as
        `FunctionFailed`, and goes on.
        """


class Silence:
    """Watches nothing."""

    def report(self, event: MarketEvent) -> None:
        """Forget it."""

    def invocation(
        self,
        function: str,  # noqa: ARG002
        known: Mapping[str, object],  # noqa: ARG002
        parent: str | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        """Nothing to begin or to end."""
        return nullcontext()
