"""What is known of the function call that runs: its name, its ids, its start."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import CallerError, MarketError, ModelError, OperatorError
from bidding.domain.events import ErrorSide, FunctionFailed, MarketEvent, place_of
from bidding.ports.observation import Observer

_SIDES: tuple[tuple[type[Exception], ErrorSide], ...] = (
    (CallerError, "caller"),
    (ModelError, "model"),
    (OperatorError, "operator"),
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function. Times are readings of the clocks they are named after."""

    function: str
    known: Mapping[str, object]
    started_monotonic: float
    started_unix_ns: int

    def completed(self, event: MarketEvent) -> dict[str, object]:
        """The event's fields with what is known of the call; the event's own come first."""
        ids = {name: value for name, value in self.known.items() if value is not None}
        name = {"function": self.function} if self.function else {}
        return {**name, **ids, **event.known()}


_NOBODY = Invocation("", {}, 0.0, 0)
_current: ContextVar[Invocation] = ContextVar("invocation", default=_NOBODY)


def current() -> Invocation:
    """The call that runs in this thread; one without a name outside of any."""
    return _current.get()


@contextmanager
def reported(observer: Observer, function: str, known: Mapping[str, object]) -> Iterator[None]:
    """Make a call the current one, and report the error that ends it; an auction without award is no such error."""
    invocation = Invocation(function, known, time.monotonic(), time.time_ns())
    token = _current.set(invocation)
    try:
        yield
    except MarketError:
        raise
    except Exception as error:  # whatever it is, it is told and goes on
        observer.report(failure(error, invocation))
        raise
    finally:
        _current.reset(token)


def failure(error: Exception, invocation: Invocation) -> FunctionFailed:
    """An error as an event."""
    side: ErrorSide = next((side for kind, side in _SIDES if isinstance(error, kind)), "unexpected")
    milliseconds = round(1_000 * (time.monotonic() - invocation.started_monotonic), 1)
    place = place_of(error)
    return FunctionFailed(error=type(error).__name__, side=side, place=place, milliseconds=milliseconds)
