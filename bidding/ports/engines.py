"""What runs the jobs of seats, and what their answers must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bidding.domain.lots import Payload, SchemaRef
from bidding.domain.records import JsonObject, Road
from bidding.domain.seats import Seat

if TYPE_CHECKING:  # few functions make a call
    from bidding.domain.jobs import Answer, Job


class Engine(Protocol):
    """Runs jobs for the seats that name it. May be called from several threads."""

    def unavailable_because(self, seat: Seat) -> str | None:
        """A sentence where this process cannot run the seat (a package or weights missing), else None."""

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """Input tokens of the call that `answer` would make; close enough to price and to fit a context."""

    def answer(self, seat: Seat, job: Job) -> Answer:
        """Make the call, once, within `job.timeout_ms`. Raises EngineFailure, typed."""


class Engines(Protocol):
    """Finds the engine of a seat."""

    def engine_of(self, seat: Seat) -> Engine:
        """Raises Misconfigured for an engine this installation does not know."""


class Embedder(Protocol):
    """Turns text into a vector of unit length."""

    def embed(self, text: str) -> tuple[float, ...]:
        """Empty where no embedder is installed."""


class Outputs(Protocol):
    """The output types, by reference."""

    def json_schema(self, ref: SchemaRef, payload: Payload) -> JsonObject:
        """JSON schema of the answer to this payload. Raises UnknownRecord for an unknown reference."""

    def parse(self, ref: SchemaRef, payload: Payload, text: str) -> tuple[JsonObject, Road]:
        """Validate a model's text. Raises EngineFailure `invalid` where no road leads to the type."""

    def validate(self, ref: SchemaRef, payload: Payload, value: object) -> JsonObject:
        """Validate a value, such as a human's correction. Raises InvalidRequest, naming the field."""
