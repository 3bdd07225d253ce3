"""From raw bytes to a message: the header, the body and the reasons for a refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.adapters.mail import MAX_MESSAGE_BYTES, parse_message
from bidding.domain.errors import RefusedDocument
from bidding.domain.messages import Address

HEAD = b"From: Ana Ruiz <Ana@Example.com>\nDate: Tue, 4 Mar 2025 10:00:00 +0100\nMessage-ID: <1@example.com>\n"


PIECES = [
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Type: text/html; charset=x-none\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Disposition: attachment; filename*=utf-9''%zz\n",
    b'To: ((("\n',
    b"Date: 99\n",
    b"=?utf-8?b?w?= ",
    b"<p>\xff",
    b"\0\x1b[",
    b"--b\n",
    b"--b--\n",
    b"\n",
]


def mail(rest: bytes) -> bytes:
    """A mail with the usual header before `rest`."""
    return HEAD + rest


def outcome(raw: bytes) -> str:
    """`message`, or the reason of the refusal."""
    try:
        parse_message(raw)
    except RefusedDocument as refused:
        return refused.reason
    return "message"


def test_a_plain_mail_is_decoded_whole() -> None:
    """Every field of a plain mail arrives decoded, its address in lower case and its time in UTC."""
    fields = b"To: Bo <bo@example.org>, c@example.org\nCc: d@example.org\nReply-To: e@example.org\n"
    message = parse_message(mail(fields + b"Subject: =?utf-8?q?Caf=C3=A9?=\n\nHi\n"))
    assert message.sender == Address("Ana Ruiz", "ana@example.com")
    assert message.reply_to == Address("", "e@example.org")
    assert message.to == (Address("Bo", "bo@example.org"), Address("", "c@example.org"))
    assert message.cc == (Address("", "d@example.org"),)
    assert message.subject == "Café"
    assert message.sent_at == datetime(2025, 3, 4, 9, tzinfo=UTC)
    assert (message.text, message.history, message.attachments) == ("Hi", "", ())
    assert (message.automation, message.defects) == ("none", ())


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty_document"),
        (b" \r\n\0\n", "empty_document"),
        (b"x" * (MAX_MESSAGE_BYTES + 1), "too_large"),
        (mail(b"\n" + b"\n" * 1_000_001), "too_large"),
        (bytes(range(256)) * 8, "not_an_email"),
        (b"Just a note, nothing more.\n", "not_an_email"),
        (b'{"subject": "hello"}', "not_an_email"),
        (mail(b"\n \n"), "no_content"),
    ],
)
def test_a_document_that_is_no_mail_is_refused(raw: bytes, reason: str) -> None:
    """A document that cannot be read as a mail is refused with its reason and a sentence of advice."""
    with pytest.raises(RefusedDocument) as refused:
        parse_message(raw)
    assert refused.value.reason == reason
    assert refused.value.detail.endswith(".")


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_random_bytes_raise_nothing_but_a_refusal(raw: bytes) -> None:
    """Random bytes, bare or behind a header, give a message or a refusal and no other error."""
    for document in (raw, mail(raw), mail(b"Content-Type: text/html\n\n" + raw), b"Subject: " + raw + b"\n\n" + raw):
        assert outcome(document) in {"message", "empty_document", "not_an_email", "no_content"}


@given(st.lists(st.sampled_from(PIECES), max_size=25))
@settings(max_examples=300)
def test_shuffled_mime_raises_nothing_but_a_refusal(pieces: list[bytes]) -> None:
    """Pieces of MIME in any order give a message or a refusal and no other error."""
    assert outcome(mail(b"".join(pieces))) in {"message", "no_content"}


@pytest.mark.parametrize(
    ("charset", "data", "text", "defects"),
    [
        (b"utf-8", "Grüße".encode(), "Grüße", ()),
        (b"iso-8859-1", b"\x93caf\xe9\x94", "“café”", ()),
        (b"us-ascii", "Grüße".encode("cp1252"), "Grüße", ()),
        (b"utf-8", "Grüße".encode("cp1252"), "Grüße", ("wrong_charset",)),
        (b"klingon-8", "Grüße".encode(), "Grüße", ("unknown_charset",)),
        (b"punycode", "Grüße".encode(), "Grüße", ("unknown_charset",)),
        (b"zlib", b"hello", "hello", ("unknown_charset",)),
        (b"gb2312", "会议在周五".encode("gb18030"), "会议在周五", ()),
        (b"iso-2022-jp", "会議".encode("iso2022_jp"), "会議", ()),
        (b"utf-7", b"Gr+APw-", "Grü", ()),
    ],
)
def test_a_charset_is_followed_unless_it_is_a_lie(
    charset: bytes, data: bytes, text: str, defects: tuple[str, ...]
) -> None:
    """The declared charset decodes the body where it can, and a better one is found where it cannot."""
    message = parse_message(mail(b"Content-Type: text/plain; charset=" + charset + b"\n\n" + data))
    assert (message.text, message.defects) == (text, defects)


def test_a_raw_8_bit_header_is_decoded() -> None:
    """A header that holds raw bytes instead of encoded words is decoded all the same."""
    assert parse_message(mail("Subject: Größe\n\nHi".encode())).subject == "Größe"
    assert parse_message(mail("Subject: Größe\n\nHi".encode("latin-1"))).subject == "Größe"


def test_a_character_cut_between_two_encoded_words_is_whole() -> None:
    """Two encoded words that share one character are joined before they are decoded."""
    assert parse_message(mail(b"Subject: =?utf-8?q?caf=C3?= =?utf-8?q?=A9?=\n\nHi")).subject == "café"


def test_control_characters_do_not_survive() -> None:
    """NUL bytes, terminal escapes and invisible characters are gone from subject and text."""
    message = parse_message(mail("Subject: a\x07b\n\nx\0y \x1b[31mred\x1b[0m z\u200bw \u202eok\U000e0041".encode()))
    assert (message.subject, message.text) == ("ab", "xy red zw ok")


def test_a_joiner_between_letters_survives() -> None:
    """A zero-width joiner that shapes a word or an emoji is no padding."""
    assert parse_message(mail("\nمی\u200cخواهم 👩\u200d💻".encode())).text == "می\u200cخواهم 👩\u200d💻"


@pytest.mark.parametrize(
    ("header", "thread"),
    [
        (b"References: <root@example.com> <2@example.com>\nIn-Reply-To: <2@example.com>\n", "<root@example.com>"),
        (b"In-Reply-To: <2@example.com>\n", "<2@example.com>"),
        (b"", "<1@example.com>"),
    ],
)
def test_a_thread_is_named_by_its_root(header: bytes, thread: str) -> None:
    """The thread id is the first reference, else the mail replied to, else the mail itself."""
    assert parse_message(mail(header + b"\nHi")).thread_id == thread


def test_a_mail_without_any_id_is_its_own_thread() -> None:
    """A mail without Message-ID takes its key for a thread id."""
    message = parse_message(b"Subject: hi\n\nHello")
    assert message.message_id is None
    assert message.thread_id == message.key


def test_the_same_mail_delivered_again_has_the_same_key() -> None:
    """Trace headers, line ends, header folding and mbox stuffing do not change the key."""
    first = parse_message(mail(b"Subject: hi\n\nHello\nFrom here on\n"))
    again = b"Return-Path: <x@example.net>\r\nReceived: by mx\r\n" + mail(
        b"Subject: hi\n\nHello\n>From here on"
    ).replace(b"\n", b"\r\n")
    assert parse_message(again).key == first.key


def test_another_body_has_another_key() -> None:
    """Two mails that share a Message-ID but not a body keep different keys."""
    assert parse_message(mail(b"\nHello")).key != parse_message(mail(b"\nHello!")).key


def test_long_text_and_history_are_cut_with_a_defect() -> None:
    """Text and history end at 100,000 characters each, and the message says so."""
    body = b"word " * 30_000 + b"\nOn Tue, 4 Mar 2025 Bo <bo@example.org> wrote:\n" + b"> old words\n" * 20_000
    message = parse_message(mail(b"\n" + body))
    assert len(message.text) == 100_000
    assert "text_truncated" in message.defects


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you please send me the signed contract by Friday?", "en"),
        ("Könnten Sie mir bitte den unterschriebenen Vertrag schicken?", "de"),
        ("明日の会議は三時からです。", "ja"),
        ("ok, thx", None),
        ("12345 67890 12345 67890", None),
    ],
)
def test_language_is_told_only_where_there_is_enough_text(text: str, language: str | None) -> None:
    """A sentence has a language; a few letters or digits have none."""
    assert parse_message(mail(b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode())).language == language
