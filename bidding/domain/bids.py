"""What is said in an auction: the request, a bid or a no-bid, and the notices afterwards.

Reason codes below 500 are OpenRTB 3.0's; codes from 500 are ours, because this is a reverse auction.
Source: IAB Tech Lab, OpenRTB 3.0 and AdCOM 1.0, lists "No-Bid Reason Codes" and "Loss Reason Codes".
"""

from __future__ import annotations

from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import AuctionId, SeatId
from bidding.domain.lots import Lot
from bidding.domain.mechanisms.names import Mechanism
from bidding.domain.pace import UNPACED, Pace

NoBidReason = Literal[
    "technical_error",
    "data_class_forbids",
    "kind_not_served",
    "retired",
    "package_missing",
    "over_context",
    "failed_this_lot",
    "sibling_failed",
    "exploration_spent",
    "circuit_open",
    "busy",
    "no_answer",
    "declined",
    "same_family",
]
NO_BID_CODES: dict[NoBidReason, int] = {
    "technical_error": 1,
    "data_class_forbids": 500,
    "kind_not_served": 501,
    "retired": 502,
    "package_missing": 503,
    "over_context": 504,
    "failed_this_lot": 505,
    "sibling_failed": 506,
    "exploration_spent": 507,
    "circuit_open": 508,
    "busy": 509,
    "no_answer": 510,
    "declined": 511,
    "same_family": 512,
}

LossReason = Literal["won", "outscored", "above_price_ceiling", "below_quality_floor", "above_purse"]
LOSS_CODES: dict[LossReason, int] = {
    "won": 0,
    "outscored": 102,
    "above_price_ceiling": 500,
    "below_quality_floor": 501,
    "above_purse": 502,
}


@dataclass(frozen=True, slots=True)
class BidRequest:
    """The call for bids on one lot.

    `pace` is the budget pacer's λ, `purse_micros` what the pace lets one call come to, None for anything;
    `uniform_share` of the lots go to any bidder alike. `tmax_ms` is how long an answer may take to be counted.
    """

    auction_id: AuctionId
    lot: Lot
    attempt: int
    policy_version: int
    pace: Pace = UNPACED
    purse_micros: int | None = None
    uniform_share: float = 0.0
    tmax_ms: int = 5_000


@dataclass(frozen=True, slots=True)
class Bid:
    """A seat's quote for this lot.

    `price_micros` is expected, `hold_micros` the most it can become. `quality_mean` and `quality_sd` are our
    posterior in [0, 1] units of reward. `demonstrations` are the solved lots the prompt would carry. 95 % of the calls
    stay below the `upper` ends. What is `listed` is what price list and throughput say before anything was learnt.
    None is not stated.
    """

    seat_id: SeatId
    price_micros: int
    hold_micros: int
    quality_mean: float
    quality_sd: float
    latency_ms: int
    input_tokens: int
    output_tokens: int
    demonstrations: tuple[str, ...] = ()
    price_upper_micros: int | None = None
    latency_upper_ms: int | None = None
    failure_chance: float | None = None
    listed_micros: float | None = None
    listed_latency_ms: float | None = None
    wait_s: int | None = None


@dataclass(frozen=True, slots=True)
class NoBid:
    """A seat's answer that it will not serve this lot."""

    seat_id: SeatId
    reason: NoBidReason
    detail: str = ""

    @property
    def code(self) -> int:
        """The reason as a number, for logs and third parties."""
        return NO_BID_CODES[self.reason]


@dataclass(frozen=True, slots=True)
class Notice:
    """What one bidder is told, and how its score came about, all in micro-dollars.

    `score = quality_micros - price_term_micros - delay_micros`; who was not let in is scored at its mean quality.
    `margin_micros` is how far it stood behind the winner, below 0 where the winner was picked uniformly from behind.
    `price_to_win_micros` is the highest price that would have tied, None where no price above zero would;
    `quality_to_win` likewise for quality, None above 1. Set for the outscored only, and neither of the two against a
    uniform pick.
    """

    seat_id: SeatId
    reason: LossReason
    quality_draw: float
    quality_micros: float
    price_term_micros: float
    delay_micros: float
    score: float
    propensity: float
    margin_micros: float | None = None
    price_to_win_micros: int | None = None
    quality_to_win: float | None = None

    @property
    def code(self) -> int:
        """The reason as a number, for logs and third parties."""
        return LOSS_CODES[self.reason]


@dataclass(frozen=True, slots=True)
class Clearing:
    """An auction's end: the winning bid, the runners-up best first, and a notice for every bid.

    `propensity` is the winner's chance before anything was drawn, `multiplier` the λ that was drawn; `explored`
    tells that the winner was picked uniformly, whatever its score. `payment_micros` is what the winner is paid
    whatever its call costs, None where it is paid just that; `hold_micros` covers the most it can come to.
    """

    winner: Bid
    propensity: float
    runners_up: tuple[SeatId, ...]
    notices: tuple[Notice, ...]
    multiplier: float = 0.0
    explored: bool = False
    mechanism: Mechanism = "first_score"
    payment_micros: int | None = None
    hold_micros: int | None = None
