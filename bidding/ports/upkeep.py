"""What keeps the ledger in order, over all tenants."""

from __future__ import annotations

from typing import Protocol

from bidding.domain.budgets import Gauges, PartitionState, Sweep


class LedgerUpkeep(Protocol):
    """What the owner of the installation runs on a schedule, over all tenants."""

    def sweep_holds(self, now_ms: int, since_ms: int = 0) -> Sweep:
        """Resolve expired holds placed since `since_ms`, some hundred at most: call again while there were any.

        Voided where no call began; else settled, at its cost where the call came back, in full where it did not.
        """

    def maintain_partitions(self, now_ms: int, months_ahead: int) -> list[PartitionState]:
        """Make room for this month and those to come; what there is then."""

    def market_gauges(self, now_ms: int, since_ms: int) -> Gauges:
        """How the market stands; wins and open holds are those since `since_ms`."""
