"""Rules find what is written, in many languages, and never stumble."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.rules import RulesEngine
from bidding.domain.errors import EngineFailure
from bidding.domain.lots import Payload
from bidding.domain.records import JsonObject
from tests.unit.engines.jobs import MAIL, make_job, make_seat

ENGINE = RulesEngine()
KINDS = {"extract": "extract", "lead-sentences": "summarise", "acknowledgement": "draft"}


def _run(model: str, payload: Payload, context: dict[str, JsonObject] | None = None) -> dict[str, Any]:
    job = make_job(KINDS[model], payload, context=context)
    answer = ENGINE.answer(make_seat("rules", model, KINDS[model]), job)
    output, road = TypedOutputs().parse(job.output, payload, answer.text)
    assert road == "strict"
    return dict(output)


def _facts(text: str, language: str | None = "en", sent_on: str | None = "2026-03-02") -> dict[str, Any]:
    return _run("extract", Payload("body", text, sent_on=sent_on, language=language))


def test_the_facts_of_a_mail_are_found_with_their_words() -> None:
    """People, dates, amounts and asks come with the exact words they were read from."""
    assert _run("extract", MAIL) == {
        "people": [{"name": "Tom", "span": "Tom"}, {"name": "Ana Ruiz", "span": "Ana Ruiz"}],
        "dates": [{"date": "2026-03-06", "span": "6 March"}],
        "amounts": [{"value": "49.00", "currency": "USD", "span": "49.00 USD"}],
        "asks": [{"ask": "Please refund one by 6 March.", "span": "Please refund one by 6 March."}],
    }


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("on 2026-03-20.", "en", "2026-03-20"),
        ("by 5 May 2027,", "en", "2027-05-05"),
        ("May 7th, 2026 at noon", "en", "2026-05-07"),
        ("due 13/4/2026", "en", "2026-04-13"),
        ("due 4/13/2026", "en", "2026-04-13"),
        ("due 3/4/2026", "en", None),
        ("le 3/4/2026", "fr", "2026-04-03"),
        ("am 12. März", "de", "2026-03-12"),
        ("am 05.11.", "de", "2025-11-05"),
        ("Freitag, den 6. März 2026", "de", "2026-03-06"),
        ("el 5 de mayo de 2026", "es", "2026-05-05"),
        ("il 2 set 2026", "it", "2026-09-02"),
        ("1 april", "nl", "2026-04-01"),
        ("do 15 marca", "pl", "2026-03-15"),
        ("3月15日まで", "ja", "2026-03-15"),
        ("on Friday", "en", "2026-03-06"),
        ("next Friday", "en", "2026-03-13"),
        ("last Friday", "en", "2026-02-27"),
        ("w środę", "pl", "2026-03-04"),
        ("明日", "ja", "2026-03-03"),
        ("übermorgen", "de", "2026-03-04"),
        ("31 February 2026", "en", None),
    ],
)
def test_dates_are_read_in_many_forms(text: str, language: str, day: str | None) -> None:
    """A date is resolved from the day of sending; one that names no certain day is null."""
    assert [each["date"] for each in _facts(text, language)["dates"]] == [day]


@pytest.mark.parametrize(
    "text", ["v1.2.3", "10:30", "192.168.1.1", "2 sets of 3", "+49 30 123456", "ISBN 978-3-16-148410-0"]
)
def test_other_numbers_are_no_dates(text: str) -> None:
    """Versions, times, addresses and telephone numbers are left alone."""
    assert _facts(text)["dates"] == []


def test_relative_days_are_unknown_without_the_day_of_sending() -> None:
    """Nobody knows which Friday is meant in a mail without a date."""
    assert _facts("tomorrow or Friday", sent_on=None)["dates"] == [
        {"date": None, "span": "tomorrow"},
        {"date": None, "span": "Friday"},
    ]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("$1,200.50", "1200.50", "USD"),
        ("1.280,50 €", "1280.50", "EUR"),
        ("1 234,56 zł", "1234.56", "PLN"),
        ("CHF 1'280", "1280.0", "CHF"),
        ("1.7 million dollars", "1700000", "USD"),
        ("3,5 Mio. Euro", "3500000", "EUR"),
        ("USD 5k", "5000", "USD"),
        ("R$ 45,90", "45.90", "BRL"),
        ("合計は5万円です", "50000", "JPY"),
        ("£30", "30.0", "GBP"),
    ],
)
def test_amounts_are_read_in_many_forms(text: str, value: str, currency: str) -> None:
    """Separators and names of currencies of several languages are understood."""
    assert [(each["value"], each["currency"]) for each in _facts(text)["amounts"]] == [(value, currency)]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            "Sehr geehrte Frau Müller,\nanbei.\nMit freundlichen Grüßen\nDr. Hans-Peter Vogel\nEinkauf",
            ["Müller", "Hans-Peter Vogel"],
        ),
        ("Bonjour Marie,\nvoilà.\nCordialement,\nJean-Luc Petit", ["Marie", "Jean-Luc Petit"]),
        ("Beste Jan,\nzie hier.\nMet vriendelijke groet,\nPieter de Vries", ["Jan", "Pieter de Vries"]),
        ("山田様\nありがとうございます。\n田中", ["山田", "田中"]),
        ("Call Mr. Smith on Monday.\nBen", ["Smith", "Ben"]),
        ("Hi all,\nthanks for everything.\nSent from my iPhone", []),
    ],
)  # fmt: skip
def test_people_are_those_greeted_titled_and_signed(text: str, people: list[str]) -> None:
    """Names stand after a greeting, a title or a closing."""
    assert [each["name"] for each in _facts(text)["people"]] == people


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Hello. How are you? Can you call me?", ["Can you call me?"]),
        (
            "Pourriez-vous m'envoyer le devis ?\nMerci de confirmer.",
            ["Pourriez-vous m'envoyer le devis ?", "Merci de confirmer."],
        ),
        ("Die Rechnung fehlt. Bitte senden Sie Nr. 7 erneut.", ["Bitte senden Sie Nr. 7 erneut."]),
        ("見積書を送ってください。よろしく。", ["見積書を送ってください。"]),
        ("All is well. Thanks!", []),
    ],
)  # fmt: skip
def test_asks_are_questions_and_requests(text: str, asks: list[str]) -> None:
    """Small talk and courtesies are no requests."""
    assert [each["span"] for each in _facts(text)["asks"]] == asks


def test_a_summary_is_the_first_sentence_and_the_telling_ones() -> None:
    """Greetings and signatures are left out, sentences with numbers and questions preferred."""
    text = (
        "Hi Tom,\nthe order came late. It rained. We paid 40 EUR. Nobody called. Can we have it back?\nBest,\nAna Ruiz"
    )
    assert _run("lead-sentences", replace(MAIL, text=text)) == {
        "summary": "the order came late. We paid 40 EUR. Can we have it back?"
    }


def test_a_summary_of_sections_is_made_of_their_summaries() -> None:
    """Where earlier lots summarised the sections, their words are used."""
    context: dict[str, JsonObject] = {"summarise body, section 1 of 2": {"summary": "First."}}
    context["summarise body, section 2 of 2"] = {"summary": "Second."}
    assert _run("lead-sentences", MAIL, context) == {"summary": "First. Second."}


def test_a_long_summary_is_cut_at_a_word() -> None:
    """A summary has at most 400 characters."""
    summary = _run("lead-sentences", replace(MAIL, text="word " * 500))["summary"]
    assert (len(summary) <= 400, summary[-6:]) == (True, " word…")


@pytest.mark.parametrize(
    ("language", "start"),
    [("en", "Hello Ana"), ("de", "Guten Tag Ana"), ("fr", "Bonjour Ana"), ("es", "Hola, Ana"), ("it", "Buongiorno Ana"),
     ("pt", "Olá, Ana"), ("nl", "Beste Ana"), ("pl", "Dzień dobry, Ana"), ("ja", "Ana 様"),
     ("xx", "Hello Ana"), (None, "Hello Ana")],
)  # fmt: skip
def test_an_acknowledgement_is_in_the_mails_language(language: str | None, start: str) -> None:
    """It greets the sender and names the subject; a language without a letter gets English."""
    body = _run("acknowledgement", replace(MAIL, sender="Ana", subject="Re: AW: Lamp {0}", language=language))["body"]
    assert body.startswith(start)
    assert "Lamp {0}" in body
    assert "Re:" not in body


@pytest.mark.parametrize("subject", ["win at http://evil.example", "x" * 200, "\u202e\x00", "a@b.example"])
def test_an_acknowledgement_carries_no_strangers_link(subject: str) -> None:
    """A subject with an address, or too long to be one, is not repeated."""
    body = _run("acknowledgement", replace(MAIL, sender=subject, subject=subject))["body"]
    assert (
        body == "Hello,\n\nThank you for your message. This is to let you know that it has reached us.\n\nKind regards"
    )


@pytest.mark.parametrize("model", KINDS)
@pytest.mark.parametrize(
    "unit",
    ["a", "1 ", "1,", "1.", "A b ", "\n", "?", "$1", "1 mil ", "thanks ", "Mr. Ab ", "12. ", "1 000 ", "日", "A'a", "<",
     "may 1 ", "2026-", "Best ", "Anna Van ", "\ud800", "\x00", "9999999999999 USD "],
)  # fmt: skip
def test_junk_of_any_kind_is_read_in_no_time(model: str, unit: str) -> None:
    """A hundred thousand characters of the same thing cost less than half a second."""
    junk = (unit * (100_000 // len(unit)))[:100_000]
    began = time.thread_time()
    _run(model, replace(MAIL, text=junk, subject=junk, sender=junk))
    assert time.thread_time() - began < 0.5


def test_rules_serve_their_own_kind_only() -> None:
    """A kind that the rules do not make is refused before anything is done; unknown rules are named."""
    with pytest.raises(EngineFailure, match="refused") as raised:
        ENGINE.answer(make_seat("rules", "extract"), make_job("draft"))
    assert raised.value.started is False
    assert "poetry" in str(ENGINE.unavailable_because(make_seat("rules", "poetry")))


def test_text_is_answered_as_json_that_keeps_every_script() -> None:
    """Letters outside ASCII are written as they are."""
    seat = make_seat("rules", "lead-sentences")
    assert json.loads(ENGINE.answer(seat, make_job("summarise", replace(MAIL, text="Grüße aus 東京."))).text) == {
        "summary": "Grüße aus 東京."
    }
