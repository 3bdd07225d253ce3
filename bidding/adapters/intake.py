"""Tell what kind of document arrived and decode it: an email, a JSON task, or a text of a type that nobody knows."""

from __future__ import annotations

import hashlib
import json
import re
from email.utils import parseaddr

from pydantic import TypeAdapter, ValidationError

from bidding.adapters.declared_types import checked_schema
from bidding.adapters.mail import parse_message
from bidding.adapters.mail.language import detect_language
from bidding.domain.errors import InvalidRequest, RefusedDocument
from bidding.domain.lots import Label, Payload, TaskOptions
from bidding.domain.messages import Address, Message
from bidding.domain.plans import DeclaredLot
from bidding.domain.records import JsonObject
from schemas import tasks as wire
from schemas.problems import first_problem

TEXT_CHARS_MAX = 100_000
SUBJECT_CHARS = 120

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def parse_document(raw: bytes) -> tuple[Message, TaskOptions | None]:
    """Decode a document. Raises RefusedDocument with a reason code and what to do."""
    if raw.lstrip()[:1] == b"{":
        return _json_task(raw)
    try:
        return parse_message(raw), None
    except RefusedDocument as refused:
        if refused.reason != "not_an_email" or (text := _plain_text(raw)) is None:
            raise
    return _unknown(text), None


def _plain_text(raw: bytes) -> str | None:
    """The text of a document that is UTF-8 and without control characters; None for any other."""
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) or not any(letter.isalnum() for letter in text) else text


def _unknown(text: str) -> Message:
    """A text without a sender, whose first line stands for a subject. Text beyond TEXT_CHARS_MAX is not read."""
    key = hashlib.sha256(text.encode()).hexdigest()
    return Message(
        key=key,
        message_id=None,
        thread_id=key,
        references=(),
        sender=None,
        reply_to=None,
        to=(),
        cc=(),
        subject=text.split("\n", 1)[0].strip()[:SUBJECT_CHARS],
        sent_at=None,
        text=text[:TEXT_CHARS_MAX],
        history="",
        attachments=(),
        language=detect_language(text),
        automation="no_reply",
        defects=("text_truncated",) if len(text) > TEXT_CHARS_MAX else (),
        unknown=True,
    )


def _json_task(raw: bytes) -> tuple[Message, TaskOptions | None]:
    try:
        task = _read(raw)
    except ValidationError as error:
        problem = first_problem(error, "document")
        raise RefusedDocument("invalid_json_task", f"{problem}; see docs/reference/tasks.md") from error
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
                output_schema=_output_schema(lot),
            ),
            lot.needs,
        )
        for lot in job.lots
    )


def _output_schema(lot: wire.JobLot) -> JsonObject | None:
    try:
        return None if lot.output_schema is None else checked_schema(lot.output_schema)
    except InvalidRequest as error:
        raise RefusedDocument("invalid_plan", f"the plan is refused: lot {lot.name!r}: {error}") from None


def _sender(written: str) -> Address | None:
    """A name, an address, or both as in a mail."""
    if not written:
        return None
    name, address = parseaddr(written)
    return Address(name=name, email=address.lower()) if "@" in address else Address(name=written, email="")
