"""The ledger: tasks and their lots, the market's books, and all of it together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from bidding.domain.budgets import EVERYTHING, HOLD_LEASE_MS, MAIL, BudgetWindow, ScopedBudget
from bidding.domain.ids import AwardId, HoldId, LotId, TaskId, TenantId
from bidding.domain.lots import Lot, LotStatus
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
    SeatStanding,
    Settlement,
    Task,
    TaskClaim,
    TaskStatus,
)
from bidding.ports.adaptation import LabelChances, VariantStore
from bidding.ports.desk import FrontDesk
from bidding.ports.knowledge import DemonstrationStore, Eraser, Graph
from bidding.ports.policy import PolicyStore
from bidding.ports.replay import RoundLog
from bidding.ports.seats import ClaimBook, JudgeBook, SeatRegistry
from bidding.ports.upkeep import LedgerUpkeep


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
