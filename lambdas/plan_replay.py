"""PlanReplay: cut the log of a tenant into chunks."""

from __future__ import annotations

from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from bidding.services.replay import plan_replay
from lambdas.wire import state
from schemas.replay import PlannedReplay, PlanRequest


@state(PlanRequest)
def handler(market: Market, request: PlanRequest) -> PlannedReplay:
    """The chunks are ranges of ids: what is awarded meanwhile moves none of them."""
    tenant = TenantId(request.tenant)
    plan = plan_replay(market, tenant, request.replay_id, request.policies, request.since_ms, request.chunk_auctions)
    return PlannedReplay.model_validate(plan)
