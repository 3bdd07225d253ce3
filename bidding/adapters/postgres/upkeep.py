"""What the owner of the installation runs on a schedule, over all tenants."""

from __future__ import annotations

from bidding.adapters.postgres.part import LedgerPart
from bidding.domain.budgets import Gauges, PartitionState, Sweep

_SWEEP = "SELECT voided, settled FROM sweep_holds(%(now_ms)s, %(since_ms)s)"
_MAINTAIN = """
SELECT table_name AS table, months, rows_in_default FROM maintain_partitions(%(now_ms)s, %(ahead)s) ORDER BY 1
"""

_GAUGES = "SELECT * FROM market_gauges(%(now_ms)s, %(since_ms)s)"


class PostgresUpkeep(LedgerPart):
    """See `LedgerUpkeep`."""

    def sweep_holds(self, now_ms: int, since_ms: int = 0) -> Sweep:
        """Resolve expired holds placed since `since_ms`, some hundred at most."""
        (row,) = self._database.rows(_SWEEP, {"now_ms": now_ms, "since_ms": since_ms})
        return Sweep(**row)

    def maintain_partitions(self, now_ms: int, months_ahead: int) -> list[PartitionState]:
        """Make the partitions of this month and of those to come; what there is then, by table."""
        rows = self._database.rows(_MAINTAIN, {"now_ms": now_ms, "ahead": months_ahead})
        return [PartitionState(**row) for row in rows]

    def market_gauges(self, now_ms: int, since_ms: int) -> Gauges:
        """How the market stands; wins and open holds are those since `since_ms`."""
        (row,) = self._database.rows(_GAUGES, {"now_ms": now_ms, "since_ms": since_ms})
        return Gauges(**row)
