"""A market behind an API, as commands use one: hand documents in, wait for results."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from typing import Any, NoReturn

from bidding.services.submissions import DIRECT_BYTES_MAX
from schemas.results import LotResult
from schemas.terms import TaskOptions
from stacks.local.remote.client import Api
from stacks.local.reports import TaskReport

_POLL_SECONDS = 0.5
_ABANDONED_EXIT_CODE = 130


class RemoteMarket:
    """Submits documents to an API and waits for what becomes of them. May be used from several threads."""

    def __init__(self, api: Api, poll_seconds: float = _POLL_SECONDS) -> None:
        self._api = api
        self._poll_seconds = poll_seconds

    def submit(self, document: bytes, source: str, options: TaskOptions | None = None) -> TaskReport:
        """Hand a document in and report how its task ended. Raises ApiRefused, ApiUnreachable."""
        started = time.monotonic()
        body = {"source": source[-1_000:] or "document", "options": (options or TaskOptions()).model_dump(mode="json")}
        key = str(uuid.uuid4())  # a request that is sent again by the network is one submission
        submitted = self._api.post("/tasks", body | self._document(document), Idempotency_Key=key)
        while submitted["status"] in {"accepted", "running"}:
            time.sleep(self._poll_seconds)
            submitted = self._api.get(f"/submissions/{submitted['submission_id']}")
        task = self._api.get(f"/tasks/{submitted['task_id']}")
        return _report(task, source, time.monotonic() - started)

    def abandon(self) -> NoReturn:
        """End this process at once; the market goes on with what it was given."""
        os._exit(_ABANDONED_EXIT_CODE)

    def _document(self, document: bytes) -> dict[str, Any]:
        if document.lstrip()[:1] == b"{" and (task := _json_task(document)) is not None:
            return {"task": task}
        if len(document) > DIRECT_BYTES_MAX:
            return {"upload_id": self._api.upload(document)}
        return {"mail": base64.b64encode(document).decode()}


def _json_task(document: bytes) -> dict[str, Any] | None:
    """None where it is not JSON after all: the market refuses it with its reason, as it does here."""
    try:
        task = json.loads(document)
    except ValueError:
        return None
    return task if isinstance(task, dict) else None


def _report(task: dict[str, Any], source: str, seconds: float) -> TaskReport:
    result = task["result"]
    lots = tuple(LotResult.model_validate(lot) for lot in result["lots"]) if result else ()
    cost = result["cost_micros"] if result else 0
    return TaskReport(task["task_id"], source, task["status"], task["reason"], lots, cost, seconds)
