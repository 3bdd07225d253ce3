"""Events of AWS that start a task, turned into the request that they stand for."""

from __future__ import annotations

import re
from typing import Any

_KEY = re.compile(r"tenants/([A-Za-z0-9][A-Za-z0-9_-]{0,63})/(inbox|mail)/.+", re.DOTALL)
TRIGGER = "trigger"
"""Who claims a task that nobody handed in."""


def request_of(event: dict[str, Any]) -> dict[str, Any]:
    """The request of an event `Object Created` of S3, as EventBridge delivers it; any other document as it is.

    The key says whose object it is and how it came: `tenants/T/inbox/…` was put there by whoever may,
    `tenants/T/mail/…` by SES, which wrote its verdicts on top. Raises ValueError for an object anywhere else.
    """
    if event.get("detail-type") != "Object Created" or event.get("source") != "aws.s3":
        return event
    key = event["detail"]["object"]["key"]
    matched = _KEY.fullmatch(key)
    if matched is None:
        raise ValueError("objects that start tasks lie under tenants/TENANT/inbox/ or tenants/TENANT/mail/")
    return {
        "tenant": matched[1],
        "document_key": key,
        "source": key.rpartition("/")[2][:1_024],
        "owner": TRIGGER,
        "claim": event.get("claim"),
        "received_by": "ses" if matched[2] == "mail" else None,
    }
