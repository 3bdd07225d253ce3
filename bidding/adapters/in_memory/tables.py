"""The rows of the in-memory ledger, and the lock that makes each call a transaction."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import field, replace

from bidding.domain.approvals import Approval, Wait
from bidding.domain.budgets import BudgetWindow, ScopedBudget
from bidding.domain.circuits import CLOSED, Circuit
from bidding.domain.claims import Claim
from bidding.domain.dataclass import dataclass
from bidding.domain.deferrals import Deferral
from bidding.domain.graph import Entity, Relation
from bidding.domain.ids import AwardId, EntityId, LotId, SeatId, TaskId, TenantId
from bidding.domain.lots import Lot
from bidding.domain.policy import Policy
from bidding.domain.records import (
    AuctionRecord,
    Award,
    Completion,
    Demonstration,
    Erasure,
    Outcome,
    Settlement,
    Task,
)
from bidding.domain.seats import Seat
from bidding.domain.variants import Variant
from bidding.ports.desk import Submission

Key = tuple[str, str]
"""Tenant and id."""
BudgetKey = tuple[str, str, BudgetWindow | None]
"""Tenant, scope and window."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a task, and until when."""

    owner: str
    until_ms: int
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside. `at_ms` says in which windows it counts."""

    amount_micros: int
    scope: str
    at_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class JudgedOutcome:
    """An outcome with what it meant when it was written; see `0006_outcomes.sql`."""

    outcome: Outcome
    first: bool
    stands: bool
    replaces: tuple[float, float] | None


@dataclass
class SeatCircuit:
    """A seat's circuit, the leases of its calls by award, and the award whose failure counted last."""

    circuit: Circuit = CLOSED
    calls: dict[AwardId, int] = field(default_factory=dict)
    counted: AwardId | None = None


@dataclass
class TenantGraph:
    """One tenant's rows. `evidence` are the ids of the relations that a task speaks for."""

    entities: dict[EntityId, Entity] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    evidence: dict[TaskId, set[str]] = field(default_factory=dict)
    embeddings: dict[EntityId, tuple[int, tuple[float, ...]]] = field(default_factory=dict)


@dataclass
class Tables:
    """Insertion order is commit order."""

    default_budget_micros: int
    lock: threading.RLock = field(default_factory=threading.RLock)
    task_keys: dict[Key, TaskId] = field(default_factory=dict)
    tasks: dict[Key, Task] = field(default_factory=dict)
    leases: dict[Key, Lease] = field(default_factory=dict)
    lots: dict[Key, Lot] = field(default_factory=dict)
    budgets: dict[BudgetKey, ScopedBudget] = field(default_factory=dict)
    holds: dict[Key, Hold] = field(default_factory=dict)
    auctions: dict[Key, AuctionRecord] = field(default_factory=dict)
    awards: dict[Key, Award] = field(default_factory=dict)
    executions: set[Key] = field(default_factory=set)
    completions: dict[Key, Completion] = field(default_factory=dict)
    settlements: dict[Key, Settlement] = field(default_factory=dict)
    outcomes: dict[Key, JudgedOutcome] = field(default_factory=dict)
    policies: dict[str, list[tuple[Policy, int]]] = field(default_factory=lambda: defaultdict(list))
    seats: dict[str, Seat] = field(default_factory=dict)
    circuits: dict[str, SeatCircuit] = field(default_factory=dict)
    claims: dict[tuple[TenantId, LotId, int, SeatId], Claim] = field(default_factory=dict)
    demonstrations: dict[Key, Demonstration] = field(default_factory=dict)
    label_chances: dict[Key, tuple[Award, str, dict[str, float]]] = field(default_factory=dict)
    variants: dict[Key, Variant] = field(default_factory=dict)
    graphs: dict[str, TenantGraph] = field(default_factory=dict)
    erasures: dict[Key, Erasure] = field(default_factory=dict)
    submissions: dict[Key, Submission] = field(default_factory=dict)
    approvals: dict[Key, Approval] = field(default_factory=dict)
    waits: dict[Key, Wait] = field(default_factory=dict)
    deferrals: dict[Key, Deferral] = field(default_factory=dict)
    worker_leases: dict[Key, tuple[str, int]] = field(default_factory=dict)

    def awards_of(self, tenant: str, lot: str) -> list[Award]:
        """Awards of a lot, by attempt and round."""
        return [award for record in self.auctions_of(tenant, lot) if (award := record.award) is not None]

    def auctions_of(self, tenant: str, lot: str) -> list[AuctionRecord]:
        """Auctions of a lot, by attempt and round."""
        records = [
            record
            for (owner, _), record in self.auctions.items()
            if owner == tenant and record.request.lot.lot_id == lot
        ]
        return sorted(records, key=lambda record: (record.request.attempt, record.round))

    def outcomes_of(self, tenant: str, award: str) -> list[JudgedOutcome]:
        """Judgements of an award, in their order."""
        return [
            judged
            for (owner, _), judged in self.outcomes.items()
            if owner == tenant and judged.outcome.award_id == award
        ]


class TablesPart:
    """One protocol's share of the ledger, on common tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables


def withdraw_relation(graph: TenantGraph, relation_id: str) -> None:
    """One task less says so; what no task says any more is gone."""
    known = graph.relations[relation_id]
    if known.weight == 1:
        del graph.relations[relation_id]
    else:
        graph.relations[relation_id] = replace(known, weight=known.weight - 1)
