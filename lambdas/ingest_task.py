"""IngestTask: find or make the task of a stored document, and claim it."""

from __future__ import annotations

from bidding.domain.ids import TenantId
from bidding.domain.lots import TaskOptions
from bidding.ports.market import Market
from bidding.services.tasks import ingest_task
from lambdas.wire import state, to_domain
from schemas.tasks import IngestedTask, TaskRequest


@state(TaskRequest)
def handler(market: Market, request: TaskRequest) -> IngestedTask:
    """A document that is no task ends as `refused`; one that is done or under way is not done again."""
    ingested = ingest_task(
        market,
        TenantId(request.tenant),
        document_key=request.document_key,
        source=request.source,
        owner=request.owner,
        options=to_domain(TaskOptions, request.options),
        claim=request.claim,
        submission_id=request.submission_id,
        by_ses=request.received_by == "ses",
    )
    return IngestedTask(
        tenant=request.tenant,
        task_id=ingested.task_id,
        status=ingested.status,
        attempt=ingested.attempt,
        reason=ingested.reason,
    )
