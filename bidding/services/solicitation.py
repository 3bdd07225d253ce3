"""Ask those who speak for themselves for their terms: all at once, and nobody longer than the others may wait."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from bidding.domain.bids import NoBid
from bidding.domain.claims import CallForBid, Claim
from bidding.domain.dataclass import dataclass
from bidding.domain.ids import SeatId
from bidding.domain.seats import Seat
from bidding.ports.seats import Bidder

TMAX_MS = 1_500
"""How long bids are waited for."""
GRACE_SECONDS = 0.25
ASKED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """A bidder and what it is asked."""

    seat: Seat
    bidder: Bidder
    call: CallForBid


def solicit_all(asked: Sequence[Asked]) -> dict[SeatId, Claim | NoBid]:
    """Everybody's terms. Who has not answered in time makes a no-bid; its call ends by its own time-out."""
    if not asked:
        return {}
    pool = ThreadPoolExecutor(min(len(asked), ASKED_AT_ONCE), thread_name_prefix="solicit")
    calls = {each.seat.seat_id: pool.submit(each.bidder.solicit, each.seat, each.call) for each in asked}
    wait(calls.values(), timeout=max(each.call.tmax_ms for each in asked) / 1_000 + GRACE_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    return {
        seat: call.result() if call.done() and not call.cancelled() else NoBid(seat, "no_answer", "no bid in time")
        for seat, call in calls.items()
    }
