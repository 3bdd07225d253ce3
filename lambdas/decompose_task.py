"""DecomposeTask: turn a task into lots, in waves of dependency."""

from __future__ import annotations

from bidding.domain.ids import TaskId, TenantId
from bidding.domain.lots import TaskOptions
from bidding.ports.market import Market
from bidding.services.tasks import asks_for_a_plan, decompose_task
from lambdas.wire import state, to_domain
from schemas.tasks import DecomposedTask, DecomposeRequest, Wave


@state(DecomposeRequest)
def handler(market: Market, request: DecomposeRequest) -> DecomposedTask:
    """Lots that an earlier attempt finished are not returned. `proposing` asks to be called again after this wave."""
    options = to_domain(TaskOptions, request.options)
    waves = decompose_task(
        market,
        TenantId(request.tenant),
        TaskId(request.task_id),
        request.attempt,
        options,
        had_a_plan_proposed=request.proposed,
    )
    return DecomposedTask(
        waves=tuple(Wave.model_validate({"lots": wave}) for wave in waves), proposing=asks_for_a_plan(waves)
    )
