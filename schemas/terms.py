"""What all that concerns a task speaks of: kinds, states, and what its submitter may choose."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_serializer

from schemas.base import Fraction, Identifier, Micros, Wire

Kind = Literal["classify", "extract", "summarise", "draft", "decompose", "judge"]
DataClass = Literal["public", "internal", "confidential", "restricted"]
TaskStatus = Literal["running", "claimed", "in_progress", "done", "failed", "refused", "awaiting_approval"]
LotStatus = Literal["open", "done", "failed"]
ApprovalState = Literal["pending", "approved", "edited", "rejected", "expired", "autonomous"]
Part = Annotated[str, Field(max_length=300)]


class Label(Wire):
    """One class that `classify` may choose."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=300)] = ""


class Terms(Wire):
    """What a kind of lot is worth to its owner."""

    output: Identifier
    value_micros: Micros
    price_ceiling_micros: Micros
    quality_floor: Fraction = 0.0
    deadline_ms: Annotated[int, Field(ge=100, le=21_600_000)] = 60_000
    delay_micros_per_second: Micros = 2


class ApprovalTerms(Wire):
    """Which answers wait for a person: those of `kinds`, and those below `confidence_floor`."""

    kinds: frozenset[Kind] = frozenset({"draft"})
    confidence_floor: Fraction = 0.5
    escalate_s: Annotated[int, Field(ge=1, le=2_592_000)] = 86_400
    expire_s: Annotated[int, Field(ge=2, le=2_592_000)] = 604_800
    autonomy_after: Annotated[int, Field(ge=1, le=1_000)] | None = 5

    @field_serializer("kinds")
    def _in_order(self, kinds: frozenset[Kind]) -> list[Kind]:
        return sorted(kinds)


class TaskOptions(Wire):
    """What the submitter may choose; empty means the inbox defaults."""

    labels: Annotated[tuple[Label, ...], Field(max_length=100)] = ()
    kinds: frozenset[Kind] = frozenset()
    data_class: DataClass = "internal"
    terms: dict[Kind, Terms] = Field(default_factory=dict)
    approval: ApprovalTerms | None = None
