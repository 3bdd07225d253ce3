"""Spans besides the lines: one per call of a function, one inside it per model call. Imported only where it is used.

A task's trace has the task's id, so that its lots, and feedback weeks later, are found under it. Where a caller hands
its own trace over, as Step Functions does through X-Ray, the span belongs to that one and tells the task's id.
Names: OpenTelemetry semantic conventions for generative AI, `gen_ai.*`; ours are `atomic.auction.*`.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer

from bidding.adapters.observers.invocations import current, failure
from bidding.domain.dataclass import dataclass
from bidding.domain.disclosure import disclosed
from bidding.domain.errors import MarketError
from bidding.domain.events import MarketEvent
from bidding.ports.observation import Observer

PREFIX = "atomic.auction."
_XRAY = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;Parent=([0-9a-f]{16}))?(?:;Sampled=([01]))?")
_ON_SPAN = ("task_id", "lot_id", "award_id", "seat_id", "kind", "attempt", "round")


@dataclass
class _Call:
    """A function's call whose span may still be waiting for the task's id."""

    function: str
    parent: str | None
    started_ns: int
    span: Span | None = None


_call: ContextVar[_Call | None] = ContextVar("traced_call", default=None)


class TraceObserver:
    """Implements `Observer`: tells another one, and makes spans. `after` is called at the end of each call."""

    def __init__(self, inner: Observer, tracer: Tracer, after: Callable[[], object] | None = None) -> None:
        self._inner = inner
        self._tracer = tracer
        self._after = after

    def report(self, event: MarketEvent) -> None:
        """Tell the other one, and note the decision on the span of the call."""
        self._inner.report(event)
        call = _call.get()
        if call is None:
            return
        fields = disclosed(current().completed(event))
        span = self._open(call, fields.get("task_id"))
        attributes: dict[str, Any] = {PREFIX + name: value for name, value in fields.items()}
        span.add_event(PREFIX + event.name, attributes)
        span.set_attributes({PREFIX + name: attributes[PREFIX + name] for name in _ON_SPAN if name in fields})

    def invocation(
        self, function: str, known: Mapping[str, object], parent: str | None = None
    ) -> AbstractContextManager[None]:
        """See `Observer`."""
        return self._traced(function, known, parent)

    @contextmanager
    def _traced(self, function: str, known: Mapping[str, object], parent: str | None) -> Iterator[None]:
        call = _Call(function, parent, time.time_ns())
        token = _call.set(call)
        try:
            with self._inner.invocation(function, known, parent):
                if "task_id" in known:
                    self._open(call, known["task_id"])
                try:
                    yield
                except MarketError:  # no award: an end like another
                    raise
                except Exception as error:  # whatever it is, the span says so and it goes on
                    told = failure(error, current())
                    span = self._open(call, None)
                    span.set_attribute("error.type", told.error)
                    span.set_status(Status(StatusCode.ERROR, told.place))
                    raise
        finally:
            _call.reset(token)
            self._open(call, None).end()
            if self._after is not None:
                self._after()

    def _open(self, call: _Call, task: object) -> Span:
        """The call's span, begun when the call began."""
        if call.span is None:
            context = _handed_over(call.parent) or _trace_of(task)
            call.span = self._tracer.start_span(
                f"atomic.{call.function}", context, SpanKind.SERVER, start_time=call.started_ns
            )
        return call.span


def span_of_call() -> Span | None:
    """The span of the function's call that runs in this thread."""
    call = _call.get()
    return call.span if call is not None else None


def _trace_of(task: object) -> Context | None:
    """A context under the trace that has the task's id."""
    try:
        number = uuid.UUID(str(task)).int
    except ValueError:
        return None
    return _under(number, number & (1 << 64) - 1)


def _handed_over(header: str | None) -> Context | None:
    """The caller's span, from an X-Ray trace header. Source: AWS X-Ray, "Tracing header"."""
    matched = _XRAY.match(header or "")
    if matched is None or matched[3] is None or matched[4] == "0":
        return None
    return _under(int(matched[1] + matched[2], 16), int(matched[3], 16))


def _under(trace_id: int, span_id: int) -> Context:
    parent = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())
