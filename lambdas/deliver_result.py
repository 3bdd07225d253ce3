"""DeliverResult: close a task, whichever way it ended."""

from __future__ import annotations

from bidding.domain.ids import TaskId, TenantId
from bidding.ports.market import Market
from bidding.services.results import deliver_result
from lambdas.wire import state
from schemas.results import DeliverRequest


@state(DeliverRequest)
def handler(market: Market, request: DeliverRequest) -> DeliverRequest:
    """A failed task is kept and visible; submitting its document again is a new attempt."""
    deliver_result(
        market,
        TenantId(request.tenant),
        TaskId(request.task_id),
        status=request.status,
        reason=request.reason,
        result_key=request.result_key,
    )
    return request
