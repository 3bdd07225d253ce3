"""Who sent it: a person, a list, a responder, a mail server, a mailbox nobody reads."""

from __future__ import annotations

import pytest

from bidding.adapters.mail import parse_message
from bidding.domain.messages import Automation


@pytest.mark.parametrize(
    ("header", "automation"),
    [
        ("From: ana@example.com", "none"),
        ("From: ana@example.com\nAuto-Submitted: no", "none"),
        ("From: noel.reply@example.com", "none"),
        ("From: MAILER-DAEMON@mx.example.com", "bounce"),
        ("From: postmaster@example.com\nReturn-Path: <>", "bounce"),
        ("From: postmaster@example.com", "none"),
        ("From: a@example.com\nContent-Type: multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        ("From: ana@example.com\nAuto-Submitted: auto-replied (vacation)", "auto_submitted"),
        ("From: ana@example.com\nX-Autoreply: yes", "auto_submitted"),
        ("From: ana@example.com\nPrecedence: auto_reply", "auto_submitted"),
        ("From: ana@example.com\nX-Auto-Response-Suppress: All", "auto_submitted"),
        ("From: ana@example.com\nSubject: Abwesenheitsnotiz: Urlaub", "auto_submitted"),
        ("From: news@example.com\nList-Unsubscribe: <mailto:u@example.com>", "bulk"),
        ("From: no-reply@example.com\nList-Id: <news.example.com>", "bulk"),
        ("From: ana@example.com\nPrecedence: bulk", "bulk"),
        ("From: no-reply@example.com", "no_reply"),
        ("From: donotreply@example.com", "no_reply"),
        ("From: shop+noreply@example.com", "no_reply"),
        ("From: nicht-antworten@example.com", "no_reply"),
        ("From: ne-pas-repondre@example.com", "no_reply"),
        ("From: no_responder@example.com", "no_reply"),
        ("From: no-reply@example.com\nReply-To: help@example.com", "none"),
    ],
)
def test_the_strongest_sign_decides(header: str, automation: Automation) -> None:
    """Header and sender tell how a mail was sent, and only a person's mail may be answered."""
    message = parse_message(f"{header}\nTo: bo@example.org\n\nHello there".encode())
    assert message.automation == automation
    assert message.may_be_answered is (automation == "none")
