"""Circuit breakers: when a seat is not asked for a while, and when it may prove itself again.

Closed while calls come through. Open after FAILURES_TO_OPEN provider faults in a row: the seat makes no bids, so no lot
loses a round to it. Half-open once it has cooled: one call at a time may probe; an answer closes the circuit, a fault
opens it again for twice as long. What a model writes never opens a circuit: a seat that answers badly loses by price
and reputation. Source: Nygard, Release It!, 2nd ed., 2018, ch. 5 (circuit breaker).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import FailureReason

FAILURES_TO_OPEN = 3
COOL_MS = 15_000
COOL_MS_MAX = 600_000

CircuitState = Literal["closed", "open", "half_open"]
_FAULTS: frozenset[FailureReason] = frozenset({"throttled", "too_slow", "unavailable"})
_NO_WORD: frozenset[FailureReason] = frozenset({"busy", "interrupted", "over_context"})
"""Ends that say nothing about the provider: we did not get as far, or it was never asked."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a seat's provider stands.

    `failures` and `openings` count in a row. `open_until_ms` is None while closed. `calls_until_ms` are the leases of
    calls under way that hold one of the seat's places.
    """

    failures: int = 0
    openings: int = 0
    open_until_ms: int | None = None
    calls_until_ms: tuple[int, ...] = ()

    def state(self, now_ms: int) -> CircuitState:
        """Closed, open, or half-open once the time is over."""
        if self.open_until_ms is None:
            return "closed"
        return "open" if self.open_until_ms > now_ms else "half_open"

    def under_way(self, now_ms: int) -> int:
        """Calls that hold a place."""
        return sum(until > now_ms for until in self.calls_until_ms)

    def places(self, concurrency: int | None, now_ms: int) -> int | None:
        """How many calls may be under way at once now; None for any number."""
        match self.state(now_ms):
            case "closed":
                return concurrency
            case "half_open":
                return 1
            case "open":
                return 0

    def after(self, well: bool, now_ms: int) -> Circuit:
        """The circuit once one more call came through, or met a fault of the provider."""
        if well:
            return replace(self, failures=0, openings=0, open_until_ms=None)
        failed = replace(self, failures=self.failures + 1)
        state = self.state(now_ms)
        if state == "half_open" or (state == "closed" and failed.failures >= FAILURES_TO_OPEN):
            cool_ms = min(COOL_MS_MAX, COOL_MS * 2 ** min(self.openings, 20))
            return replace(failed, openings=self.openings + 1, open_until_ms=now_ms + cool_ms)
        return failed


CLOSED = Circuit()


def is_well(reason: FailureReason | None, *, had_its_time: bool) -> bool | None:
    """What a call's end tells of the provider: well, not well, or None for nothing.

    `had_its_time` is False where the lot's deadline cut the call shorter than the seat's own time-out: a tenant in a
    hurry must not take a seat away from the others.
    """
    if reason in _NO_WORD or (reason == "too_slow" and not had_its_time):
        return None
    return reason not in _FAULTS
