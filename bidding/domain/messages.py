"""An email as the rest of the system sees it: plain text, safe to quote, nothing left to decode."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.plans import DeclaredLot

Automation = Literal["none", "bulk", "auto_submitted", "bounce", "no_reply"]
"""Sent by a person, to a list, by a responder, as a delivery report, or from a mailbox nobody reads."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: `name` may be empty, `email` is lower-cased."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part beside the body. `text` is None where it was not read, and `unread_reason` says why."""

    name: str
    media_type: str
    size_bytes: int
    text: str | None = None
    unread_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One email, decoded.

    `text` is what the sender newly wrote; `history` is what was quoted below it. Both are plain text.
    `language` is an ISO 639-1 code, None where the text is too short to tell.
    `key` is the hex SHA-256 of Message-ID, From, Date and body: the same mail has the same key.
    `defects` names what was broken in the message and survived. `declared` are the lots of a job, which says itself
    what is to be done; empty for mail. `unknown` marks a text of no type that anybody knows: no mail, no task, no job.
    """

    key: str
    message_id: str | None
    thread_id: str
    references: tuple[str, ...]
    sender: Address | None
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    text: str
    history: str
    attachments: tuple[Attachment, ...]
    language: str | None
    automation: Automation
    defects: tuple[str, ...] = ()
    declared: tuple[DeclaredLot, ...] = ()
    unknown: bool = False

    @property
    def may_be_answered(self) -> bool:
        """Whether a reply could reach a person: never for lists, responders, bounces and no-reply mailboxes."""
        return self.automation == "none" and (self.reply_to or self.sender) is not None
