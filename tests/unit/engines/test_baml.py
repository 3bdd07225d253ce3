"""BAML around our own transport."""

import pytest

from bidding.adapters.baml import CannotAlign, align, with_type
from bidding.domain.lots import SchemaRef
from schemas.baml_source import SOURCE, baml_source
from tests.unit.engines.jobs import LABELS, REFS


def test_the_source_is_fresh() -> None:
    """The committed `.baml` is what the output types say: else run `python -m schemas.baml_source`."""
    assert SOURCE.read_text(encoding="utf-8") == baml_source()


def test_a_prompt_gets_its_type_and_keeps_its_turns() -> None:
    """The system message ends in the type with this lot's labels; text of a mail is no template."""
    turns = [{"role": "user", "content": "{{ x }} {% raw %}\n  two  spaces"}, {"role": "assistant", "content": "{}"}]
    system, *others = with_type([{"role": "system", "content": "Sort."}, *turns], REFS["classify"], LABELS)
    assert system["content"].startswith("Sort.")
    assert "- billing: invoices, charges" in system["content"]
    assert "confidence: float" in system["content"]
    assert others == turns


def test_an_answer_in_prose_is_aligned() -> None:
    """Keys without quotes and prose around them are understood; the label comes back by its name."""
    text = 'Sure! The label is {label: "billing", confidence: .75} as the card was charged'
    assert align(REFS["classify"], LABELS, text) == {"label": "billing", "confidence": 0.75}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot help with that.",
        '{"label": "gardening", "confidence": 0.9}',
        '{"label": None',
        "[" * 3_000,
        '{"label": "billing"}',
    ],
)
def test_what_is_not_there_is_not_made_up(text: str) -> None:
    """No label is guessed, no unknown one taken for an abstention, and nothing but CannotAlign is raised."""
    with pytest.raises(CannotAlign):
        align(REFS["classify"], LABELS, text)


def test_an_unknown_type_cannot_be_aligned() -> None:
    """A type that the source does not have is told as such."""
    with pytest.raises(CannotAlign, match=r"poem\.v1"):
        align(SchemaRef("poem.v1"), (), "{}")
