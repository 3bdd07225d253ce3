"""A ledger and a document store without a server: for tests of the core, and to show what the ports promise."""

from __future__ import annotations

from bidding.adapters.in_memory.adaptation import InMemoryAdaptation
from bidding.adapters.in_memory.approvals import InMemoryApprovals
from bidding.adapters.in_memory.catalogue import InMemoryCatalogue
from bidding.adapters.in_memory.claims import InMemoryClaims
from bidding.adapters.in_memory.deferrals import InMemoryDeferrals
from bidding.adapters.in_memory.erasure import InMemoryErasure
from bidding.adapters.in_memory.graph import InMemoryGraph
from bidding.adapters.in_memory.history import InMemoryHistory
from bidding.adapters.in_memory.intake import InMemoryIntake
from bidding.adapters.in_memory.judging import InMemoryJudging
from bidding.adapters.in_memory.market import InMemoryMarket
from bidding.adapters.in_memory.policy import InMemoryPolicies
from bidding.adapters.in_memory.replay import InMemoryRoundLog
from bidding.adapters.in_memory.tables import Tables
from bidding.adapters.in_memory.tasks import InMemoryTasks
from bidding.adapters.in_memory.upkeep import InMemoryUpkeep
from bidding.domain.errors import UnknownRecord


class InMemoryLedger(
    InMemoryTasks,
    InMemoryMarket,
    InMemoryUpkeep,
    InMemoryHistory,
    InMemoryPolicies,
    InMemoryCatalogue,
    InMemoryClaims,
    InMemoryJudging,
    InMemoryAdaptation,
    InMemoryGraph,
    InMemoryErasure,
    InMemoryRoundLog,
    InMemoryIntake,
    InMemoryApprovals,
    InMemoryDeferrals,
):
    """See `Ledger`. May be shared by threads; forgets everything with the process."""

    def __init__(self, *, default_budget_micros: int = 10_000_000) -> None:
        super().__init__(Tables(default_budget_micros))


class InMemoryDocuments:
    """See `Documents`."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}

    def put(self, key: str, data: bytes) -> None:
        """Store `data`."""
        self._documents[key] = data

    def get(self, key: str) -> bytes:
        """Raises UnknownRecord where nothing is stored under `key`."""
        try:
            return self._documents[key]
        except KeyError:
            raise UnknownRecord(f"no document {key}") from None

    def delete(self, key: str) -> None:
        """Nothing happens where nothing is stored."""
        self._documents.pop(key, None)
