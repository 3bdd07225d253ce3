"""The output types, behind their port."""

from __future__ import annotations

from bidding.domain.lots import Payload, SchemaRef
from bidding.domain.records import JsonObject, Road

# ruff: noqa: PLC0415 - few functions ask for a type: the others start sooner without them


class TypedOutputs:
    """Implements `Outputs` over the registered types."""

    def json_schema(self, ref: SchemaRef, payload: Payload) -> JsonObject:
        """JSON schema without references, a declared one as it was declared.

        A classification's `label` is one of the payload's labels or null; kinds and sections of a plan are those of
        the payload.

        Raises UnknownRecord for an unknown reference.
        """
        from bidding.adapters.output_types import json_schema

        return json_schema(ref, payload)

    def parse(self, ref: SchemaRef, payload: Payload, text: str) -> tuple[JsonObject, Road]:
        """Validate a model's text as it is, else after repair of its JSON, else aligned to the schema.

        Raises EngineFailure `invalid` with the first problem where no road gives the type.
        """
        from bidding.adapters.output_types import parse

        return parse(ref, payload, text)

    def validate(self, ref: SchemaRef, payload: Payload, value: object) -> JsonObject:
        """Validate a value. Raises InvalidRequest naming the field, UnknownRecord for an unknown reference."""
        from bidding.adapters.output_types import validate

        return validate(ref, payload, value)
