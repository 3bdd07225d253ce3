"""What the market decides, one event per decision, for those who watch: logs, metrics and traces.

An event holds ids, codes, numbers and names of seats. There is no field for what a task says or who sent it, and what
is put into a field is looked at once more before it leaves: see `disclosure`. Money is in micro-dollars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from bidding.domain.errors import FailureReason, NoAwardReason
from bidding.domain.ids import AuctionId, AwardId, LotId, SeatId, TaskId, TenantId

ErrorSide = Literal["caller", "model", "operator", "unexpected"]
"""Who must act on an error: the groups of `errors`, and what is in none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketEvent:
    """A decision. `tenant` is None where it concerns the whole installation."""

    name: ClassVar[str] = ""
    """The class's name in snake case: what the line is called in the log."""

    tenant: TenantId | None = None

    def __init_subclass__(cls) -> None:
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def known(self) -> dict[str, object]:
        """Its fields by name, those that are None left out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def measured(self) -> Iterator[tuple[str, float]]:
        """Metrics that only this event knows of; what events of the market measure stands in `measurements`."""
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIngested(MarketEvent):
    """A document was taken in as a task, or found to be one that is known. `execution` is who claimed it."""

    task_id: TaskId
    attempt: int
    status: str
    execution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRefused(MarketEvent):
    """A document cannot become a task."""

    task_id: TaskId
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDecomposed(MarketEvent):
    """A task was taken apart; `lots` are still open, `done_lots` an earlier attempt finished."""

    task_id: TaskId
    attempt: int
    lots: int
    done_lots: int
    waves: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRefused(MarketEvent):
    """A budget had no room for the winner's hold."""

    task_id: TaskId
    lot_id: LotId
    auction_id: AuctionId
    seat_id: SeatId
    hold_micros: int


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
class OutcomeRecorded(MarketEvent):
    """An execution was judged by what can be checked at once; no reward where nobody could tell."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    seat_id: SeatId
    kind: str
    source: str
    reward: float | None
    promised_quality: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRecorded(MarketEvent):
    """A human judged an answer; `shown` tells that the right answer is a demonstration from now on."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    seat_id: SeatId
    kind: str
    source: str
    reward: float | None
    promised_quality: float | None
    corrected: bool
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFolded(MarketEvent):
    """Outcomes became the next policy version; `outcomes` 0 where there was nothing to fold."""

    policy_version: int
    outcomes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssembled(MarketEvent):
    """The answers of a task's lots were put together. `best_single_micros`: the seat believed best, on every lot."""

    task_id: TaskId
    status: str
    lots: int
    failed_lots: int
    cost_micros: int
    best_single_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDelivered(MarketEvent):
    """A task was closed, whichever way it ended."""

    task_id: TaskId
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(MarketEvent):
    """An answer waits for a person, or is `autonomous` where its category has earned that nobody is asked."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    status: Literal["open", "autonomous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(MarketEvent):
    """A person approved, edited or rejected an answer, or it expired; `waited_ms` since it was asked for."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    verdict: str
    waited_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFailed(MarketEvent):
    """A function raised. The error is told by its class and its place, never by its words: they may quote a task."""

    error: str
    side: ErrorSide
    place: str
    milliseconds: float
