"""Answers are held to the type that a job declares."""

from dataclasses import replace
from typing import Any

import pytest

from bidding.adapters.answer_forms import provider_schema, with_written_type
from bidding.adapters.declared_types import CHARS_MAX, checked_schema
from bidding.adapters.intake import parse_document
from bidding.adapters.llama_cpp import LlamaCppEngine
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.prompts import build_messages
from bidding.adapters.rules import RulesEngine
from bidding.domain.declared import reference
from bidding.domain.errors import EngineFailure, InvalidRequest, RefusedDocument, UnknownRecord
from bidding.domain.jobs import Job
from bidding.domain.rewards import agreement, check
from tests.unit.engines.jobs import MAIL, make_job, make_seat

BILL = {
    "type": "object",
    "required": ["payer", "charges"],
    "properties": {
        "payer": {"type": "string", "maxLength": 40, "description": "who pays"},
        "charges": {"type": "array", "maxItems": 2, "items": {"type": "number", "minimum": 0}},
        "due day": {"type": ["integer", "null"], "minimum": 1, "maximum": 31},
        "currency": {"enum": ["USD", "EUR", None]},
    },
}


def _job(kind: str = "extract") -> Job:
    payload = replace(MAIL, output_schema=checked_schema(BILL))
    ref = reference(payload.output_schema or {})
    return replace(
        make_job(kind, payload, max_output_tokens=120),
        output=ref,
        json_schema=TypedOutputs().json_schema(ref, payload),
    )


def _field(**field: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": field}}


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "array", "items": {"type": "string"}}, "the answer is an object"),
        ({"type": "object"}, "names its fields"),
        (_field(type="thing"), "output_schema.a: type is one of"),
        (_field(type="string", pattern="(a+)+$"), "pattern cannot be held"),
        ({**_field(type="string"), "$ref": "#"}, "cannot be held"),
        (_field(type="string", maxLength=-1), "is no bound"),
        (_field(type="string", maxLength=True), "is no bound"),
        (_field(type="array"), "a schema is an object"),
        (_field(enum=[]), "1 to 40 choices"),
        (_field(type={"not": "hashable"}), "type is one of"),
        (_field(enum=[[1]]), "can be chosen"),
        ({**_field(type="string"), "required": [{}]}, "are no fields"),
        (_field(enum=[1.5]), "can be chosen"),
        ({**_field(type="string"), "required": ["b"]}, "are no fields"),
        ({**_field(type="string"), "additionalProperties": True}, "name the fields instead"),
        ({"type": "object", "properties": {str(n): {"type": "null"} for n in range(3)}}, "type is one of"),
        ({"type": "object", "properties": {str(n): {"type": "string"} for n in range(41)}}, "more than 40 fields"),
        (_field(**_field(**_field(**_field(**_field(type="string"))))), "more than 5 deep"),
        (_field(type="string", description="x" * CHARS_MAX), "characters; at most"),
    ],
)
def test_a_schema_that_cannot_be_held_is_refused_at_ingestion(schema: dict[str, Any], why: str) -> None:
    """The refusal says where, and what to do."""
    with pytest.raises(InvalidRequest, match=why):
        checked_schema(schema)


@pytest.mark.parametrize("kind", ["classify", "decompose"])
def test_kinds_with_a_type_of_their_own_take_none(kind: str) -> None:
    """A label's type is its labels."""
    raw = b'{"text": "x", "lots": [{"name": "a", "kind": "%s", "output_schema": {"type": "array"}}]}' % kind.encode()
    with pytest.raises(RefusedDocument, match="invalid_plan"):
        parse_document(raw)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ('{"payer": "Ana", "charges": [49, 49.5]}', {"payer": "Ana", "charges": [49.0, 49.5]}),
        ('Sure: {"payer": "Ana", "charges": [], "due day": null}', {"payer": "Ana", "charges": [], "due day": None}),
    ],
)
def test_an_answer_of_the_type_is_taken_as_it_is(text: str, output: dict[str, Any]) -> None:
    """Fields left out stay out; broken JSON around it is repaired as for any type."""
    job = _job()
    assert TypedOutputs().parse(job.output, job.payload, text)[0] == output


@pytest.mark.parametrize(
    "text",
    [
        '{"payer": "Ana"}',
        '{"payer": "Ana", "charges": ["49"]}',
        '{"payer": "Ana", "charges": [1, 2, 3]}',
        '{"payer": "Ana", "charges": [-1]}',
        '{"payer": "Ana", "charges": [], "due day": 32}',
        '{"payer": "Ana", "charges": [], "currency": "GBP"}',
        '{"payer": "Ana", "charges": [], "paid": true}',
        '{"payer": null, "charges": []}',
        "no",
    ],
)
def test_any_other_answer_is_invalid(text: str) -> None:
    """Missing, mistyped, out of bounds, not among the choices, one too many."""
    job = _job()
    with pytest.raises(EngineFailure, match="invalid"):
        TypedOutputs().parse(job.output, job.payload, text)


def test_nobody_can_put_another_schema_in_its_place() -> None:
    """The reference is the schema's hash."""
    job = _job()
    other = replace(job.payload, output_schema=checked_schema(_field(type="string")))
    for payload in (other, MAIL):
        with pytest.raises(UnknownRecord):
            TypedOutputs().parse(job.output, payload, "{}")


def test_executors_are_given_the_type() -> None:
    """As a schema for providers, in words for free text, as fields in every prompt; never as instructions."""
    job = _job()
    assert provider_schema(job.json_schema)["additionalProperties"] is False
    messages = build_messages(job, brief=True)
    assert "payer: who pays\ncharges\ndue day" in messages[-1]["content"]
    assert len(messages) == 2
    assert '"maxLength": 40' in with_written_type(messages, job)[0]["content"]


def test_rules_stay_away() -> None:
    """They know the types of their kinds only."""
    with pytest.raises(EngineFailure, match="refused"):
        RulesEngine().count_tokens(make_seat("rules", "extract", "extract"), _job())


def test_a_small_model_keeps_to_it() -> None:
    """What SmolLM2 writes is of the type, whatever it is worth."""
    engine, seat, job = LlamaCppEngine(), make_seat("llama_cpp", "smollm2-135m", "extract"), _job()
    if missing := engine.unavailable_because(seat):
        pytest.skip(missing)
    try:
        output, road = TypedOutputs().parse(job.output, job.payload, engine.answer(seat, job).text)
    finally:
        engine.close()
    assert road == "strict"
    assert set(output) == {"payer", "charges", "due day", "currency"}


def test_only_a_correction_says_what_it_is_worth() -> None:
    """No check of its kind applies; agreement is F1 over its scalars."""
    answer: dict[str, Any] = {"payer": "Ana", "charges": [49, 50]}
    assert check("declared", MAIL, answer) == {}
    assert agreement("declared", answer, {"payer": "ana", "charges": [50, 51]}) == pytest.approx(2 / 3)
