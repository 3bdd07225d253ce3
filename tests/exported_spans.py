"""Spans as a collector gets them by OTLP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def spans_of(body: bytes) -> Iterator[dict[str, Any]]:
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                attributes = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
                yield {
                    "name": span.name,
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "kind": span.kind,
                    "attributes": attributes,
                    "events": [event.name for event in span.events],
                    "status": span.status.code,
                }
