"""What is run on a schedule, in memory."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from bidding.adapters.in_memory.budgets import InMemoryBudgets
from bidding.domain.budgets import Gauges, PartitionState, Sweep, window_start_ms
from bidding.domain.ids import HoldId, TenantId
from bidding.domain.records import Award, Completion, Settlement

_HOLDS_MAX = 200


class InMemoryUpkeep(InMemoryBudgets):
    """See `LedgerUpkeep`. Nothing is partitioned here."""

    def sweep_holds(self, now_ms: int, since_ms: int = 0) -> Sweep:
        """Resolve expired holds placed since `since_ms`, some hundred at most."""
        tables = self._tables
        with tables.lock:
            expired = (
                key
                for key, hold in sorted(tables.holds.items())
                if hold.expires_ms <= now_ms and hold.at_ms >= since_ms and key not in tables.settlements
            )
            ends = [self._resolve(TenantId(key[0]), HoldId(key[1]), now_ms) for key in islice(expired, _HOLDS_MAX)]
        return Sweep(voided=ends.count("voided"), settled=ends.count("settled"))

    def maintain_partitions(self, now_ms: int, months_ahead: int) -> list[PartitionState]:
        """Nothing to do."""
        return []

    def market_gauges(self, now_ms: int, since_ms: int) -> Gauges:
        """How the market stands. Nothing is sealed here, and nothing waits for it."""
        tables = self._tables
        with tables.lock:
            money = [
                each.budget
                for each in tables.budgets.values()
                if each.starts_ms == window_start_ms(each.window, now_ms) and each.budget.limit_micros
            ]
            recent = {key: hold for key, hold in tables.holds.items() if hold.at_ms >= since_ms}
            awards = tables.awards.items()
            winners = [award.seat_id for (tenant, _), award in awards if (tenant, award.hold_id) in recent]
            open_since = [hold.at_ms for key, hold in recent.items() if key not in tables.settlements]
        wins = len(winners)
        squares = sum(count**2 for count in Counter(winners).values())
        used = [(each.spent_micros + each.held_micros) / each.limit_micros for each in money]
        return Gauges(
            budget_used=max(used, default=None),
            concentration=squares / wins**2 if wins else None,
            wins=wins,
            open_holds=len(open_since),
            oldest_hold_ms=max(0, now_ms - min(open_since, default=now_ms)),
            unsealed_ms=0,
        )

    def _resolve(self, tenant: TenantId, hold: HoldId, now_ms: int) -> str:
        tables = self._tables
        awards = [award for key, award in tables.awards.items() if key[0] == tenant and award.hold_id == hold]
        claimed = [award for award in awards if (tenant, award.award_id) in tables.executions]
        if not claimed:
            voided = Settlement(hold, awards[0].award_id if awards else None, "voided", 0)
            self.settle(tenant, voided, now_ms)
            return "voided"
        key = (tenant, claimed[0].award_id)
        completion = tables.completions.setdefault(key, _interrupted(claimed[0]))
        self.settle(tenant, Settlement(hold, completion.award_id, "settled", completion.cost_micros), now_ms)
        return "settled"


def _interrupted(award: Award) -> Completion:
    return Completion(
        award_id=award.award_id,
        status="failed",
        reason="interrupted",
        detail="the call was given up when its hold expired",
        usage=None,
        cost_micros=award.hold_micros,
        latency_ms=0,
        output=None,
        road=None,
        raw_key=None,
    )
