"""The front door: a document is kept, written down, and handed to `process_task`."""

from __future__ import annotations

import hashlib
import json
import uuid
from contextlib import suppress

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import Conflict, UnknownRecord
from bidding.domain.ids import TenantId
from bidding.domain.records import JsonObject
from bidding.ports.desk import Submission
from bidding.ports.market import Market
from bidding.ports.workflows import Uploads, Workflows

DIRECT_BYTES_MAX = 4 * 1024 * 1024
"""Of a document inside a request: a function is given 6 MB, of which base64 takes a third. More goes by an upload."""
UPLOAD_SECONDS = 900


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One request: the document itself, or the key under which it was uploaded before."""

    source: str
    options: JsonObject
    owner: str
    document: bytes | None = None
    upload_id: str | None = None
    idempotency_key: str | None = None


def submit(market: Market, workflows: Workflows, tenant: TenantId, handed_in: HandedIn) -> Submission:
    """Store the document, write the submission down, start `process_task`.

    The same idempotency key again is the same submission, and starts nothing that was started.
    Raises Conflict where the key came before with another request.
    """
    asked = json.dumps([handed_in.source, handed_in.options, handed_in.upload_id], sort_keys=True).encode()
    digest = hashlib.sha256(asked + (handed_in.document or b"")).digest()
    key = _key(market, tenant, handed_in)
    submission_id = str(uuid.uuid4())
    new = Submission(submission_id, handed_in.idempotency_key, digest, key)
    standing = market.ledger.put_submission(tenant, new, market.clock())
    if standing.digest != digest:
        raise Conflict("this idempotency key was used before, with another request: take a new key")
    request: JsonObject = {
        "tenant": tenant,
        "document_key": standing.document_key,
        "source": handed_in.source,
        "owner": handed_in.owner,
        "options": handed_in.options,
        "submission_id": standing.submission_id,
    }
    if standing.task_id is None:
        market.documents.put(_request_key(tenant, standing), json.dumps(request).encode())
        workflows.start("process_task", standing.submission_id, request)
    return standing


def resume_unfinished(market: Market, workflows: Workflows, tenant: TenantId, owner: str) -> int:
    """Start the submissions anew that a process left unfinished when it ended; how many there were."""
    unfinished = market.ledger.unfinished_submissions(tenant)
    for submission in unfinished:
        with suppress(UnknownRecord):  # the request was never stored: its client was told so
            request: JsonObject = json.loads(market.documents.get(_request_key(tenant, submission)))
            name = f"{submission.submission_id}-{uuid.uuid4().hex[:8]}"
            workflows.start("process_task", name, request | {"owner": owner})
    return len(unfinished)


def offer_upload(uploads: Uploads, tenant: TenantId) -> tuple[str, str]:
    """An id to submit by, and an address that takes the document until then."""
    upload_id = str(uuid.uuid4())
    return upload_id, uploads.put_url(upload_key(tenant, upload_id), UPLOAD_SECONDS)


def upload_key(tenant: TenantId, upload_id: str) -> str:
    """Where an upload of this tenant lies: whatever id it names, it lies under the tenant's own prefix."""
    return f"tenants/{tenant}/uploads/{uuid.UUID(upload_id)}"


def _request_key(tenant: TenantId, submission: Submission) -> str:
    return f"tenants/{tenant}/submissions/{submission.submission_id}.json"


def _key(market: Market, tenant: TenantId, handed_in: HandedIn) -> str:
    """Bodies are stored before anything is written about them. Raises UnknownRecord where nothing was uploaded."""
    if handed_in.document is None:
        key = upload_key(tenant, handed_in.upload_id or "")
        market.documents.get(key)
        return key
    key = f"tenants/{tenant}/submissions/{hashlib.sha256(handed_in.document).hexdigest()}"
    market.documents.put(key, handed_in.document)
    return key
