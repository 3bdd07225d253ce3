"""What a span says of how a call ended."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bidding.adapters.observers.lines import LineObserver
from bidding.adapters.observers.traces import TraceObserver
from bidding.domain.errors import LedgerConflict, NoAward


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (NoAward("no_bids", "nobody"), StatusCode.UNSET, None),
        (LedgerConflict("twice"), StatusCode.ERROR, "LedgerConflict"),
        (KeyError("x"), StatusCode.ERROR, "KeyError"),
    ],
)
def test_an_auction_without_award_is_no_error(error: Exception, status: StatusCode, told: str | None) -> None:
    """It is one of the ways in which a call ends; anything else marks its span."""
    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    observer = TraceObserver(LineObserver(lambda: 0), provider.get_tracer("test"))
    with pytest.raises(type(error)), observer.invocation("clear_auction", {}):
        raise error
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is status
    assert (span.attributes or {}).get("error.type") == told
