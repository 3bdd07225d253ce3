"""Rows of the ledger as the services see them. All money in micro-dollars, all times in Unix milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bidding.domain.bids import Bid, BidRequest, Clearing, NoBid, Notice
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import FailureReason
from bidding.domain.ids import AuctionId, AwardId, HoldId, LotId, OutcomeId, SeatId, TaskId, TenantId
from bidding.domain.learning.events import Event
from bidding.domain.lots import Lot
from bidding.domain.pace import Pace
from bidding.domain.seats import DataClass
from bidding.domain.usage import Usage

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]

TaskStatus = Literal["running", "done", "failed", "refused", "awaiting_approval"]
ClaimStatus = Literal["claimed", "in_progress", "done", "refused", "awaiting_approval"]
OutcomeSource = Literal["failure", "checks", "judge", "human"]
RecordAnswer = Literal["recorded", "over_budget", "another"]
"""How an auction came to be written: as it was given, not at all for want of money, or earlier with another end."""
Road = Literal["strict", "repaired", "aligned"]
"""How an answer became its type: as it came, after its JSON was repaired, or aligned to the schema word by word."""


@dataclass(frozen=True, slots=True)
class TaskClaim:
    """Answer to a claim. `attempt` counts from 1; only `claimed` may go on."""

    task_id: TaskId
    status: ClaimStatus
    attempt: int


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands. `reason` is set where it was refused or failed."""

    task_id: TaskId
    tenant: TenantId
    status: TaskStatus
    reason: str | None
    source: str
    document_key: str
    result_key: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Award:
    """Who won an auction, and under which hold."""

    award_id: AwardId
    auction_id: AuctionId
    lot_id: LotId
    hold_id: HoldId
    seat_id: SeatId
    round: int
    price_micros: int
    hold_micros: int
    propensity: float
    runners_up: tuple[SeatId, ...]


@dataclass(frozen=True, slots=True)
class AuctionRecord:
    """One auction as it is written: the request, every answer, and the award if there was one."""

    request: BidRequest
    round: int
    seed: int
    bids: tuple[Bid, ...]
    no_bids: tuple[NoBid, ...]
    clearing: Clearing | None
    award: Award | None


@dataclass(frozen=True, slots=True)
class Completion:
    """How a claimed execution ended. `output` is the validated answer, None unless it succeeded.

    `usage` is None where the provider never told; the full hold is then the cost. `raw_key` is where the text lies that
    the model wrote. `tries` counts the calls, of which all but the last were turned away before the model began.
    """

    award_id: AwardId
    status: Literal["succeeded", "failed"]
    reason: FailureReason | None
    detail: str
    usage: Usage | None
    cost_micros: int
    latency_ms: int
    output: JsonObject | None
    road: Road | None
    raw_key: str | None
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Settlement:
    """The one end of a hold: settled at a cost, or voided."""

    hold_id: HoldId
    award_id: AwardId | None
    kind: Literal["settled", "voided"]
    amount_micros: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A judgement of one execution. `reward` None means nobody could tell."""

    outcome_id: OutcomeId
    award_id: AwardId
    lot_id: LotId
    reward: float | None
    weight: float
    source: OutcomeSource
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ExecutionState:
    """What is known of an award's execution when it is to be settled."""

    claimed: bool
    completion: Completion | None


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A solved lot that may be shown in a prompt or learnt from.

    `source` says who verified its output. `embedding` is of `text`, unit length, empty where there is no embedder;
    `similarity` is the cosine to the lot at hand, 0 where it was not asked for. `data_class` is that of the lot it
    came from: it is shown only to seats that may see such data.
    """

    lot_id: LotId
    kind: str
    scope: str
    text: str
    output: JsonObject
    source: OutcomeSource
    embedding: tuple[float, ...] = ()
    similarity: float = 0.0
    data_class: DataClass = "restricted"


@dataclass(frozen=True, slots=True)
class OutcomeBatch:
    """Outcomes to fold, in their order, and the watermark after them."""

    events: tuple[Event, ...]
    watermark: int


@dataclass(frozen=True, slots=True)
class BidRow:
    """A bid as the ledger has it: the quote or the no-bid, and what the bidder was told."""

    seat_id: SeatId
    bid: Bid | None
    no_bid: NoBid | None
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class RoundHistory:
    """Everything that happened to a lot in one round. `purse_micros` is what its pace let one call come to,
    `explored` whether the winner was picked uniformly.
    """

    auction_id: AuctionId
    attempt: int
    round: int
    policy_version: int
    pace: Pace
    multiplier: float
    seed: int
    bids: tuple[BidRow, ...]
    award: Award | None
    completion: Completion | None
    settlement: Settlement | None
    outcomes: tuple[Outcome, ...]
    purse_micros: int | None = None
    explored: bool = False


@dataclass(frozen=True, slots=True)
class LotHistory:
    """A lot and all its rounds, oldest first."""

    lot: Lot
    rounds: tuple[RoundHistory, ...]


STANDING_AUCTIONS = 1_000
"""How many of a tenant's last auctions a seat's record is made of: what a reader waits for stays the same for ever."""


@dataclass(frozen=True, slots=True)
class SeatStanding:
    """What the ledger says of a seat over the last auctions."""

    seat_id: SeatId
    kind: str
    bids: int
    wins: int
    failures: int
    cost_micros: int
    quoted_micros: int
    mean_reward: float | None
    promised_reward: float | None


@dataclass(frozen=True, slots=True)
class Budget:
    """A tenant's money: what it may spend, what is set aside for calls under way, what is spent."""

    limit_micros: int
    held_micros: int
    spent_micros: int


@dataclass(frozen=True, slots=True)
class Conservation:
    """A tenant's budget beside the sums of the rows behind it.

    `completed_micros` sums what executions cost; settlements follow completions, so it may run ahead of
    `settled_micros` while a lot is between the two.
    """

    budget: Budget
    settled_micros: int
    completed_micros: int
    open_holds: int
    open_hold_micros: int

    @property
    def holds(self) -> bool:
        """Whether the budget is exactly what its rows add up to, and within its limit."""
        budget = self.budget
        return (
            budget.spent_micros == self.settled_micros
            and budget.held_micros == self.open_hold_micros
            and budget.spent_micros + budget.held_micros <= budget.limit_micros
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """Record of an erasure: which tasks, by which operator, when, and how many stored objects went with them."""

    erasure_id: str
    erased_by: str
    task_ids: tuple[TaskId, ...]
    objects: int
    erased_at_ms: int
