"""Raw bytes of a mail to the message the rest of the system sees."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32

from bidding.adapters.mail.automation import automation_of
from bidding.adapters.mail.body import Body, read_body
from bidding.adapters.mail.headers import (
    KNOWN_HEADERS,
    STDLIB_FAULTS,
    TolerantPolicy,
    addresses,
    header,
    message_ids,
    raw_header,
    sent_at,
)
from bidding.adapters.mail.language import MIN_LETTERS, detect_language
from bidding.adapters.mail.replies import split_reply
from bidding.domain.errors import RefusedDocument
from bidding.domain.messages import Address, Message

MAX_MESSAGE_BYTES = 25 * 1024 * 1024
MAX_LINES = 1_000_000
MAX_SPLIT_CHARS = 200_000
MAX_TEXT_CHARS = 100_000
MAX_DEFECTS = 20

_LINE_BREAK = re.compile(rb"\r\n?")
_STUFFED_FROM = re.compile(rb"^>+(?=From )", re.MULTILINE)


def parse_message(raw: bytes) -> Message:
    """Decode one mail (RFC 5322), however broken, into plain text that is safe to quote.

    Raises:
        RefusedDocument: `empty_document`, `too_large`, `not_an_email` or `no_content`; nothing else is raised.
    """
    message, defects = _read(raw)
    body = read_body(message)
    text, history, cuts = _split(body)
    sender = next(iter(addresses(message, "from") or addresses(message, "sender")), None)
    reply_to = next(iter(addresses(message, "reply-to")), None)
    subject = header(message, "subject")
    if not (subject or text or history or body.attachments):
        raise RefusedDocument(
            "no_content", "The mail has no subject, text or attachment: send one that says something."
        )
    message_id = next(iter(message_ids(message, "message-id")), None)
    references = tuple(dict.fromkeys(message_ids(message, "references") + message_ids(message, "in-reply-to")))
    when = sent_at(message)
    key = _key(raw, message_id, sender, when, raw_header(message, "date"))
    found = dict.fromkeys([*defects, *body.defects, *cuts, *_header_defects(message, when)])
    return Message(
        key=key,
        message_id=message_id,
        thread_id=next(iter(references), message_id or key),
        references=references,
        sender=sender,
        reply_to=reply_to,
        to=addresses(message, "to"),
        cc=addresses(message, "cc"),
        subject=subject,
        sent_at=when,
        text=text,
        history=history,
        attachments=tuple(body.attachments),
        language=_language(subject, text),
        automation=automation_of(message, sender, reply_to),
        defects=tuple(found)[:MAX_DEFECTS],
    )


def _read(raw: bytes) -> tuple[EmailMessage, list[str]]:
    """The message as the standard library sees it, or the reason why it is refused."""
    if len(raw) > MAX_MESSAGE_BYTES:
        limit = MAX_MESSAGE_BYTES // 1024 // 1024
        raise RefusedDocument(
            "too_large", f"The mail is larger than {limit} MiB: send it without its large attachments."
        )
    if max(raw.count(b"\n"), raw.count(b"\r")) > MAX_LINES:
        raise RefusedDocument(
            "too_large", f"The mail has more than {MAX_LINES:,} lines: send it without its long parts."
        )
    source = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t \0")
    if not source:
        raise RefusedDocument("empty_document", "The file is empty: save the mail again with its full source.")
    defects: list[str] = []
    try:
        message = BytesParser(EmailMessage, policy=TolerantPolicy()).parsebytes(source)
    except STDLIB_FAULTS:
        message = BytesParser(EmailMessage, policy=compat32).parsebytes(source, headersonly=True)
        defects.append("unreadable_structure")
    assert isinstance(message, EmailMessage)
    if not KNOWN_HEADERS.intersection(name.lower() for name in message):
        raise RefusedDocument(
            "not_an_email",
            "No mail header was found: send the original source of the mail (.eml), not its text.",
        )
    return message, defects


def _split(body: Body) -> tuple[str, str, list[str]]:
    """New text, history and the defects of cutting both to size."""
    whole = body.text
    split = split_reply(whole[:MAX_SPLIT_CHARS])
    history = "\n\n".join(part for part in (split.history, *body.forwarded) if part)
    defects = ["text_truncated"] if len(whole) > MAX_SPLIT_CHARS or len(split.text) > MAX_TEXT_CHARS else []
    if split.repaired:
        defects.append("history_not_split")
    if len(history) > MAX_TEXT_CHARS:
        defects.append("history_truncated")
    return split.text[:MAX_TEXT_CHARS], history[:MAX_TEXT_CHARS], defects


def _key(raw: bytes, message_id: str | None, sender: Address | None, when: datetime | None, date: str) -> str:
    """Identity of a mail: what servers add or rewrap on delivery does not change it."""
    lines = _LINE_BREAK.sub(b"\n", raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t \0"))
    content = _STUFFED_FROM.sub(b"", lines.partition(b"\n\n")[2]).strip()
    stamp = when.isoformat() if when is not None else " ".join(date.split())
    parts = (message_id or "", sender.email if sender is not None else "", stamp)
    head = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(head + b"\0" + content).hexdigest()


def _header_defects(message: EmailMessage, when: datetime | None) -> list[str]:
    """What the header lacks or garbles."""
    if when is not None:
        return []
    return ["unreadable_date" if raw_header(message, "date") else "no_date"]


def _language(subject: str, text: str) -> str | None:
    """Language of the text, with the help of the subject where the text is short."""
    enough = sum(letter.isalpha() for letter in text[: MIN_LETTERS * 10]) >= MIN_LETTERS
    return detect_language(text if enough else f"{subject}\n{text}")
