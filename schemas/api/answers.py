"""What clients are answered. All money in micro-dollars, all times in Unix milliseconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.awards import Award
from schemas.base import Fraction, Identifier, Micros, Wire
from schemas.execution import FailureReason, Outcome
from schemas.market import Bid, LossNotice, NoBid, Pace
from schemas.results import TaskResult
from schemas.tasks import Lot
from schemas.terms import Kind, LotStatus, Part

Cursor = Annotated[str, Field(description="give it as `after` to get the next page; null on the last one")]
SubmissionStatus = Literal["accepted", "running", "done", "failed", "refused", "awaiting_approval"]


class Health(Wire):
    """Whether the API and its ledger answer."""

    status: Literal["ok"]


class Submitted(Wire):
    """A document that was handed in; `task_id` is null until it was taken in."""

    submission_id: Identifier
    task_id: Identifier | None
    status: SubmissionStatus


class UploadOffered(Wire):
    """PUT the document to `put_url` before it expires, then submit `upload_id`."""

    upload_id: Identifier
    put_url: str
    expires_in_s: int


class TaskSummary(Wire):
    """A task in a list."""

    task_id: Identifier
    status: Literal["running", "done", "failed", "refused", "awaiting_approval"]
    reason: str | None
    source: str
    attempt: int
    created_ms: int


class TaskPage(Wire):
    """Tasks, newest first."""

    tasks: tuple[TaskSummary, ...]
    next: Cursor | None


class LotProgress(Wire):
    """A lot of a task."""

    lot_id: Identifier
    position: int
    kind: Kind
    part: Part
    status: LotStatus
    needs: tuple[Identifier, ...]


class TaskDetail(TaskSummary):
    """A task with its lots, and its result once there is one."""

    lots: tuple[LotProgress, ...]
    result: TaskResult | None


class Usage(Wire):
    """What a call consumed."""

    input_tokens: int
    output_tokens: int
    cpu_ms: int | None


class Completion(Wire):
    """How an execution ended; `output` is the validated answer, null unless it succeeded."""

    status: Literal["succeeded", "failed"]
    reason: FailureReason | None
    detail: str
    usage: Usage | None
    cost_micros: Micros
    latency_ms: int
    output: dict[str, object] | None
    road: str | None


class Settlement(Wire):
    """The one end of a hold."""

    kind: Literal["settled", "voided"]
    amount_micros: Micros


class BidRow(Wire):
    """What one seat said, and what it was told."""

    seat_id: Identifier
    bid: Bid | None
    no_bid: NoBid | None
    notice: LossNotice | None


class Round(Wire):
    """One clearing of a lot, and what came of it."""

    auction_id: Identifier
    attempt: int
    round: int
    policy_version: int
    pace: Pace
    multiplier: float
    purse_micros: Micros | None
    explored: bool
    bids: tuple[BidRow, ...]
    award: Award | None
    completion: Completion | None
    settlement: Settlement | None
    outcomes: tuple[Outcome, ...]


class LotExplanation(Wire):
    """Why this seat was selected: all numbers of all rounds, and the same in sentences."""

    lot: Lot
    rounds: tuple[Round, ...]
    sentences: tuple[str, ...]


class FeedbackTaken(Wire):
    """The reward that now stands, null where nobody could tell."""

    lot_id: Identifier
    reward: Fraction | None


class PriceList(Wire):
    """What a seat charges."""

    input_micros_per_mtok: Micros
    output_micros_per_mtok: Micros
    cpu_second_micros: Micros
    prompt_tokens_per_second: int
    output_tokens_per_second: int
    request_cpu_ms: int
    source: str


class Seat(Wire):
    """A bidder. `unavailable` says why it makes no bids here, null where it does."""

    seat_id: Identifier
    engine: str
    model: str
    kinds: tuple[str, ...]
    location: str
    prices: PriceList
    demonstrations: int
    context_tokens: int
    max_output_tokens: int
    timeout_ms: int
    prior_quality: Fraction | None
    status: Literal["active", "retired"]
    unavailable: str | None


class SeatStanding(Wire):
    """A seat's record at one kind of lot, over this tenant's last thousand auctions."""

    seat_id: Identifier
    kind: str
    bids: int
    wins: int
    failures: int
    cost_micros: Micros
    quoted_micros: Micros
    mean_reward: float | None
    promised_reward: float | None


class SeatList(Wire):
    """The registry, with each seat's record."""

    seats: tuple[Seat, ...]
    standings: tuple[SeatStanding, ...]


class Budget(Wire):
    """A limit, what is set aside for calls under way, and what is spent, in the current window."""

    scope: str
    window: Literal["hour", "day", "month"] | None
    limit_micros: Micros
    held_micros: Micros
    spent_micros: Micros
    left_micros: Micros


class Pacing(Wire):
    """How spending is paced; `allowance_micros` null means that it is not."""

    allowance_micros: float | None
    purse_micros: float
    spent_micros: float
    low: float
    high: float
    high_share: float
    uniform_share: float


class Money(Wire):
    """Budgets, the whole one first, and the pace."""

    budgets: tuple[Budget, ...]
    pace: Pacing
    policy_version: int


class ReplayStarted(Wire):
    """Ask for its report by `replay_id`."""

    replay_id: Identifier


class Problem(Wire):
    """RFC 9457 problem details; `errors` names the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[dict[str, str], ...] = ()
