"""Answers become their type or a typed failure."""

import json

import pytest

from bidding.adapters.outputs import TypedOutputs
from bidding.domain.errors import EngineFailure, InvalidRequest, UnknownRecord
from bidding.domain.lots import SchemaRef
from tests.unit.engines.jobs import MAIL, REFS

OUTPUTS = TypedOutputs()


def test_a_classification_may_only_be_one_of_the_lots_labels() -> None:
    """The schema of a classification lists the payload's labels and null."""
    schema = OUTPUTS.json_schema(REFS["classify"], MAIL)
    assert schema["properties"]["label"] == {"enum": ["billing", "support", "scheduling", None]}  # type: ignore[call-overload, index]


@pytest.mark.parametrize("ref", REFS.values())
def test_schemas_have_no_references(ref: SchemaRef) -> None:
    """A schema stands alone: engines do not resolve `$ref`."""
    assert "$" not in json.dumps(OUTPUTS.json_schema(ref, MAIL)).replace("{3}$", "")


def test_a_clean_answer_is_strict() -> None:
    """Text that is the type's JSON takes the strict road."""
    assert OUTPUTS.parse(REFS["summarise"], MAIL, '{"summary":"Ana was charged twice."}') == (
        {"summary": "Ana was charged twice."},
        "strict",
    )


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"label": "billing", "confidence": 0.9}\n```',
        'Sure! {"label": "billing", "confidence": 0.9,}',
        "{'label': 'billing', 'confidence': 0.9}",
    ],
)
def test_fences_prose_and_loose_json_are_repaired(text: str) -> None:
    """An answer that is only badly written is repaired, and says so."""
    assert OUTPUTS.parse(REFS["classify"], MAIL, text) == ({"label": "billing", "confidence": 0.9}, "repaired")


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("classify", '{"label": "gardening", "confidence": 0.9}', "label: 'gardening' is none of"),
        ("classify", '{"label": "billing", "confidence": 9}', "confidence: "),
        ("classify", '{"label": "billing"}', "confidence: Field required"),
        ("classify", '{"label": "billing", "confidence": NaN}', "confidence: "),
        ("summarise", "I cannot help with that.", "Invalid JSON"),
        ("summarise", "", "Invalid JSON"),
        ("summarise", "[" * 5_000, "Invalid JSON"),
        ("summarise", "\ud800", "Invalid JSON"),
        ("draft", '{"body": "x", "send": true}', "send: Extra inputs"),
        ("draft", "x" * 60_000, "60000 characters"),
    ],
)
def test_what_is_not_the_type_is_a_typed_failure(kind: str, text: str, problem: str) -> None:
    """Where no road leads to the type, the failure names the first problem."""
    with pytest.raises(EngineFailure, match="invalid") as raised:
        OUTPUTS.parse(REFS[kind], MAIL, text)
    assert (raised.value.reason, problem in raised.value.detail) == ("invalid", True)


def test_amounts_keep_their_digits() -> None:
    """Money in an extraction is decimal text, never a float."""
    text = '{"amounts": [{"value": 49.10, "currency": "USD", "span": "49.00 usd"}]}'
    output, _ = OUTPUTS.parse(REFS["extract"], MAIL, text)
    assert output["amounts"] == [{"value": "49.1", "currency": "USD", "span": "49.00 usd"}]


def test_a_span_that_is_not_in_the_text_is_no_answer() -> None:
    """A fact must come with words that stand in the mail; an invented one sends the lot to the next in line."""
    invented = '{"people": [{"name": "Tom Reed", "span": "Tom Reed"}]}'
    with pytest.raises(EngineFailure, match="does not stand in the text"):
        OUTPUTS.parse(REFS["extract"], MAIL, invented)


def test_a_wrong_correction_names_its_field() -> None:
    """A human's correction that is not the type is refused with the name of the field."""
    with pytest.raises(InvalidRequest, match=r"dates\.0\.span"):
        OUTPUTS.validate(REFS["extract"], MAIL, {"dates": [{"date": "2026-03-06"}]})


def test_a_right_correction_comes_back_as_json() -> None:
    """A valid correction is returned whole, with defaults filled in."""
    assert OUTPUTS.validate(REFS["extract"], MAIL, {"dates": [{"date": "2026-03-06", "span": "6 March"}]}) == {
        "people": [],
        "dates": [{"date": "2026-03-06", "span": "6 March"}],
        "amounts": [],
        "asks": [],
    }


def test_an_unknown_type_is_the_callers_error() -> None:
    """A reference that nobody registered is an unknown record."""
    with pytest.raises(UnknownRecord, match=r"poem\.v1"):
        OUTPUTS.json_schema(SchemaRef("poem.v1"), MAIL)
