"""What Amazon SES found of a mail when it took it in.

SES writes its verdicts as headers above everything the sender wrote. A sender may write the same headers, but only
below: reading stops at the first header that is none of SES's, or comes a second time.
"""

from __future__ import annotations

import re

from bidding.domain.errors import RefusedDocument

_HEAD_BYTES_MAX = 64 * 1024
_OF_SES = frozenset(
    {
        "return-path",
        "received",
        "x-ses-spam-verdict",
        "x-ses-virus-verdict",
        "received-spf",
        "authentication-results",
        "x-ses-receipt",
        "x-ses-dkim-signature",
    }
)
_TAKEN_IN = re.compile(r"\bby\s+inbound-smtp\.[a-z0-9-]+\.amazonaws\.com\b", re.IGNORECASE)
_DMARC = re.compile(r"\bdmarc=(\w+)", re.IGNORECASE)


def refuse_unwanted(raw: bytes) -> None:
    """Raises RefusedDocument for spam, for a virus, for a sender who is not who it says, and where SES did not look."""
    headers = _written_by_ses(raw)
    if not _TAKEN_IN.search(headers.get("received", "")):
        raise RefusedDocument("unwanted_mail", "SES did not take this mail in: it has no receipt on top")
    if headers.get("x-ses-virus-verdict") != "PASS":
        raise RefusedDocument("unwanted_mail", "SES found a virus, or could not look for one")
    if headers.get("x-ses-spam-verdict") not in {"PASS", "GRAY"}:
        raise RefusedDocument("unwanted_mail", "SES found it to be spam, or could not tell")
    results = headers.get("authentication-results", "")
    dmarc = _DMARC.search(results) if results.lower().startswith("amazonses.com") else None
    if dmarc is None or dmarc[1].lower() == "fail":
        raise RefusedDocument("unwanted_mail", "its sender's domain disowns it (DMARC), or SES could not tell")


def _written_by_ses(raw: bytes) -> dict[str, str]:
    """The headers at the top that SES wrote, unfolded, by lower-case name."""
    head = re.split(rb"\r?\n\r?\n", raw[:_HEAD_BYTES_MAX], maxsplit=1)[0].decode("latin-1")
    found: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", head).splitlines():
        name, _, value = line.partition(":")
        name = name.strip().lower()
        if name not in _OF_SES or name in found:
            break
        found[name] = value.strip()
    return found
