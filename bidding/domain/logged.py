"""Auctions as a replay reads them from the log."""

from __future__ import annotations

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import AuctionId, SeatId


@dataclass(frozen=True, slots=True)
class LoggedBid:
    """A quote that was let in; see `Bid` for units."""

    seat_id: SeatId
    price_micros: int
    quality_mean: float
    quality_sd: float
    latency_ms: int


@dataclass(frozen=True, slots=True)
class LoggedAuction:
    """The first auction of a lot that was awarded: what was quoted, who won with what chance, what came of it.

    `bids` are ordered by seat. `reward` is the judgement that stands, None where nobody could tell; `cost_micros` that
    of the winner's call, None until it ended. What later rounds cost and earned is not in it.
    """

    auction_id: AuctionId
    value_micros: int
    delay_micros_per_second: int
    multiplier: float
    seat_id: SeatId
    propensity: float
    reward: float | None
    cost_micros: int | None
    bids: tuple[LoggedBid, ...]
