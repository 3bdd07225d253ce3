"""Checks and agreement: what an answer earns."""

from dataclasses import replace

import pytest

from bidding.domain.lots import Payload
from bidding.domain.records import JsonObject
from bidding.domain.rewards import agreement, check, checked_reward, field_agreement
from bidding.domain.weighed_lots import ABSTAINED_REWARD

MAIL = Payload(
    part="body", text="Please pay 1,250.00 EUR to Berta Kling by 2026-05-02 for the garden work.", subject="Invoice"
)


def extraction(**items: list[JsonObject]) -> JsonObject:
    return {"people": [], "dates": [], "amounts": [], "asks": [], **items}


def test_spans_must_stand_in_the_text_and_facts_must_be_found() -> None:
    """A grounded, complete extraction earns all, an invented one nothing."""
    right = extraction(
        dates=[{"date": "2026-05-02", "span": "by 2026-05-02"}],
        amounts=[{"value": "1250.00", "currency": "EUR", "span": "1,250.00 EUR"}],
    )
    wrong = extraction(amounts=[{"value": "99", "currency": "EUR", "span": "99 EUR"}])
    assert checked_reward(check("extract", MAIL, right)) == pytest.approx(1.0)
    assert checked_reward(check("extract", MAIL, wrong)) == pytest.approx(1 / 3)


def test_an_empty_extraction_of_a_text_with_facts_earns_nothing() -> None:
    """Saying nothing is no way to be right."""
    assert checked_reward(check("extract", MAIL, extraction())) == 0.0


def test_a_valid_answer_that_nobody_can_check_earns_none() -> None:
    """Schema validity alone is no reward: classification waits for a judge."""
    assert checked_reward(check("classify", MAIL, {"label": "invoice", "confidence": 0.9})) is None


def test_a_stuttering_summary_earns_less_than_a_fluent_one() -> None:
    """Loops, inventions and copies are what small models fail by."""
    fluent = {"summary": "Pay Berta Kling 1,250.00 EUR for the garden work."}
    stutter = {"summary": "pay pay pay pay pay pay pay pay pay pay 7777"}
    good, bad = (checked_reward(check("summarise", MAIL, output)) or 0 for output in (fluent, stutter))
    assert good > bad + 0.2


def test_a_draft_with_blanks_or_a_copy_of_the_mail_is_no_reply() -> None:
    """Placeholders and echoes lower a draft's reward."""
    reply = {"body": "Thank you, I will pay for the garden work by Friday. Kind regards"}
    blanks = {"body": "Dear [Name], thank you for your [subject of the mail]."}
    echo = {"body": MAIL.text}
    earned = [checked_reward(check("draft", MAIL, output)) or 0 for output in (reply, blanks, echo)]
    assert earned[0] > max(earned[1:])


def test_agreement_with_a_correction_is_by_kind() -> None:
    """The same label, F1 of items, similarity of words."""
    corrected = extraction(dates=[{"date": "2026-05-02", "span": "x"}], people=[{"name": "Berta Kling", "span": "y"}])
    half = extraction(dates=[{"date": "2026-05-02", "span": "z"}])
    assert agreement("classify", {"label": "a"}, {"label": "a"}) == 1.0
    assert agreement("classify", {"label": None}, {"label": "a"}) == ABSTAINED_REWARD
    assert agreement("extract", half, corrected) == pytest.approx(2 / 3)
    assert agreement("extract", extraction(), extraction()) == 1.0
    assert agreement("draft", {"body": "one two three four"}, {"body": "one two three five"}) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("date", "span", "matched"),
    [
        ("2026-03-06", "6 March", 1.0),
        ("2026-03-06", "06.03.2026", 1.0),
        ("2026-03-06", "7 March", 0.0),
        ("2026-03-06", "6 March 2025", 0.0),
        ("2026-03-06", "next Friday", None),
        (None, "6 March", None),
    ],
)
def test_a_date_is_that_of_its_span(date: str | None, span: str, matched: float | None) -> None:
    """Day, month in digits and year must be those that the span names; a span without digits tells nothing."""
    mail = replace(MAIL, text=f"It is due {span}.")
    parts = check("extract", mail, extraction(dates=[{"date": date, "span": span}]))
    assert parts.get("dates") == matched


@pytest.mark.parametrize(
    ("language", "text", "matched"),
    [
        ("en", "The customer asks you to send the new shade for the lamp on Monday.", 1.0),
        ("de", "The customer asks you to send the new shade for the lamp on Monday.", 0.0),
        ("de", "Der Kunde bittet uns, ihm die neue Lampe bis Montag zu schicken, und ist nicht zufrieden.", 1.0),
        ("ja", "The customer asks you to send the new shade for the lamp on Monday.", None),
        ("en", "Lamp, shade, Monday.", None),
    ],
)
def test_an_answer_is_in_the_language_of_its_text(language: str, text: str, matched: float | None) -> None:
    """A summary in another language is marked down; too few common words tell nothing."""
    assert check("summarise", replace(MAIL, language=language), {"summary": text}).get("language") == matched


def test_corrections_are_measured_field_by_field() -> None:
    """Of an extraction every field that either side fills has an F1 of its own; other kinds have no fields."""
    corrected = extraction(dates=[{"date": "2026-05-02", "span": "x"}], people=[{"name": "Berta Kling", "span": "y"}])
    found = extraction(dates=[{"date": "2026-05-02", "span": "z"}], asks=[{"ask": "a", "span": "please"}])
    assert field_agreement("extract", found, corrected) == {"asks": 0.0, "dates": 1.0, "people": 0.0}
    assert field_agreement("draft", {"body": "a"}, {"body": "b"}) == {}


def test_a_draft_is_measured_by_the_words_to_change() -> None:
    """One word replaced and one added, of five."""
    assert agreement("draft", {"body": "we will call you"}, {"body": "we will write to you"}) == pytest.approx(0.6)
