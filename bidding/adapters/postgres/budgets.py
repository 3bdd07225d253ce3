"""Money: what a tenant may spend, what is held, and how holds end."""

from __future__ import annotations

from bidding.adapters.holds import holds_before
from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.errors import WrittenBefore
from bidding.adapters.postgres.part import LedgerPart, storable
from bidding.domain.budgets import EVERYTHING, HOLD_LEASE_MS, MAIL, BudgetWindow, ScopedBudget
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import HoldId, LotId, TenantId
from bidding.domain.records import Budget, Conservation, Settlement

_TOTAL = "total"
_SET_BUDGET = """
SELECT set_budget(%(tenant)s, %(limit)s, %(scope)s, %(window)s, %(default)s, %(now_ms)s)
"""
_HOLD = "%(tenant)s, %(hold)s, %(amount)s, %(default)s, %(now_ms)s, %(scope)s, %(lease_ms)s"
_PLACE_HOLD = f"SELECT place_hold({_HOLD})"
_PLACE_AGAIN = f"SELECT place_hold({_HOLD}, true)"
_SETTLE = "SELECT settle(%(tenant)s, %(hold)s, %(award)s, %(kind)s, %(amount)s, %(now_ms)s)"
_VOID_UNAWARDED_HOLDS = "SELECT void_unawarded_holds(%(tenant)s, %(holds)s::uuid[], %(now_ms)s)"
_BUDGETS = """
SELECT scope, time_window, limit_micros, held_micros, spent_micros,
       CASE WHEN time_window <> 'total' THEN (extract(epoch FROM starts_at) * 1000)::bigint END AS starts_ms
FROM budgets
WHERE tenant = %(tenant)s
ORDER BY scope <> '*', scope, array_position(ARRAY['total', 'month', 'day', 'hour'], time_window)
"""
_BUDGET = """
SELECT limit_micros, held_micros, spent_micros
FROM budgets
WHERE tenant = %(tenant)s AND scope = %(scope)s AND time_window = %(window)s
"""
# Every settlement has its hold, every completion its award, every award its hold.
_SUMS = """
SELECT
    coalesce(sum(s.amount_micros), 0)::bigint AS settled_micros,
    coalesce(sum(c.cost_micros), 0)::bigint AS completed_micros,
    count(*) FILTER (WHERE h.hold_id IS NOT NULL AND s.hold_id IS NULL) AS open_holds,
    coalesce(sum(h.amount_micros) FILTER (WHERE s.hold_id IS NULL), 0)::bigint AS open_hold_micros
FROM holds AS h
LEFT JOIN settlements AS s ON s.tenant = h.tenant AND s.hold_id = h.hold_id
LEFT JOIN awards AS a ON a.tenant = h.tenant AND a.hold_id = h.hold_id
LEFT JOIN completions AS c ON c.tenant = a.tenant AND c.award_id = a.award_id
WHERE h.tenant = %(tenant)s AND %(scope)s IN ('*', h.scope)
  AND (%(window)s = 'total' OR window_start(%(window)s, h.created_at) = (
      SELECT starts_at FROM budgets
      WHERE tenant = %(tenant)s AND scope = %(scope)s AND time_window = %(window)s
  ))
"""
# Months that were exported and dropped count in totals only: a window is over by then.
_ARCHIVED = """
SELECT coalesce(sum(settled_micros), 0)::bigint AS settled_micros,
       coalesce(sum(completed_micros), 0)::bigint AS completed_micros
FROM archives
WHERE tenant = %(tenant)s AND %(window)s = 'total' AND %(scope)s IN ('*', scope)
"""
# One statement, so that the budget and the sums are of one moment.
_CONSERVATION = f"""
SELECT b.limit_micros, b.held_micros, b.spent_micros, sums.settled_micros + archived.settled_micros AS settled_micros,
       sums.completed_micros + archived.completed_micros AS completed_micros, sums.open_holds, sums.open_hold_micros
FROM ({_SUMS}) AS sums
CROSS JOIN ({_ARCHIVED}) AS archived
LEFT JOIN ({_BUDGET}) AS b ON true
"""  # noqa: S608  all parts are constants


class PostgresBudgets(LedgerPart):
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
        parameters = _key(tenant, scope, window) | {
            "limit": limit_micros,
            "default": self._default_budget_micros,
            "now_ms": now_ms,
        }
        self._database.value(_SET_BUDGET, parameters)

    def budget(self, tenant: TenantId, scope: str = EVERYTHING, window: BudgetWindow | None = None) -> Budget:
        """The budget as it stands; the default one for a tenant that never held. Raises UnknownRecord."""
        row = self._database.row(_BUDGET, _key(tenant, scope, window))
        return Budget(**row) if row else self._untouched(scope, window)

    def budgets(self, tenant: TenantId) -> list[ScopedBudget]:
        """By scope and window, the whole one first; each in the window that it last counted."""
        found = [_scoped(row) for row in self._database.rows(_BUDGETS, {"tenant": tenant})]
        return found or [ScopedBudget(EVERYTHING, None, None, self._untouched(EVERYTHING, None))]

    def conservation(
        self, tenant: TenantId, scope: str = EVERYTHING, window: BudgetWindow | None = None
    ) -> Conservation:
        """The budget beside what its rows add up to, all read at one moment. Raises UnknownRecord."""
        row = self._database.row(_CONSERVATION, _key(tenant, scope, window))
        assert row is not None
        limit, held, spent = row.pop("limit_micros"), row.pop("held_micros"), row.pop("spent_micros")
        budget = self._untouched(scope, window) if limit is None else Budget(limit, held, spent)
        return Conservation(budget=budget, **row)

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
        parameters = {
            "tenant": tenant,
            "hold": hold,
            "amount": amount_micros,
            "default": self._default_budget_micros,
            "now_ms": now_ms,
            "scope": storable(scope),
            "lease_ms": lease_ms,
        }
        try:
            return bool(self._database.value(_PLACE_HOLD, parameters))
        except WrittenBefore:
            return bool(self._database.value(_PLACE_AGAIN, parameters))

    def settle(self, tenant: TenantId, settlement: Settlement, now_ms: int) -> None:
        """Resolve a hold. The first settlement stands. Raises UnknownRecord where no such hold was placed."""
        parameters = {
            "tenant": tenant,
            "hold": settlement.hold_id,
            "award": settlement.award_id,
            "kind": settlement.kind,
            "amount": settlement.amount_micros,
            "now_ms": now_ms,
        }
        if not self._database.value(_SETTLE, parameters):
            raise UnknownRecord(f"no hold {settlement.hold_id}")

    def release_orphan_holds(self, tenant: TenantId, lot: LotId, attempt: int, now_ms: int) -> None:
        """Void holds of a lot's earlier attempts that never became an award."""
        parameters = {"tenant": tenant, "holds": holds_before(lot, attempt), "now_ms": now_ms}
        self._database.value(_VOID_UNAWARDED_HOLDS, parameters)

    def _untouched(self, scope: str, window: BudgetWindow | None) -> Budget:
        if (scope, window) != (EVERYTHING, None):
            raise UnknownRecord(f"no budget for {scope} per {window or 'ever'}")
        return Budget(self._default_budget_micros, 0, 0)


def _key(tenant: TenantId, scope: str, window: BudgetWindow | None) -> dict[str, object]:
    return {"tenant": tenant, "scope": storable(scope), "window": window or _TOTAL}


def _scoped(row: Row) -> ScopedBudget:
    window = None if row["time_window"] == _TOTAL else row["time_window"]
    budget = Budget(row["limit_micros"], row["held_micros"], row["spent_micros"])
    return ScopedBudget(row["scope"], window, row["starts_ms"], budget)
