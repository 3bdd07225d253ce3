"""Header fields of a message, read one by one so that a broken field costs only itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import getaddresses, parsedate_to_datetime
from typing import TypeVar

from bidding.adapters.mail.charsets import decode_text
from bidding.adapters.mail.clean import clean_line
from bidding.domain.messages import Address

MAX_HEADER_CHARS = 8_000
# Nested comments exhaust the parser's stack, and open quotes cost it quadratic time.
MAX_COMMENTS = 50
MAX_QUOTES = 1_000
MAX_ADDRESSES = 200
MAX_REFERENCES = 100
KNOWN_HEADERS = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "received",
        "return-path",
        "delivered-to",
        "reply-to",
        "sender",
        "mime-version",
        "content-type",
        "in-reply-to",
        "references",
        "resent-from",
        "resent-to",
        "x-mailer",
        "list-id",
    }
)
# Everything the standard library was seen to raise while it reads one field or one body of a hostile message.
STDLIB_FAULTS = (ValueError, LookupError, AttributeError, TypeError, AssertionError, ArithmeticError, MessageError,
                 RecursionError)  # fmt: skip

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_UNQUOTED = str.maketrans("", "", '()"')
_BARE_ID = re.compile(r"[^<>\s]{1,500}")
_ADDRESS = re.compile(r"[^\s@<>\"',;:]{1,200}@[^\s@<>\"',;:]{1,250}")
_SPLIT_WORD = re.compile(r"(=\?([\w*-]+)\?([bBqQ])\?[^?\s]*)\?=\s+=\?\2\?\3\?(?=[^?\s]*\?=)")

T = TypeVar("T")


class TolerantPolicy(EmailPolicy):
    """The modern policy with bounded values and raw 8-bit headers decoded instead of replaced."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value of one field, before any structured parsing (whose cost grows faster than the value)."""
        name, value = super().header_source_parse(sourcelines)
        value = value[:MAX_HEADER_CHARS]
        if value.count("(") > MAX_COMMENTS or value.count('"') > MAX_QUOTES:
            value = value.translate(_UNQUOTED)
        if not value.isascii():
            value, _ = decode_text(value.encode("utf-8", "surrogateescape"), None)
        return name, _join_words(value.replace("\0", ""))


def tolerate(read: Callable[[], T], fallback: T) -> T:
    """What `read` returns, or `fallback` where the standard library gives up on malformed input."""
    try:
        return read()
    except STDLIB_FAULTS:
        return fallback


def header(message: EmailMessage, name: str) -> str:
    """The first field called `name` as one clean line; empty where absent."""
    return clean_line(tolerate(lambda: str(message.get(name, "")), raw_header(message, name)))


def raw_header(message: EmailMessage, name: str) -> str:
    """The first field called `name` as it stands in the source; empty where absent."""
    return next((str(value) for key, value in message.raw_items() if key.lower() == name), "")


def addresses(message: EmailMessage, name: str) -> tuple[Address, ...]:
    """Mailboxes of one field in order, groups opened, at most `MAX_ADDRESSES`; what is no mailbox is left out."""
    none: list[tuple[str, str]] = []
    pairs = tolerate(lambda: [(each.display_name, each.addr_spec) for each in message[name].addresses], none)
    if not any("@" in address for _, address in pairs):
        pairs = pairs + tolerate(lambda: getaddresses([header(message, name)]), none)
    found = [Address(clean_line(label, 200).strip("\"' "), mailbox(address)) for label, address in pairs]
    found = [each for each in found if each.email] or [
        Address("", mailbox(match)) for match in _ADDRESS.findall(header(message, name))
    ]
    return tuple(dict.fromkeys(found))[:MAX_ADDRESSES]


def mailbox(address: str) -> str:
    """An address in the form it is compared by: lower case, no decoration; empty where it holds no mailbox."""
    bare = clean_line(address, 320).strip("<>\"' ").lower()
    return "" if not bare or " " in bare or bare == "@" else bare


def message_ids(message: EmailMessage, name: str) -> tuple[str, ...]:
    """Ids in one field, each in angle brackets; a long list keeps its root and its newest."""
    value = raw_header(message, name)
    found = _MESSAGE_ID.findall(value) or [f"<{bare}>" for bare in _BARE_ID.findall(value) if "@" in bare]
    unique = list(dict.fromkeys(clean_line(each) for each in found))
    return tuple(unique[:1] + unique[1:][-(MAX_REFERENCES - 1) :])


def sent_at(message: EmailMessage) -> datetime | None:
    """When the message says it was sent, in UTC; None where that cannot be read."""
    value = header(message, "date")
    found = tolerate(lambda: parsedate_to_datetime(value), None) if value else None
    if found is None:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return tolerate(lambda: aware.astimezone(UTC), None)


def _join_words(value: str) -> str:
    """`value` with neighbouring encoded words joined: some senders cut a multi-byte character between two words."""
    return _SPLIT_WORD.sub(lambda match: match[0] if _is_padded(match) else match[1], value)


def _is_padded(match: re.Match[str]) -> bool:
    """Whether the first of two encoded words is base64 that may not be continued."""
    payload = match[1].rpartition("?")[2]
    return match[3] in "bB" and (payload.endswith("=") or len(payload) % 4 != 0)
