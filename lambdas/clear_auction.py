"""ClearAuction: pick the winner, hold its worst case, write the auction down."""

from __future__ import annotations

from bidding.domain.ids import SeatId
from bidding.ports.market import Market
from bidding.services import bids
from bidding.services.auctions import clear_auction
from lambdas.wire import state, to_domain
from schemas.awards import Award, AwardNotice
from schemas.market import ClearRequest


@state(ClearRequest)
def handler(market: Market, request: ClearRequest) -> AwardNotice:
    """Raises NoAward where nobody is left, nobody is acceptable, or the budget is spent."""
    quotes = to_domain(bids.Quotes, request.quotes)
    award = clear_auction(market, quotes, request.round, failed={SeatId(seat) for seat in request.failed})
    winner = next(bid for bid in quotes.bids if bid.seat_id == award.seat_id)
    return AwardNotice(
        tenant=quotes.request.lot.tenant,
        award=Award.model_validate(award),
        task_id=quotes.request.lot.task_id,
        kind=quotes.request.lot.kind,
        promised_quality=winner.quality_mean,
        demonstrations=winner.demonstrations,
        wait_s=winner.wait_s,
    )
