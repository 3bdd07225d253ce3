"""SettleLot: resolve the hold of an award, on every path."""

from __future__ import annotations

from bidding.domain import records
from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from bidding.services.settlement import settle_lot
from lambdas.wire import state, to_domain
from schemas.awards import AwardNotice
from schemas.execution import Execution


@state(AwardNotice)
def handler(market: Market, request: AwardNotice) -> Execution:
    """Answers how the execution ended; `voided` where no call ever began."""
    completion = settle_lot(market, TenantId(request.tenant), to_domain(records.Award, request.award))
    if completion is None:
        return Execution(award_id=request.award.award_id, status="voided", detail="no call began")
    return Execution.model_validate(completion)
