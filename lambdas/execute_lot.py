"""ExecuteLot: let the winner do the job, once."""

from __future__ import annotations

from bidding.domain import records
from bidding.domain.ids import LotId, TenantId
from bidding.ports.market import Market
from bidding.services.execution import execute_lot
from lambdas.wire import state, to_domain
from schemas.awards import AwardNotice
from schemas.execution import Execution


@state(AwardNotice)
def handler(market: Market, request: AwardNotice) -> Execution:
    """A failed call is an answer, not an error: it is settled, blamed and passed to the runner-up."""
    award = to_domain(records.Award, request.award)
    shown = [LotId(lot) for lot in request.demonstrations]
    return Execution.model_validate(execute_lot(market, TenantId(request.tenant), award, shown))
