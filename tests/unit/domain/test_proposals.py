"""A proposed plan is followed as a whole, or the default one is."""

from typing import Any

import pytest

from bidding.adapters.intake import parse_document
from bidding.domain.decomposition import decompose, follow_proposal
from bidding.domain.errors import InvalidRequest, RefusedDocument
from bidding.domain.lots import TaskOptions
from bidding.domain.proposals import PROPOSED_LOTS_MAX, check_proposal
from bidding.domain.rewards import agreement

MINUTES = ("Minutes\n\n" + "The board met and agreed to spend 4,000 EUR. " * 80).encode()


def _step(kind: str = "extract", section: int = 1, needs: tuple[int, ...] = (), budget: int = 100) -> dict[str, Any]:
    return {"kind": kind, "section": section, "needs": list(needs), "budget_micros": budget}


def _proposal(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"lots": list(steps)}


def test_plain_text_has_one_lot_that_asks_for_the_others() -> None:
    """It shows the beginning of every section, and offers the kinds that are wanted."""
    message, _ = parse_document(MINUTES)
    (asked,) = decompose(message, TaskOptions(kinds=frozenset({"extract", "draft"})))
    assert (asked.kind, asked.payload.sections) == ("decompose", 2)
    assert asked.payload.text.count("Section ") == 2
    assert [label.name for label in asked.payload.labels] == ["extract"]


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00bytes", b"tick \x07 bell", b"---\n***\n"])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    """Other encodings, control characters, and nothing that could be read."""
    with pytest.raises(RefusedDocument):
        parse_document(raw)


def test_a_proposal_becomes_lots_of_its_sections() -> None:
    """Each after what it needs, with its own text and its share of the budget as ceiling."""
    message, _ = parse_document(MINUTES)
    plan = follow_proposal(message, TaskOptions(), _proposal(_step("summarise", 2, (2,), 70), _step("classify")))
    assert [(lot.kind, lot.payload.part, lot.needs, lot.ceiling_micros) for lot in plan] == [
        ("classify", "body, section 1 of 2", (), 100),
        ("summarise", "body, section 2 of 2", (0,), 70),
    ]
    assert plan[0].payload.labels
    assert not plan[1].payload.labels


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (_proposal(_step("dance")), "'dance' is none of classify, extract, summarise"),
        (_proposal(_step("decompose")), "'decompose' is none of"),
        (_proposal(_step(section=3)), "3 is none of 1 to 2"),
        (_proposal(_step(needs=(2,)), _step(needs=(1,))), "circle"),
        (_proposal(_step(needs=(9,))), "needs 9, which no lot is called"),
        (_proposal(*[_step()] * (PROPOSED_LOTS_MAX + 1)), "13 of them"),
        (_proposal(*[_step(budget=1_000)] * 11), "may come to 11000"),
    ],
)
def test_a_bad_proposal_opens_nothing(proposal: dict[str, Any], why: str) -> None:
    """It is refused when it is answered, and again before its lots would open."""
    message, _ = parse_document(MINUTES)
    (asked,) = decompose(message, TaskOptions())
    with pytest.raises(InvalidRequest, match=why):
        check_proposal(proposal, asked.payload)
    with pytest.raises(RefusedDocument, match="invalid_plan"):
        follow_proposal(message, TaskOptions(), proposal)


def test_a_plan_agrees_with_its_correction_by_kind_and_section() -> None:
    """What is set aside for a lot does not matter."""
    answer = _proposal(_step("extract", 1), _step("summarise", 2))
    corrected = _proposal(_step("extract", 1, budget=900), _step("summarise", 1))
    assert agreement("decompose", answer, corrected) == pytest.approx(0.5)
