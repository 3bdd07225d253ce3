"""AssembleResult: put the answers of a task's lots together."""

from __future__ import annotations

from bidding.domain.ids import TaskId, TenantId
from bidding.ports import Market
from bidding.services.results import assemble_result
from lambdas.wire import state
from schemas.tasks import AssembledTask, AssembleRequest


@state(AssembleRequest)
def handler(market: Market, request: AssembleRequest) -> AssembledTask:
    """The result document is stored; what is passed on is its key."""
    result = assemble_result(market, TenantId(request.tenant), TaskId(request.task_id))
    return AssembledTask.model_validate(result)
