"""The MIME tree: which part is the text, what is attached, what was forwarded."""

from __future__ import annotations

import pytest

from bidding.adapters.mail import parse_message
from bidding.domain.messages import Attachment

HEAD = b"From: ana@example.com\nDate: Tue, 4 Mar 2025 10:00:00 +0100\nMIME-Version: 1.0\n"


def multipart(kind: str, *parts: bytes, head: bytes = HEAD, boundary: bytes = b"b") -> bytes:
    """A mail of `kind` with `parts`, each with its own header."""
    body = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    return head + f"Content-Type: {kind}; boundary=".encode() + boundary + b"\n\n" + body + b"--" + boundary + b"--\n"


def attached(media_type: str, name: str, data: bytes) -> bytes:
    """A part that is a file."""
    return f'Content-Type: {media_type}\nContent-Disposition: attachment; filename="{name}"\n\n'.encode() + data


PLAIN = b"Content-Type: text/plain\n\nplain words"
HTML = b"Content-Type: text/html\n\n<p>rich words</p>"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((PLAIN, HTML), "plain words"),
        ((HTML, PLAIN), "plain words"),
        ((b"Content-Type: text/plain\n\n \n", HTML), "rich words"),
    ],
)
def test_the_plain_alternative_wins_unless_it_is_empty(parts: tuple[bytes, ...], text: str) -> None:
    """Of two alternatives the plain one is read, the HTML one only where plain says nothing."""
    assert parse_message(multipart("multipart/alternative", *parts)).text == text


def test_a_calendar_among_alternatives_is_an_attachment() -> None:
    """An invitation that comes as a third alternative is listed and read."""
    calendar = b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR"
    message = parse_message(multipart("multipart/alternative", PLAIN, HTML, calendar))
    assert message.attachments == (
        Attachment("attachment-1.ics", "text/calendar", 29, "BEGIN:VCALENDAR\nEND:VCALENDAR"),
    )


@pytest.mark.parametrize(
    ("media_type", "name", "data", "text", "reason"),
    [
        ("text/csv", "a.csv", b"a,b", "a,b", None),
        ("application/json", "a.json", b"{}", "{}", None),
        ("application/octet-stream", "a.log", b"line", "line", None),
        ("text/html", "a.html", b"<p>seen<b hidden>unseen</b></p>", "seen", None),
        ("application/pdf", "a.pdf", b"%PDF-1.4", None, "binary"),
        ("text/plain", "a.txt", b"\x00\x01\x02", None, "binary"),
        ("text/plain", "a.txt", b"x" * 100_001, None, "too_large"),
        ("application/ms-tnef", "winmail.dat", b"x", None, "binary"),
        ("application/pkcs7-mime; smime-type=enveloped-data", "smime.p7m", b"x", None, "encrypted"),
        ("application/pgp-encrypted", "a.asc", b"Version: 1", None, "encrypted"),
    ],
)
def test_an_attachment_is_read_or_says_why_not(
    media_type: str, name: str, data: bytes, text: str | None, reason: str | None
) -> None:
    """Small texts are read; anything else is listed with the reason why it was not."""
    message = parse_message(multipart("multipart/mixed", PLAIN, attached(media_type, name, data)))
    assert message.text == "plain words"
    assert message.attachments == (Attachment(name, media_type.partition(";")[0], len(data), text, reason),)


def test_attachments_past_the_fiftieth_are_listed_unread() -> None:
    """The fifty-first attachment and those after it are listed with the reason `limit`."""
    message = parse_message(multipart("multipart/mixed", *[attached("text/plain", "a.txt", b"x")] * 52))
    assert [each.unread_reason for each in message.attachments] == [None] * 50 + ["limit"] * 2


def test_more_parts_than_the_bound_are_not_walked() -> None:
    """A mail of a thousand parts is read up to the bound and says so."""
    message = parse_message(multipart("multipart/mixed", *[PLAIN] * 1_000))
    assert message.text.count("plain words") < 500
    assert "too_many_parts" in message.defects


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\temp\\\\report.pdf", "report.pdf"),
        ("...hidden", "hidden"),
        ("a:b?.txt", "a_b_.txt"),
        ("=?utf-8?q?r=C3=A9sum=C3=A9.pdf?=", "résumé.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("", "attachment-1.pdf"),
    ],
)
def test_a_file_name_is_safe_to_write(declared: str, name: str) -> None:
    """A file name keeps no folder, no control sign and no more than 120 characters."""
    message = parse_message(multipart("multipart/mixed", PLAIN, attached("application/pdf", declared, b"%PDF")))
    assert [each.name for each in message.attachments] == [name]


def test_an_enclosed_message_is_history() -> None:
    """A message forwarded as an attachment goes to the history with its header, and its files come along."""
    inner = multipart("multipart/mixed", b"\nold words", attached("text/csv", "a.csv", b"1"), boundary=b"c")
    message = parse_message(multipart("multipart/mixed", PLAIN, b"Content-Type: message/rfc822\n\n" + inner))
    assert message.text == "plain words"
    assert message.history == "From: ana@example.com\nDate: Tue, 04 Mar 2025 10:00:00 +0100\n\nold words"
    assert [each.name for each in message.attachments] == ["a.csv"]


def test_a_sealed_mail_lists_its_parts_unread() -> None:
    """A PGP-encrypted mail keeps its subject and lists its parts as encrypted."""
    parts = (
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1",
        attached("application/octet-stream", "m.asc", b"x"),
    )
    message = parse_message(multipart("multipart/encrypted", *parts, head=HEAD + b"Subject: sealed\n"))
    assert (message.subject, message.text) == ("sealed", "")
    assert {each.unread_reason for each in message.attachments} == {"encrypted"}


@pytest.mark.parametrize(
    "layers",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1_000)),
        b"Content-Type: message/rfc822\n\n" * 1_000,
    ],
    ids=["multipart", "message"],
)
def test_nesting_deeper_than_the_stack_is_survived(layers: bytes) -> None:
    """A thousand nested containers cost a defect, not a crash."""
    message = parse_message(HEAD + b"Subject: deep\n" + layers + b"\nwords")
    assert {"unreadable_structure", "nested_too_deep"} & set(message.defects)
