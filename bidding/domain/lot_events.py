"""Events of one lot: its auction, its call, its money, its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import FailureReason, NoAwardReason
from bidding.domain.events import AnswerJudged, MarketEvent
from bidding.domain.ids import AuctionId, AwardId, LotId, SeatId, TaskId

_INVALID = {"invalid", "truncated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionOpened(MarketEvent):
    """Every seat was asked for its quote on a lot."""

    task_id: TaskId
    lot_id: LotId
    kind: str
    attempt: int
    policy_version: int
    bids: int
    no_bids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionCleared(MarketEvent):
    """A seat won a lot, under a hold."""

    task_id: TaskId
    lot_id: LotId
    auction_id: AuctionId
    award_id: AwardId
    kind: str
    attempt: int
    round: int
    seat_id: SeatId
    price_micros: int
    hold_micros: int
    promised_quality: float
    propensity: float
    explored: bool
    multiplier: float
    bids: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield from _auction(self.round, awarded=True)
        yield "Wins", 1
        yield "ClearingPriceMicros", self.price_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionUnawarded(MarketEvent):
    """An auction ended without an award."""

    task_id: TaskId
    lot_id: LotId
    auction_id: AuctionId
    kind: str
    attempt: int
    round: int
    reason: NoAwardReason

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield from _auction(self.round, awarded=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRefused(MarketEvent):
    """A budget had no room for the winner's hold."""

    task_id: TaskId
    lot_id: LotId
    auction_id: AuctionId
    seat_id: SeatId
    hold_micros: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield "BudgetRefusals", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEnded(MarketEvent):
    """The one call for an award came to its end. Tokens are None where nobody told."""

    lot_id: LotId
    award_id: AwardId
    seat_id: SeatId
    round: int
    status: Literal["succeeded", "failed"]
    reason: FailureReason | None
    price_micros: int
    cost_micros: int
    latency_ms: int
    input_tokens: int | None
    output_tokens: int | None
    road: str | None

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield "Executions", 1
        yield "QuotedMicros", self.price_micros
        yield "ActualMicros", self.cost_micros
        yield "ModelLatency", self.latency_ms
        yield "ModelFailures", 1 if self.status == "failed" else 0
        yield "SchemaInvalid", 1 if self.reason in _INVALID else 0
        yield "Throttles", 1 if self.reason == "throttled" else 0
        yield "TimeOuts", 1 if self.reason == "too_slow" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSettled(MarketEvent):
    """The hold of an award was resolved."""

    lot_id: LotId
    award_id: AwardId
    seat_id: SeatId
    round: int
    resolution: Literal["settled", "voided"]
    cost_micros: int
    price_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecorded(AnswerJudged):
    """An execution was judged, by what can be checked at once or by a judge seat."""


def _auction(round_: int, *, awarded: bool) -> Iterator[tuple[str, float]]:
    yield "Auctions", 1
    yield "NoAwards", 0 if awarded else 1
    yield "ReAuctions", 1 if round_ > 1 else 0
