"""DeferLot: offer a lot to whoever answers later."""

from __future__ import annotations

from bidding.domain import records
from bidding.domain.ids import LotId, TenantId
from bidding.ports.market import Market
from bidding.services.deferral import defer_lot
from lambdas.environment import owner
from lambdas.wire import state, to_domain
from schemas.awards import DeferredLot, DeferRequest


@state(DeferRequest)
def handler(market: Market, request: DeferRequest) -> DeferredLot:
    """Raises AlreadyDecided where the answer is there."""
    award = to_domain(records.Award, request.notice.award)
    shown = [LotId(lot) for lot in request.notice.demonstrations]
    deferral = defer_lot(market, TenantId(request.notice.tenant), award, shown, request.token, owner())
    return DeferredLot(award_id=deferral.award_id, expires_ms=deferral.expires_ms)
