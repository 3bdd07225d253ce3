"""One line of JSON per decision, which is its log entry and its metrics at once.

CloudWatch takes metrics out of log lines that say which of their keys are numbers (embedded metric format). Writing
both into one line halves what is written and billed; the ids of the decision stand beside its numbers.
Source: Amazon CloudWatch, "Specification: Embedded metric format".
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from aws_lambda_powertools import Logger

from bidding.adapters.observers.invocations import current, reported
from bidding.domain.disclosure import disclosed
from bidding.domain.events import FunctionFailed, MarketEvent
from bidding.domain.measurements import BY_NAME, NAMESPACE, SERVICE, Scope, measured

logger = Logger(service=SERVICE, location=None, use_rfc3339=True, utc=True, stream=sys.stdout)
"""Where lines go; in the cloud standard output is the function's log group."""

_DIMENSIONS: Mapping[Scope, list[list[str]]] = {
    "service": [["service"]],
    "seat": [["service", "seat"]],
    "both": [["service"], ["service", "seat"]],
}
_WITHOUT_SEAT: list[list[str]] = [["service"]]


class LineObserver:
    """Implements `Observer` with lines in the log."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock

    def report(self, event: MarketEvent) -> None:
        """Write the line."""
        fields = disclosed(current().completed(event))
        values = measured(event)
        say = logger.warning if isinstance(event, FunctionFailed) else logger.info
        seat = fields.get("seat_id")
        metrics = embedded(values, seat if isinstance(seat, str) else None, self._clock()) if values else {}
        say(event.name, extra={**fields, **metrics})

    def invocation(
        self, function: str, known: Mapping[str, object], parent: str | None = None
    ) -> AbstractContextManager[None]:
        """See `Observer`."""
        return reported(self, function, known)


def embedded(values: Mapping[str, float], seat: str | None, now_ms: int) -> dict[str, Any]:
    """The keys that make metrics of a line. `now_ms` is Unix time."""
    by_scope: dict[Scope, list[dict[str, str]]] = {}
    for name in values:
        metric = BY_NAME[name]
        by_scope.setdefault(metric.scope, []).append({"Name": name, "Unit": metric.unit})
    directives = [
        {
            "Namespace": NAMESPACE,
            "Dimensions": _DIMENSIONS[scope] if seat is not None else _WITHOUT_SEAT,
            "Metrics": metrics,
        }
        for scope, metrics in by_scope.items()
    ]
    named = {"seat": seat} if seat is not None else {}
    return {**named, **values, "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": directives}}


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
