"""Checks and agreement: what an answer earns."""

import pytest

from bidding.domain.calibration import ABSTAINED_REWARD
from bidding.domain.lots import Payload
from bidding.domain.records import JsonObject
from bidding.domain.rewards import agreement, check, checked_reward

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
