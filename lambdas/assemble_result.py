"""AssembleResult: put the answers of a task's lots together."""

from __future__ import annotations

from bidding.domain.approvals import ApprovalTerms
from bidding.domain.ids import TaskId, TenantId
from bidding.ports.market import Market
from bidding.services.results import assemble_result
from lambdas.wire import state, to_domain
from schemas.results import AssembledTask, AssembleRequest


@state(AssembleRequest)
def handler(market: Market, request: AssembleRequest) -> AssembledTask:
    """The result document is stored; what is passed on is its key."""
    approval = to_domain(ApprovalTerms, request.approval) if request.approval else None
    result = assemble_result(market, TenantId(request.tenant), TaskId(request.task_id), approval)
    return AssembledTask.model_validate(result)
