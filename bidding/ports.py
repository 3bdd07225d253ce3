"""What the use cases need from the outside, as small protocols.

Whatever reads or writes the ledger may raise `LedgerUnavailable` (the store did not answer: retry). Every write is
idempotent on its ids: a second call changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from bidding.adaptation_ports import LabelChances, VariantStore
from bidding.desk_ports import FrontDesk
from bidding.domain.budgets import EVERYTHING, HOLD_LEASE_MS, MAIL, BudgetWindow, ScopedBudget
from bidding.domain.dataclass import dataclass
from bidding.domain.ids import AwardId, HoldId, LotId, TaskId, TenantId
from bidding.domain.judging import NOBODY_JUDGED, JudgingTerms
from bidding.domain.lots import Lot, LotStatus, Payload, SchemaRef, TaskOptions
from bidding.domain.records import (
    STANDING_AUCTIONS,
    AuctionRecord,
    Award,
    Budget,
    Completion,
    Conservation,
    ExecutionState,
    JsonObject,
    LotHistory,
    Outcome,
    RecordAnswer,
    Road,
    SeatStanding,
    Settlement,
    Task,
    TaskClaim,
    TaskStatus,
)
from bidding.domain.seats import DataClass, Seat
from bidding.knowledge_ports import DemonstrationStore, Eraser, Graph
from bidding.observation_port import Observer, Silence
from bidding.policy_port import PolicyStore
from bidding.replay_port import RoundLog
from bidding.seat_port import ClaimBook, JudgeBook, SeatRegistry
from bidding.upkeep_port import LedgerUpkeep

if TYPE_CHECKING:  # a mail is read by two functions only
    from bidding.domain.jobs import Answer, Job
    from bidding.domain.messages import Message

Clock = Callable[[], int]
"""Unix time in milliseconds."""

Sleep = Callable[[float], None]
"""Wait for so many seconds."""

DocumentParser = Callable[[bytes], "tuple[Message, TaskOptions | None]"]
"""Decode a document; its own options where it brings any. Raises RefusedDocument with a reason code."""


class Documents(Protocol):
    """Object storage. Keys are slash-separated; a put replaces."""

    def put(self, key: str, data: bytes) -> None:
        """Store `data`."""

    def get(self, key: str) -> bytes:
        """Raises UnknownRecord where nothing is stored under `key`."""

    def delete(self, key: str) -> None:
        """Delete for good, earlier versions too. Nothing happens where nothing is stored."""


class Engine(Protocol):
    """Runs jobs for the seats that name it. May be called from several threads."""

    def unavailable_because(self, seat: Seat) -> str | None:
        """A sentence where this process cannot run the seat (a package or weights missing), else None."""

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """Input tokens of the call that `answer` would make; close enough to price and to fit a context."""

    def answer(self, seat: Seat, job: Job) -> Answer:
        """Make the call, once, within `job.timeout_ms`. Raises EngineFailure, typed."""


class Engines(Protocol):
    """Finds the engine of a seat."""

    def engine_of(self, seat: Seat) -> Engine:
        """Raises Misconfigured for an engine this installation does not know."""


class Embedder(Protocol):
    """Turns text into a vector of unit length."""

    def embed(self, text: str) -> tuple[float, ...]:
        """Empty where no embedder is installed."""


class Outputs(Protocol):
    """The output types, by reference."""

    def json_schema(self, ref: SchemaRef, payload: Payload) -> JsonObject:
        """JSON schema of the answer to this payload. Raises UnknownRecord for an unknown reference."""

    def parse(self, ref: SchemaRef, payload: Payload, text: str) -> tuple[JsonObject, Road]:
        """Validate a model's text. Raises EngineFailure `invalid` where no road leads to the type."""

    def validate(self, ref: SchemaRef, payload: Payload, value: object) -> JsonObject:
        """Validate a value, such as a human's correction. Raises InvalidRequest, naming the field."""


class TaskLedger(Protocol):
    """Tasks and their lots."""

    def claim_task(
        self,
        tenant: TenantId,
        key: str,
        source: str,
        document_key: str,
        owner: str,
        now_ms: int,
        lease_ms: int,
        claim: str | None = None,
    ) -> TaskClaim:
        """Claim the task of a document for `owner`. Where another claim lives the answer is `in_progress`.

        `claim` names this claim: a retry under the same name gets the same answer; None is a name of its own.
        """

    def task(self, tenant: TenantId, task: TaskId) -> Task:
        """Raises UnknownRecord."""

    def tasks(self, tenant: TenantId, status: TaskStatus | None = None) -> list[Task]:
        """All tasks, or those of one status, oldest first."""

    def finish_task(
        self, tenant: TenantId, task: TaskId, status: TaskStatus, reason: str | None, result_key: str | None
    ) -> None:
        """Set the task's end and give its claim back."""

    def lease_owners(self) -> list[str]:
        """Who holds a claim, over all tenants: for the owner of the installation."""

    def release_leases(self, owners: Sequence[str]) -> None:
        """Give back the claims of owners known to be dead, over all tenants."""

    def put_lots(self, tenant: TenantId, lots: Sequence[Lot]) -> None:
        """Write lots that are not there yet; those that are stay as they are."""

    def lots_of(self, tenant: TenantId, task: TaskId) -> list[Lot]:
        """By position."""

    def lot(self, tenant: TenantId, lot: LotId) -> Lot:
        """Raises UnknownRecord."""

    def close_lot(self, tenant: TenantId, lot: LotId, status: LotStatus) -> None:
        """Set a lot's status."""

    def outputs_of(self, tenant: TenantId, lots: Iterable[LotId]) -> dict[LotId, JsonObject]:
        """Latest successful output of each lot that has one."""


class MarketLedger(Protocol):
    """Auctions, money, executions and their judgements. Append-only."""

    def set_budget(
        self,
        tenant: TenantId,
        limit_micros: int,
        scope: str = EVERYTHING,
        window: BudgetWindow | None = None,
        now_ms: int = 0,
    ) -> None:
        """Set the limit of the whole budget, or of one for a scope, for an hour, day or month, or both.

        A new budget begins with what its window has seen already; `now_ms` says which window is the current one.
        Raises LedgerConflict where more is spent or held already.
        """

    def budget(self, tenant: TenantId, scope: str = EVERYTHING, window: BudgetWindow | None = None) -> Budget:
        """The budget as it stands; the default one for a tenant that never held.

        Raises UnknownRecord for a narrower one that nobody set.
        """

    def budgets(self, tenant: TenantId) -> list[ScopedBudget]:
        """The tenant's budgets by scope and window, the whole one first; each in the window that it last counted."""

    def conservation(
        self, tenant: TenantId, scope: str = EVERYTHING, window: BudgetWindow | None = None
    ) -> Conservation:
        """A budget beside what its rows add up to. Raises what `budget` raises."""

    def place_hold(
        self,
        tenant: TenantId,
        hold: HoldId,
        amount_micros: int,
        now_ms: int,
        scope: str = MAIL,
        lease_ms: int = HOLD_LEASE_MS,
    ) -> bool:
        """Reserve the amount in every budget that applies, or in none; False where one of them would be overspent.

        After `lease_ms` a sweep may resolve it.
        """

    def award_auction(
        self, tenant: TenantId, record: AuctionRecord, now_ms: int, scope: str = MAIL, lease_ms: int = HOLD_LEASE_MS
    ) -> RecordAnswer:
        """Place the hold of the record's award, as `place_hold`, and write the auction as `record_auction`.

        Nothing is written where the hold is refused. A crash in between leaves a hold, which a sweep resolves.
        """

    def record_auction(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> bool:
        """Write request, bids and award at once. False where an earlier try wrote another end of this auction."""

    def claim_execution(self, tenant: TenantId, award: AwardId, now_ms: int) -> bool:
        """True for the first caller only: only it may call the provider."""

    def complete_execution(self, tenant: TenantId, completion: Completion, now_ms: int) -> None:
        """Write how a claimed execution ended."""

    def execution(self, tenant: TenantId, award: AwardId) -> ExecutionState:
        """What is known of an execution."""

    def settle(self, tenant: TenantId, settlement: Settlement, now_ms: int) -> None:
        """Resolve a hold. The first settlement stands."""

    def release_orphan_holds(self, tenant: TenantId, lot: LotId, attempt: int, now_ms: int) -> None:
        """Void holds of a lot's earlier attempts that never became an award."""

    def award(self, tenant: TenantId, award: AwardId) -> Award:
        """Raises UnknownRecord."""

    def record_outcome(self, tenant: TenantId, outcome: Outcome, now_ms: int) -> None:
        """Write a judgement."""

    def history(self, tenant: TenantId, lot: LotId) -> LotHistory:
        """Everything about a lot. Raises UnknownRecord."""

    def standings(self, tenant: TenantId, auctions: int = STANDING_AUCTIONS) -> list[SeatStanding]:
        """Per seat × kind totals over the tenant's last `auctions` auctions."""


class Ledger(
    TaskLedger,
    MarketLedger,
    LedgerUpkeep,
    PolicyStore,
    SeatRegistry,
    ClaimBook,
    JudgeBook,
    DemonstrationStore,
    LabelChances,
    VariantStore,
    Graph,
    Eraser,
    RoundLog,
    FrontDesk,
    Protocol,
):
    """All of the ledger."""


@dataclass(frozen=True)
class Market:
    """The ports together: what every use case is given."""

    ledger: Ledger
    documents: Documents
    engines: Engines
    embedder: Embedder
    outputs: Outputs
    parse_document: DocumentParser
    clock: Clock
    sleep: Sleep = time.sleep
    data_class: DataClass = "public"
    """The least strict class of this installation: every document is treated as at least that."""
    judging: JudgingTerms = NOBODY_JUDGED
    """Whose answers judge seats judge, and for how much."""
    observer: Observer = field(default_factory=Silence)
    refuse_unwanted: Callable[[bytes], None] = lambda _: None
    """Raises RefusedDocument for a received mail whose verdicts are bad or missing."""
