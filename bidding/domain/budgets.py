"""Budgets: what they are for, and the window they count.

A tenant has one for everything, and may have more: for one scope, for one hour, day or month, or both.
All money in micro-dollars, all times in Unix milliseconds; windows begin and end in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.records import Budget

BudgetWindow = Literal["hour", "day", "month"]
BudgetScope = Literal["*", "mail", "judge"]
EVERYTHING: BudgetScope = "*"
"""The scope of a budget for every call."""
MAIL: BudgetScope = "mail"
"""The scope of a hold for any call but a verdict's, whatever the task: the name is older than jobs are."""
JUDGING: BudgetScope = "judge"
"""The scope of a hold for a verdict, whatever the task: judging may have a budget of its own."""
HOLD_LEASE_MS = 15 * 60 * 1_000
"""How long a hold stands before a sweep may resolve it: far longer than `run_lot` may take."""

_WINDOW_MS = {"hour": 3_600_000, "day": 86_400_000}


@dataclass(frozen=True, slots=True)
class ScopedBudget:
    """One of a tenant's budgets. `window` None counts for ever; else `starts_ms` is when the counted window began."""

    scope: str
    window: BudgetWindow | None
    starts_ms: int | None
    budget: Budget

    def at(self, now_ms: int) -> ScopedBudget:
        """As it stands now: untouched in a window that no hold has begun yet."""
        start = window_start_ms(self.window, now_ms)
        if start is None or self.starts_ms is None or start <= self.starts_ms:
            return self
        return ScopedBudget(self.scope, self.window, start, Budget(self.budget.limit_micros, 0, 0))


@dataclass(frozen=True, slots=True)
class Sweep:
    """Expired holds that were resolved: given back, or settled because a call had begun."""

    voided: int
    settled: int


@dataclass(frozen=True, slots=True)
class PartitionState:
    """A table that is cut by month. Rows in its default partition mean that maintenance was away when they came."""

    table: str
    months: int
    rows_in_default: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """The market at a moment, over all tenants. Shares in [0, 1], ages in milliseconds, 0 without any.

    `budget_used` is the fullest budget's share spent or held, None without budgets. `concentration` is the Herfindahl
    index of the seats' `wins` since the time asked for: 1 where one seat wins all, None without wins.
    """

    budget_used: float | None
    concentration: float | None
    wins: int
    open_holds: int
    oldest_hold_ms: int
    unsealed_ms: int


def window_start_ms(window: BudgetWindow | None, at_ms: int) -> int | None:
    """When the window around `at_ms` began; None for a budget without windows."""
    if window is None:
        return None
    if window == "month":
        at = datetime.fromtimestamp(at_ms / 1_000, UTC)
        return int(datetime(at.year, at.month, 1, tzinfo=UTC).timestamp()) * 1_000
    return at_ms - at_ms % _WINDOW_MS[window]
