"""Tell what kind of document arrived and decode it: an email, or a JSON task."""

from __future__ import annotations

import hashlib
import json
from email.utils import parseaddr

from pydantic import TypeAdapter, ValidationError

from bidding.adapters.mail import parse_message
from bidding.domain.errors import RefusedDocument
from bidding.domain.lots import Label, Payload, TaskOptions
from bidding.domain.messages import Address, Message
from bidding.domain.plans import DeclaredLot
from schemas import tasks as wire


def parse_document(raw: bytes) -> tuple[Message, TaskOptions | None]:
    """Decode a document. Raises RefusedDocument with a reason code and what to do."""
    if raw.lstrip()[:1] == b"{":
        return _json_task(raw)
    return parse_message(raw), None


def _json_task(raw: bytes) -> tuple[Message, TaskOptions | None]:
    try:
        task = _read(raw)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "document"
        raise RefusedDocument("invalid_json_task", f"{where}: {problem['msg']}; see docs/reference/tasks.md") from error
    if task.options is not None and task.options.approval is not None:
        raise RefusedDocument(
            "invalid_json_task", "options.approval: the submitter asks for approval, not the document"
        )
    key = hashlib.sha256(json.dumps(json.loads(raw), sort_keys=True).encode()).hexdigest()
    sender = _sender(task.sender)
    message = Message(
        key=key,
        message_id=None,
        thread_id=task.thread or key,
        references=(),
        sender=sender,
        reply_to=None,
        to=(),
        cc=(),
        subject=task.subject,
        sent_at=None,
        text=task.text,
        history="",
        attachments=(),
        language=task.language,
        automation="none" if task.reply else "no_reply",
        declared=_declared(task) if isinstance(task, wire.JsonJob) else (),
    )
    if task.options is None:
        return message, None
    return message, TypeAdapter(TaskOptions).validate_python(task.options.model_dump())


def _read(raw: bytes) -> wire.JsonTask:
    """A document that lists its lots is a job. Raises ValidationError."""
    try:
        is_job = "lots" in json.loads(raw)
    except (ValueError, RecursionError):
        is_job = False
    return (wire.JsonJob if is_job else wire.JsonTask).model_validate_json(raw)


def _declared(job: wire.JsonJob) -> tuple[DeclaredLot, ...]:
    labels = job.options.labels if job.options else ()
    return tuple(
        DeclaredLot(
            lot.name,
            lot.kind,
            Payload(
                part=lot.name,
                text=lot.text or job.text,
                subject=job.subject[:300],
                sender=job.sender[:200],
                language=job.language,
                labels=tuple(Label(label.name, label.description) for label in lot.labels or labels),
                thread=job.thread[:300],
            ),
            lot.needs,
        )
        for lot in job.lots
    )


def _sender(written: str) -> Address | None:
    """A name, an address, or both as in a mail."""
    if not written:
        return None
    name, address = parseaddr(written)
    return Address(name=name, email=address.lower()) if "@" in address else Address(name=written, email="")
