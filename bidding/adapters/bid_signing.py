"""Signatures of the bid protocol: HMAC-SHA256 over time, path and body, with a key that both sides know.

    Atomic-Signature: t=1764380000,v1=<hex of HMAC-SHA256(key, "{t}.{path}.{body}")>

Source: the scheme of signed webhooks; RFC 2104 (HMAC).
"""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "Atomic-Signature"
TOLERANCE_SECONDS = 300
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def signature(key: str, path: str, body: bytes, at_seconds: int) -> str:
    """The header's value for a message sent at a Unix time."""
    message = f"{at_seconds}.{path}.".encode() + body
    return f"t={at_seconds},v1={hmac.new(key.encode(), message, hashlib.sha256).hexdigest()}"


def is_signed(key: str, path: str, body: bytes, header: str, now_seconds: int) -> bool:
    """Whether a message is from who knows the key, for this path, and at most five minutes old: for bidders."""
    match = _HEADER.fullmatch(header)
    if match is None or abs(now_seconds - int(match[1])) > TOLERANCE_SECONDS:
        return False
    return hmac.compare_digest(header, signature(key, path, body, int(match[1])))
