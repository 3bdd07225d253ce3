"""OpenAuction: ask every seat for its quote on a lot."""

from __future__ import annotations

from bidding.domain.ids import LotId, TenantId
from bidding.ports.market import Market
from bidding.services.bids import open_auction
from lambdas.wire import state
from schemas.market import OpenRequest, Quotes


@state(OpenRequest)
def handler(market: Market, request: OpenRequest) -> Quotes:
    """Seats that may not see the lot's data class answer with a no-bid and see nothing."""
    quotes = open_auction(market, TenantId(request.tenant), LotId(request.lot_id), request.attempt)
    return Quotes.model_validate(quotes)
