"""Where spans go: to a collector by OTLP, or to the console. Imported only where traces are on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal, assert_never

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import Tracer

from bidding.domain.dataclass import dataclass
from bidding.domain.measurements import SERVICE

Traces = Literal["console", "otlp"]


@dataclass(frozen=True, slots=True)
class Tracing:
    """A tracer, what sends its spans at once, and what sends the last ones and ends it."""

    tracer: Tracer
    flush: Callable[[], object]
    close: Callable[[], None]


def tracing(traces: Traces) -> Tracing:
    """Spans to standard error, or to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names (else this host's)."""
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}), shutdown_on_exit=False)
    provider.add_span_processor(_processor(traces))
    return Tracing(provider.get_tracer(SERVICE), provider.force_flush, provider.shutdown)


def _processor(traces: Traces) -> SpanProcessor:
    match traces:
        case "console":
            # Standard output is for results.
            return SimpleSpanProcessor(
                ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: span.to_json(indent=None) + "\n")
            )
        case "otlp":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  heavy

            return BatchSpanProcessor(OTLPSpanExporter())
    assert_never(traces)
