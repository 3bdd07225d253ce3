"""Parts beside the body: listed with name, type and size, read only where that is cheap and safe."""

from __future__ import annotations

import re
from email.message import EmailMessage

from bidding.adapters.mail.charsets import decode_text
from bidding.adapters.mail.clean import clean_line, clean_text
from bidding.adapters.mail.headers import tolerate
from bidding.adapters.mail.html import html_to_text
from bidding.domain.messages import Attachment

MAX_READ_BYTES = 100_000
MAX_READ_ATTACHMENTS = 50
MAX_NAME_CHARS = 120

_UNSAFE = re.compile(r"[<>:\"|?*\\/]+")
_ENDINGS = {
    "text/html": "html",
    "text/csv": "csv",
    "text/calendar": "ics",
    "application/json": "json",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/ms-tnef": "dat",
    "application/pkcs7-mime": "p7m",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
}
_TEXT_TYPES = frozenset(
    {"application/json", "application/csv", "message/delivery-status", "message/disposition-notification"}
)
_TEXT_ENDINGS = frozenset({"txt", "csv", "tsv", "log", "json", "ics", "md", "yaml", "yml", "ini"})
_UNTYPED = frozenset({"application/octet-stream", "application/unknown", "binary/octet-stream"})
_NOT_READ_AS_TEXT = frozenset({"text/rtf", "text/richtext"})


def read_attachment(part: EmailMessage, number: int) -> Attachment:
    """One part as an attachment; `number` counts from 1 and names the part that has no name."""
    media_type = tolerate(part.get_content_type, "application/octet-stream").lower()
    ending = _ENDINGS.get(media_type, "txt" if _is_text(media_type, "") else "bin")
    name = attachment_name(part) or f"attachment-{number}.{ending}"
    data = payload(part)
    if number > MAX_READ_ATTACHMENTS:
        return Attachment(name, media_type, len(data), unread_reason="limit")
    if _is_encrypted(part, media_type):
        return Attachment(name, media_type, len(data), unread_reason="encrypted")
    if not _is_text(media_type, name) or _looks_binary(data):
        return Attachment(name, media_type, len(data), unread_reason="binary")
    if len(data) > MAX_READ_BYTES:
        return Attachment(name, media_type, len(data), unread_reason="too_large")
    text, _ = decode_text(data, tolerate(part.get_content_charset, None))
    return Attachment(
        name, media_type, len(data), html_to_text(text)[0] if media_type == "text/html" else clean_text(text)
    )


def attachment_name(part: EmailMessage) -> str:
    """The declared file name without folders, control characters or leading dots; empty where there is none."""
    declared = tolerate(lambda: str(part.get_filename() or ""), "")
    base = clean_line(declared).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _UNSAFE.sub("_", base).strip(". ")
    if len(name) <= MAX_NAME_CHARS:
        return name
    stem, dot, ending = name.rpartition(".")
    return (
        name[:MAX_NAME_CHARS] if not dot or len(ending) > 10 else f"{stem[: MAX_NAME_CHARS - len(ending) - 1]}.{ending}"
    )


def payload(part: EmailMessage) -> bytes:
    """The bytes of a leaf part with its transfer encoding undone; a report's fields as they are printed."""
    if part.is_multipart():
        fields = (f"{name}: {value}" for child in children(part) for name, value in child.raw_items())
        return "\n".join(fields).encode("utf-8", "replace")
    decoded = tolerate(lambda: part.get_payload(decode=True), None)
    if isinstance(decoded, bytes):
        return decoded
    return tolerate(lambda: str(part.get_payload()).encode("utf-8", "surrogateescape"), b"")


def children(part: EmailMessage) -> list[EmailMessage]:
    """The parts of a container in order; none for a leaf."""
    found: object = tolerate(part.get_payload, None)
    return [child for child in found if isinstance(child, EmailMessage)] if isinstance(found, list) else []


def _is_text(media_type: str, name: str) -> bool:
    """Whether a part claims to hold text, by its type or, lacking one, by its name."""
    if media_type in _UNTYPED:
        return name.rpartition(".")[2].lower() in _TEXT_ENDINGS
    return (media_type.startswith("text/") and media_type not in _NOT_READ_AS_TEXT) or media_type in _TEXT_TYPES


def _looks_binary(data: bytes) -> bool:
    """Whether data that claims to be text holds NUL bytes without a UTF-16 or UTF-32 mark."""
    head = data[:4_096]
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _is_encrypted(part: EmailMessage, media_type: str) -> bool:
    """Whether a part is sealed by PGP or S/MIME; a merely signed one is not."""
    if media_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        kind = tolerate(lambda: str(part.get_param("smime-type", "enveloped-data")).lower(), "enveloped-data")
        return kind != "signed-data"
    return media_type == "application/pgp-encrypted"
