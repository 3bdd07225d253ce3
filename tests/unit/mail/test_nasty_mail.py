"""Hundreds of real malformed mails, where the collection is at hand."""

from __future__ import annotations

import time

from bidding.adapters.mail import parse_message, read_sources
from bidding.domain.errors import RefusedDocument
from tests.shared_data import shared_data

SECONDS_MAX = 2.0


def test_real_malformed_mail_is_parsed_or_refused() -> None:
    """Every malformed mail is parsed or refused within two seconds, and nearly all are parsed."""
    refused: list[str] = []
    slowest = 0.0
    sources = list(read_sources(shared_data("mail/nasty_eml")))
    for label, raw in sources:
        assert isinstance(raw, bytes), label
        started = time.process_time()
        try:
            message = parse_message(raw)
        except RefusedDocument as refusal:
            refused.append(f"{label}: {refusal.reason}")
        else:
            assert "\0" not in message.text + message.history + message.subject, label
            assert "\x1b" not in message.text + message.history + message.subject, label
        slowest = max(slowest, time.process_time() - started)
    assert len(sources) >= 400
    assert len(refused) <= 10, refused
    assert slowest < SECONDS_MAX
