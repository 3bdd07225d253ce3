"""Money, in memory: budgets, holds and how they end. Refuses what the constraints of the database refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bidding.adapters.holds import holds_before
from bidding.adapters.in_memory.tables import BudgetKey, Hold, TablesPart
from bidding.domain.budgets import (
    EVERYTHING,
    HOLD_LEASE_MS,
    MAIL,
    BudgetWindow,
    ScopedBudget,
    window_start_ms,
)
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import HoldId, LotId, TenantId
from bidding.domain.records import Budget, Conservation, Settlement

_ORDER: tuple[BudgetWindow | None, ...] = (None, "month", "day", "hour")


class InMemoryBudgets(TablesPart):
    """The money of `MarketLedger`."""

    def set_budget(
        self,
        tenant: TenantId,
        limit_micros: int,
        scope: str = EVERYTHING,
        window: BudgetWindow | None = None,
        now_ms: int = 0,
    ) -> None:
        """Raises LedgerConflict where more is spent or held already."""
        key = (tenant, scope, window)
        with self._tables.lock:
            self._tables.budgets.setdefault((tenant, EVERYTHING, None), self._default())
            known = self._tables.budgets.get(key)
            start = window_start_ms(window, now_ms)
            if known is not None and known.starts_ms is not None and start is not None:
                start = max(start, known.starts_ms)
            found = self._sums(tenant, scope, window, start)
            budget = Budget(limit_micros, found.open_hold_micros, found.settled_micros)
            self._write(key, ScopedBudget(scope, window, start, budget))

    def budget(self, tenant: TenantId, scope: str = EVERYTHING, window: BudgetWindow | None = None) -> Budget:
        """The budget as it stands; the default one for a tenant that never held. Raises UnknownRecord."""
        return self._scoped(tenant, scope, window).budget

    def budgets(self, tenant: TenantId) -> list[ScopedBudget]:
        """By scope and window, the whole one first; each in the window that it last counted."""
        with self._tables.lock:
            found = [each for (owner, _, _), each in self._tables.budgets.items() if owner == tenant]
        found.sort(key=lambda each: (each.scope != EVERYTHING, each.scope, _ORDER.index(each.window)))
        return found or [self._default()]

    def conservation(
        self, tenant: TenantId, scope: str = EVERYTHING, window: BudgetWindow | None = None
    ) -> Conservation:
        """The budget beside what its rows add up to. Raises UnknownRecord."""
        with self._tables.lock:
            scoped = self._scoped(tenant, scope, window)
            return replace(self._sums(tenant, scope, window, scoped.starts_ms), budget=scoped.budget)

    def place_hold(
        self,
        tenant: TenantId,
        hold: HoldId,
        amount_micros: int,
        now_ms: int,
        scope: str = MAIL,
        lease_ms: int = HOLD_LEASE_MS,
    ) -> bool:
        """Reserve in every budget that applies, or in none; False where one would be overspent."""
        tables = self._tables
        with tables.lock:
            if (tenant, hold) in tables.holds:
                return True
            tables.budgets.setdefault((tenant, EVERYTHING, None), self._default())
            applying = dict(self._applying(tenant, scope))
            at_ms = max([now_ms, *(each.starts_ms or 0 for each in applying.values())])
            current = {key: each.at(at_ms) for key, each in applying.items()}
            moved = {key: _moved(each, held=amount_micros) for key, each in current.items()}
            if any(_overspent(each.budget) for each in moved.values()):
                return False
            tables.budgets |= moved
            tables.holds[tenant, hold] = Hold(amount_micros, scope, at_ms, now_ms + lease_ms)
            return True

    def settle(self, tenant: TenantId, settlement: Settlement, now_ms: int) -> None:
        """Resolve a hold. The first settlement stands. Raises UnknownRecord where no such hold was placed."""
        tables, key = self._tables, (tenant, settlement.hold_id)
        with tables.lock:
            if key not in tables.holds:
                raise UnknownRecord(f"no hold {settlement.hold_id}")
            if key in tables.settlements:
                return
            hold = tables.holds[key]
            self._check_settlement(tenant, settlement, hold.amount_micros)
            tables.settlements[key] = settlement
            for budget, each in self._applying(tenant, hold.scope):
                if each.starts_ms == window_start_ms(each.window, hold.at_ms):
                    moved = _moved(each, held=-hold.amount_micros, spent=settlement.amount_micros)
                    tables.budgets[budget] = moved

    def release_orphan_holds(self, tenant: TenantId, lot: LotId, attempt: int, now_ms: int) -> None:
        """Void holds of a lot's earlier attempts that never became an award."""
        with self._tables.lock:
            awarded = {award.hold_id for award in self._tables.awards_of(tenant, lot)}
            for hold in holds_before(lot, attempt):
                if (tenant, hold) in self._tables.holds and hold not in awarded:
                    self.settle(tenant, Settlement(hold, None, "voided", 0), now_ms)

    def _default(self) -> ScopedBudget:
        return ScopedBudget(EVERYTHING, None, None, Budget(self._tables.default_budget_micros, 0, 0))

    def _scoped(self, tenant: TenantId, scope: str, window: BudgetWindow | None) -> ScopedBudget:
        found = self._tables.budgets.get((tenant, scope, window))
        if found is not None:
            return found
        if (scope, window) != (EVERYTHING, None):
            raise UnknownRecord(f"no budget for {scope} per {window or 'ever'}")
        return self._default()

    def _applying(self, tenant: TenantId, scope: str) -> Iterator[tuple[BudgetKey, ScopedBudget]]:
        for key, each in list(self._tables.budgets.items()):
            if key[0] == tenant and key[1] in (EVERYTHING, scope):
                yield key, each

    def _write(self, key: BudgetKey, scoped: ScopedBudget) -> None:
        if _overspent(scoped.budget):
            raise LedgerConflict("budgets_never_overspent: more is spent or held than the limit allows")
        self._tables.budgets[key] = scoped

    def _sums(self, tenant: TenantId, scope: str, window: BudgetWindow | None, start_ms: int | None) -> Conservation:
        tables = self._tables
        counted = {
            key: hold
            for key, hold in tables.holds.items()
            if key[0] == tenant
            and scope in (EVERYTHING, hold.scope)
            and window_start_ms(window, hold.at_ms) == start_ms
        }
        costs = [
            tables.completions[key].cost_micros
            for key, award in tables.awards.items()
            if key in tables.completions and (tenant, award.hold_id) in counted
        ]
        open_holds = [hold.amount_micros for key, hold in counted.items() if key not in tables.settlements]
        return Conservation(
            budget=Budget(0, 0, 0),
            settled_micros=sum(tables.settlements[key].amount_micros for key in counted if key in tables.settlements),
            completed_micros=sum(costs),
            open_holds=len(open_holds),
            open_hold_micros=sum(open_holds),
        )

    def _check_settlement(self, tenant: TenantId, settlement: Settlement, held: int) -> None:
        tables = self._tables
        if settlement.award_id is not None:
            award = tables.awards.get((tenant, settlement.award_id))
            if award is None or award.hold_id != settlement.hold_id:
                raise LedgerConflict("settlements_of_its_award: the award does not belong to this hold")
        elif settlement.kind == "settled":
            raise LedgerConflict("settlements_need_an_award: only an award can be settled")
        if settlement.kind == "voided" and settlement.amount_micros:
            raise LedgerConflict("settlements_void_is_free: a voided hold costs nothing")
        if settlement.amount_micros > held:
            raise LedgerConflict("settlements_within_hold: a settlement is at most its hold")
        claimed = {tables.awards[key].hold_id for key in tables.executions if key[0] == tenant}
        if settlement.kind == "voided" and settlement.hold_id in claimed:
            raise LedgerConflict("settlements_void_only_unclaimed: the award was claimed")


def _moved(scoped: ScopedBudget, held: int, spent: int = 0) -> ScopedBudget:
    budget = scoped.budget
    moved = Budget(budget.limit_micros, budget.held_micros + held, budget.spent_micros + spent)
    return replace(scoped, budget=moved)


def _overspent(budget: Budget) -> bool:
    return budget.spent_micros + budget.held_micros > budget.limit_micros
