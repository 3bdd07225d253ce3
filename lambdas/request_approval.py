"""RequestApproval: write down who waits for a person's decisions on a task."""

from __future__ import annotations

from bidding.domain.ids import TaskId, TenantId
from bidding.ports.market import Market
from bidding.services.approvals import await_decision
from lambdas.environment import owner
from lambdas.wire import state
from schemas.approvals import Awaiting, AwaitRequest


@state(AwaitRequest)
def handler(market: Market, request: AwaitRequest) -> Awaiting:
    """Raises AlreadyDecided where there is nothing to wait for."""
    task = TaskId(request.task_id)
    await_decision(market, TenantId(request.tenant), task, request.token, owner())
    return Awaiting(task_id=request.task_id)
