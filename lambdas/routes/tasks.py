"""Hand documents in, and see what became of them."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Annotated, Literal, cast
from uuid import UUID

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query

from bidding.domain import ids
from bidding.domain.ids import TaskId
from bidding.domain.records import JsonObject, Task
from bidding.ports.desk import Submission
from bidding.services.submissions import DIRECT_BYTES_MAX, UPLOAD_SECONDS, HandedIn, offer_upload, submit
from lambdas.environment import market, owner, uploads, workflows
from lambdas.routes.caller import Caller, member
from schemas.api.answers import LotProgress, Submitted, TaskDetail, TaskPage, TaskSummary, UploadOffered
from schemas.api.requests import IdempotencyKey, MailOptions, TaskSubmission
from schemas.results import TaskResult
from schemas.terms import Kind, TaskOptions

router = Router()
_TAGS = ["tasks"]
Key = Annotated[
    IdempotencyKey | None,
    Header(alias="Idempotency-Key", description="the same key again is the same submission"),
]


@router.post("/tasks", tags=_TAGS, summary="Hand a document in", status_code=202)
def submit_task(submission: Annotated[TaskSubmission, Body()], idempotency_key: Key = None) -> Submitted:
    """A JSON task, a mail in base64, or what was uploaded before. It is worked on after the answer."""
    document = submission.mail
    if submission.task is not None:
        document = submission.task.model_dump_json(exclude_unset=True).encode()
    upload_id = None if submission.upload_id is None else str(submission.upload_id)
    return _submit(submission.source, submission.options, document, upload_id, idempotency_key)


@router.post("/mails", tags=_TAGS, summary="Hand a mail in as it is, message/rfc822", status_code=202)
def submit_mail(
    source: Annotated[str, Query(max_length=1_024)] = "api",
    data_class: Annotated[Literal["public", "internal", "confidential", "restricted"], Query()] = "internal",
    kinds: Annotated[list[Kind] | None, Query()] = None,
    idempotency_key: Key = None,
) -> Submitted:
    """The body is the mail, byte for byte; larger than 4 MiB it goes by an upload."""
    asked = MailOptions(source=source, data_class=data_class, kinds=frozenset(kinds or ()))
    options = TaskOptions(data_class=asked.data_class, kinds=asked.kinds)
    return _submit(asked.source, options, _body(), None, idempotency_key)


@router.post("/uploads", tags=_TAGS, summary="Get an address for a large document", status_code=201)
def open_upload() -> UploadOffered:
    """For documents above 4 MiB: PUT them there, then submit the upload's id."""
    upload_id, url = offer_upload(uploads(), member().tenant)
    return UploadOffered(upload_id=upload_id, put_url=url, expires_in_s=UPLOAD_SECONDS)


@router.get("/submissions/<submission_id>", tags=_TAGS, summary="What became of a submission")
def show_submission(submission_id: Annotated[UUID, Path()]) -> Submitted:
    """Its task, once the document was taken in."""
    who = member()
    return _submitted(who, market().ledger.submission(who.tenant, str(submission_id)))


@router.get("/tasks", tags=_TAGS, summary="Tasks, newest first")
def list_tasks(
    status: Annotated[Literal["running", "done", "failed", "refused", "awaiting_approval"] | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="the `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TaskPage:
    """One page; `next` names the page after it."""
    before = None if after is None else TaskId(str(after))
    found = market().ledger.recent_tasks(member().tenant, limit + 1, before, status)
    following = found[limit - 1].task_id if len(found) > limit else None
    return TaskPage(tasks=tuple(_summary(task) for task in found[:limit]), next=following)


@router.get("/tasks/<task_id>", tags=_TAGS, summary="A task, its lots and its result")
def show_task(task_id: Annotated[UUID, Path()]) -> TaskDetail:
    """The result is there once the task ended."""
    who, of_market = member(), market()
    task = of_market.ledger.task(who.tenant, TaskId(str(task_id)))
    lots = of_market.ledger.lots_of(who.tenant, task.task_id)
    result = TaskResult.model_validate_json(of_market.documents.get(task.result_key)) if task.result_key else None
    progress = tuple(LotProgress.model_validate(lot) for lot in lots)
    return TaskDetail(**_summary(task).model_dump(), lots=progress, result=result)


def _submit(
    source: str, options: TaskOptions, document: bytes | None, upload_id: str | None, key: str | None
) -> Submitted:
    if document is not None and len(document) > DIRECT_BYTES_MAX:
        raise ServiceError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "larger than 4 MiB: POST /uploads, then submit its id")
    who = member()
    chosen = cast("JsonObject", options.model_dump(mode="json"))
    handed_in = HandedIn(source, chosen, owner(), document, upload_id, key)
    return _submitted(who, submit(market(), workflows(), who.tenant, handed_in))


def _body() -> bytes:
    event = BaseRouter.current_event
    body = event.body or ""
    try:
        raw = base64.b64decode(body, validate=True) if event.is_base64_encoded else body.encode()
    except binascii.Error as error:
        raise ServiceError(HTTPStatus.BAD_REQUEST, "the body is marked as base64 and is not") from error
    if not raw.strip():
        raise ServiceError(HTTPStatus.BAD_REQUEST, "send the mail as the body")
    return raw


def _submitted(who: Caller, submission: Submission) -> Submitted:
    task_id = submission.task_id
    status = "accepted" if task_id is None else market().ledger.task(who.tenant, task_id).status
    return Submitted(submission_id=submission.submission_id, task_id=task_id, status=status)


def _summary(task: Task) -> TaskSummary:
    return TaskSummary(
        task_id=task.task_id,
        status=task.status,
        reason=task.reason,
        source=task.source,
        attempt=task.attempt,
        created_ms=ids.created_ms(task.task_id),
    )
