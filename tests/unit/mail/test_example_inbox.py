"""The example inbox: what it promises in its labels is what its mails hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidding.adapters.mail import parse_message, read_sources
from bidding.domain.messages import Message

INBOX = Path(__file__).parents[3] / "examples" / "inbox"
CATEGORIES = {
    "request",
    "question",
    "meeting",
    "invoice",
    "complaint",
    "notification",
    "newsletter",
    "personal",
    "application",
    "security",
    "auto_reply",
    "bounce",
}
AUTOMATED = {
    "08-newsletter.eml": "bulk",
    "09-shipping-notification.eml": "no_reply",
    "10-out-of-office.eml": "auto_submitted",
    "11-delivery-bounce.eml": "bounce",
    "15-html-marketing-hidden.eml": "bulk",
    "16-security-alert.eml": "auto_submitted",
    "26-travel-itinerary.eml": "no_reply",
    "40-abwesenheit.eml": "auto_submitted",
}


@pytest.fixture(scope="module")
def labels() -> dict[str, dict[str, Any]]:
    """The labels by file name."""
    found: dict[str, dict[str, Any]] = json.loads((INBOX / "labels.json").read_text(encoding="utf-8"))["emails"]
    return found


@pytest.fixture(scope="module")
def messages() -> dict[str, Message]:
    """The parsed mails by file name."""
    sources = read_sources(INBOX)
    return {Path(label).name: parse_message(raw) for label, raw in sources if isinstance(raw, bytes)}


def test_forty_mails_parse_and_are_labelled(messages: dict[str, Message], labels: dict[str, dict[str, Any]]) -> None:
    """The inbox holds forty sound mails, and the labels cover each of them and nothing else."""
    assert len(messages) == 40
    assert set(labels) == set(messages)
    assert {name: message.defects for name, message in messages.items() if message.defects} == {}


def test_labels_keep_to_the_closed_set_of_categories(labels: dict[str, dict[str, Any]]) -> None:
    """Every category occurs, and no other one does."""
    assert {label["category"] for label in labels.values()} == CATEGORIES


def test_languages_are_told_as_labelled(messages: dict[str, Message], labels: dict[str, dict[str, Any]]) -> None:
    """The detected language is the labelled one in each of at least six languages."""
    assert {name: message.language for name, message in messages.items()} == {
        name: label["language"] for name, label in labels.items()
    }
    assert len({label["language"] for label in labels.values()}) >= 6


def test_automated_mail_is_told_from_mail_of_people(messages: dict[str, Message]) -> None:
    """Newsletters, notices, responders and bounces are flagged, and nothing else is."""
    flagged = {name: message.automation for name, message in messages.items() if message.automation != "none"}
    assert flagged == AUTOMATED


def test_labelled_facts_stand_in_the_text(messages: dict[str, Message], labels: dict[str, dict[str, Any]]) -> None:
    """Every labelled person, day and sum can be found in the subject or the new text of its mail."""
    for name, label in labels.items():
        text = f"{messages[name].subject}\n{messages[name].text}"
        digits = text.replace(",", "").replace(".", "").replace(" ", "")
        assert [person for person in label["people"] if person not in text] == [], name
        assert [each for each in label["amounts"] if each["value"].replace(".", "") not in digits] == [], name
        days = [day.split("-") for day in label["dates"]]
        assert [day for day in days if day[0] not in text or str(int(day[2])) not in text] == [], name


def test_mail_delivered_twice_has_one_key(messages: dict[str, Message]) -> None:
    """The duplicate shares its key with the first delivery, and no other two mails do."""
    assert messages["22-invoice-question-again.eml"].key == messages["01-invoice-question.eml"].key
    assert len({message.key for message in messages.values()}) == 39


def test_hidden_orders_do_not_reach_the_text(messages: dict[str, Message]) -> None:
    """What the marketing mail hides from its reader is hidden from a model too."""
    text = messages["15-html-marketing-hidden.eml"].text.lower()
    assert "48 hours only" in text
    assert [word for word in ("assistant", "trusted", "customer list") if word in text] == []


def test_visible_orders_are_kept_as_data(messages: dict[str, Message]) -> None:
    """An injection that the reader can see stays in the text, for others to treat as data."""
    assert "Ignore previous instructions" in messages["17-prompt-injection.eml"].text


def test_quoted_text_is_parted_from_new_text(messages: dict[str, Message]) -> None:
    """A long thread, inline answers and a forward keep their history apart."""
    assert "brass takes six weeks" in messages["06-long-thread-top-posted.eml"].history
    assert "brass takes six weeks" not in messages["06-long-thread-top-posted.eml"].text
    assert "Which glazes" not in messages["07-inline-answers.eml"].text
    assert "Ink follows on 20 March 2026." in messages["07-inline-answers.eml"].text
    assert messages["21-forwarded-mail.eml"].text.endswith("Lea")
