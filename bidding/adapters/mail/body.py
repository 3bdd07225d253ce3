"""The MIME tree of a message, walked once: body text, forwarded messages and attachments."""

from __future__ import annotations

import re
from dataclasses import field
from email.message import EmailMessage

from bidding.adapters.mail.attachments import attachment_name, children, payload, read_attachment
from bidding.adapters.mail.charsets import decode_text
from bidding.adapters.mail.clean import clean_text
from bidding.adapters.mail.headers import header, tolerate
from bidding.adapters.mail.html import html_to_text
from bidding.domain.dataclass import dataclass
from bidding.domain.messages import Attachment

MAX_PARTS = 500
MAX_DEPTH = 20
MAX_BODY_BYTES = 2_000_000

_HTML = re.compile(r"\s*(?:<!doctype html|<html\b|<body\b)", re.IGNORECASE)
_FORWARDED_HEADERS = ("from", "date", "to", "subject")


@dataclass(slots=True)
class Body:
    """What was found so far; `parts` counts every part visited, across nested messages."""

    texts: list[str] = field(default_factory=list)
    forwarded: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    parts: int = 0

    @property
    def text(self) -> str:
        """The body as one text."""
        return "\n\n".join(each for each in self.texts if each.strip())


def read_body(message: EmailMessage) -> Body:
    """Everything in a message but its header; bounded in parts, depth and size, with a defect where a bound was met."""
    body = Body()
    _visit(message, body, depth=0)
    return body


def _visit(part: EmailMessage, body: Body, depth: int) -> None:
    """Read one part and what it contains."""
    body.parts += 1
    if body.parts > MAX_PARTS or depth > MAX_DEPTH:
        body.defects.append("too_many_parts" if depth <= MAX_DEPTH else "nested_too_deep")
        return
    body.defects.extend(_snake_case(type(defect).__name__) for defect in part.defects)
    media_type = tolerate(part.get_content_type, "text/plain").lower()
    if media_type == "message/rfc822" and part.is_multipart():
        _visit_forwarded(part, body, depth)
    elif media_type == "multipart/encrypted":
        body.defects.append("encrypted")
        _attach_all(part, body)
    elif part.is_multipart() and media_type == "multipart/alternative":
        _visit_alternatives(part, body, depth)
    elif part.is_multipart() and not media_type.startswith("message/"):
        for child in children(part):
            _visit(child, body, depth + 1)
    elif _is_body_text(part, media_type, body):
        _read_text(part, media_type, body)
    else:
        _attach(part, body)


def _visit_alternatives(part: EmailMessage, body: Body, depth: int) -> None:
    """Keep the text of one alternative: plain before HTML, unless it is empty. Attachments of all are kept."""
    ordered = sorted(children(part), key=lambda child: tolerate(child.get_content_type, "") != "text/plain")
    chosen: list[str] = []
    for child in ordered:
        before, body.texts = body.texts, []
        _visit(child, body, depth + 1)
        chosen = chosen or [text for text in body.texts if text.strip()]
        body.texts = before
    body.texts.extend(chosen)


def _visit_forwarded(part: EmailMessage, body: Body, depth: int) -> None:
    """Read an enclosed message: its header and text are history, its attachments are ours."""
    for inner in children(part):
        before, body.texts = body.texts, []
        _visit(inner, body, depth + 1)
        fields = [f"{name.title()}: {value}" for name in _FORWARDED_HEADERS if (value := header(inner, name))]
        body.forwarded.insert(0, "\n".join([*fields, "", body.text]).strip("\n"))
        body.texts = before


def _is_body_text(part: EmailMessage, media_type: str, body: Body) -> bool:
    """Whether a leaf belongs to the running text: inline, readable, and not a file beside an earlier body."""
    if media_type not in ("text/plain", "text/html", "text/enriched", "text/richtext"):
        return False
    if tolerate(part.get_content_disposition, None) == "attachment":
        return False
    return not (attachment_name(part) and any(text.strip() for text in body.texts))


def _read_text(part: EmailMessage, media_type: str, body: Body) -> None:
    """Add a leaf to the running text."""
    data = payload(part)
    if len(data) > MAX_BODY_BYTES:
        data = data[:MAX_BODY_BYTES]
        body.defects.append("body_truncated")
    source, defect = decode_text(data, tolerate(part.get_content_charset, None))
    body.defects.extend([defect] if defect else [])
    if media_type == "text/html" or _HTML.match(source):
        text, defects = html_to_text(source)
        body.defects.extend(defects)
    else:
        text = clean_text(source)
    body.texts.append(text)


def _attach(part: EmailMessage, body: Body) -> None:
    """Add a leaf to the attachments."""
    body.attachments.append(read_attachment(part, len(body.attachments) + 1))


def _attach_all(part: EmailMessage, body: Body) -> None:
    """Add the leaves of a sealed part to the attachments, none of them read."""
    for child in children(part)[:MAX_PARTS]:
        found = read_attachment(child, len(body.attachments) + 1)
        body.attachments.append(Attachment(found.name, found.media_type, found.size_bytes, unread_reason="encrypted"))


def _snake_case(name: str) -> str:
    """`StartBoundaryNotFoundDefect` as `start_boundary_not_found`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removesuffix("Defect")).lower()
