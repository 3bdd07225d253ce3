"""ConcludeApproval: close a task by what a person decided."""

from __future__ import annotations

from bidding.domain.ids import TaskId, TenantId
from bidding.ports.market import Market
from bidding.services.approvals import conclude
from lambdas.wire import state
from schemas.approvals import Concluded, ConcludeRequest


@state(ConcludeRequest)
def handler(market: Market, request: ConcludeRequest) -> Concluded:
    """What nobody decided has expired by now: it counts as refused."""
    key = conclude(market, TenantId(request.tenant), TaskId(request.task_id))
    return Concluded(task_id=request.task_id, result_key=key)
