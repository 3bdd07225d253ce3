"""The typed outputs of the inbox lots. The name of an output type ends in its version: `classification.v1`.

A change that old readers cannot take is a new class with the next version; both stay registered.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_serializer

from schemas.base import Fraction, Wire

Span = Annotated[str, Field(min_length=1, max_length=200, description="exact words of the text")]
ItemText = Annotated[str, Field(min_length=1, max_length=200)]


class Classification(Wire):
    """Which label fits the text. `label` is null to abstain; `confidence` is the chance that it is right."""

    label: Annotated[str, Field(min_length=1, max_length=80)] | None
    confidence: Fraction


class Person(Wire):
    """A person named in the text."""

    name: ItemText
    span: Span


class DateMention(Wire):
    """A date in the text; `date` is null where the words name no certain day."""

    date: date | None
    span: Span


class Amount(Wire):
    """A sum of money in the text; `currency` is ISO 4217."""

    value: Annotated[Decimal, Field(max_digits=18, decimal_places=4)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    span: Span

    @field_serializer("value")
    def _plain(self, value: Decimal) -> str:
        return format(value, "f")


class Ask(Wire):
    """Something the sender asks for."""

    ask: ItemText
    span: Span


class Extraction(Wire):
    """Facts in the text, each with the words it came from."""

    people: Annotated[tuple[Person, ...], Field(max_length=20)] = ()
    dates: Annotated[tuple[DateMention, ...], Field(max_length=20)] = ()
    amounts: Annotated[tuple[Amount, ...], Field(max_length=20)] = ()
    asks: Annotated[tuple[Ask, ...], Field(max_length=20)] = ()


class Summary(Wire):
    """What the text says, in its own language."""

    summary: Annotated[str, Field(min_length=1, max_length=800)]


class Draft(Wire):
    """A reply to be looked at by a person. It is never sent."""

    body: Annotated[str, Field(min_length=1, max_length=3_000)]


class PlanStep(Wire):
    """One lot of a plan. Lots are numbered from 1 in the plan's order; it is given the outputs of those it `needs`."""

    kind: Annotated[str, Field(min_length=1, max_length=80)]
    section: Annotated[int, Field(ge=1, le=100, description="number of the section it works on")]
    needs: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(max_length=12)] = ()
    budget_micros: Annotated[int, Field(ge=1, le=10_000, description="micro-dollars set aside for it")]


class Plan(Wire):
    """Which lots a document calls for."""

    lots: Annotated[tuple[PlanStep, ...], Field(min_length=1, max_length=12)]


Reason = Annotated[str, Field(min_length=1, max_length=300, description="why, in one sentence")]


class Finding(Wire):
    """What a judge found by one criterion: why, then the score."""

    reason: Reason
    score: Annotated[Fraction, Field(description="0 for not at all, 1 for wholly")]


class Verdict(Wire):
    """How good an answer is."""

    correct: Annotated[Finding, Field(description="what it says is borne out by the text")]
    complete: Annotated[Finding, Field(description="it leaves out nothing that was asked for")]
    apt: Annotated[Finding, Field(description="it is what was asked for, in form, language and tone")]


OUTPUT_TYPES: dict[str, type[Wire]] = {
    "classification.v1": Classification,
    "extraction.v1": Extraction,
    "summary.v1": Summary,
    "draft.v1": Draft,
    "plan.v1": Plan,
    "verdict.v1": Verdict,
}
