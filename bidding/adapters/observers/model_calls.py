"""A span for every model call, whichever engine makes it. It tells sizes and names, never what was said.

Source: OpenTelemetry, "Semantic conventions for generative client AI spans".
"""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from bidding.adapters.observers.traces import PREFIX, span_of_call
from bidding.domain.bids import NoBid
from bidding.domain.claims import CallForBid, Claim
from bidding.domain.errors import EngineFailure
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat
from bidding.ports.engines import Engine, Engines
from bidding.ports.seats import Bidder

_PROVIDERS = {"bedrock": "aws.bedrock", "openai_compatible": "openai"}
"""By engine, where the conventions have a name; the others are known by their engine's."""
_NOT_CHATS = {"classifier": "classify", "rules": "apply_rules"}
"""Engines that are no language models, by the operation that they perform."""


class TracedEngines:
    """Implements `Engines` over others."""

    def __init__(self, engines: Engines, tracer: Tracer) -> None:
        self._engines = engines
        self._tracer = tracer

    def engine_of(self, seat: Seat) -> Engine:
        """Raises what the others raise."""
        engine = self._engines.engine_of(seat)
        if isinstance(engine, Bidder):
            return _TracedBidder(engine, engine, self._tracer)
        return _TracedEngine(engine, self._tracer)


class _TracedEngine:
    def __init__(self, engine: Engine, tracer: Tracer) -> None:
        self._engine = engine
        self._tracer = tracer

    def unavailable_because(self, seat: Seat) -> str | None:
        return self._engine.unavailable_because(seat)

    def count_tokens(self, seat: Seat, job: Job) -> int:
        return self._engine.count_tokens(seat, job)

    def answer(self, seat: Seat, job: Job) -> Answer:
        operation = _NOT_CHATS.get(seat.engine, "chat")
        outer = span_of_call()
        span = self._tracer.start_span(
            f"{operation} {seat.model}",
            trace.set_span_in_context(outer) if outer is not None else None,
            SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": _PROVIDERS.get(seat.engine, seat.engine),
                "gen_ai.request.model": seat.model,
                "gen_ai.request.max_tokens": job.max_output_tokens,
                "gen_ai.output.type": "json",
                f"{PREFIX}seat_id": seat.seat_id,
                f"{PREFIX}kind": job.kind,
            },
        )
        try:
            answer = self._engine.answer(seat, job)
        except Exception as error:  # whatever it is, the span says so and it goes on
            reason = error.reason if isinstance(error, EngineFailure) else type(error).__name__
            span.set_attribute("error.type", reason)
            span.set_status(Status(StatusCode.ERROR, reason))
            raise
        else:
            span.set_attribute("gen_ai.usage.input_tokens", answer.usage.input_tokens)
            span.set_attribute("gen_ai.usage.output_tokens", answer.usage.output_tokens)
            return answer
        finally:
            span.end()


class _TracedBidder(_TracedEngine):
    """Asking for a bid is no model call: it is passed on as it is."""

    def __init__(self, engine: Engine, bidder: Bidder, tracer: Tracer) -> None:
        super().__init__(engine, tracer)
        self._bidder = bidder

    def solicit(self, seat: Seat, call: CallForBid) -> Claim | NoBid:
        return self._bidder.solicit(seat, call)
