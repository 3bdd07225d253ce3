"""What the use cases need of solved lots, of the knowledge graph and of erasure: a part of `bidding.ports`.

What is said there of errors and of repeated writes holds here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bidding.domain.graph import CAP, RELATION_KINDS, Entity, EntityKind, LikeEntity, Relation, RelationKind
from bidding.domain.ids import EntityId, LotId, TaskId, TenantId
from bidding.domain.records import Demonstration, Erasure
from bidding.domain.seats import DataClass


class DemonstrationStore(Protocol):
    """Solved lots with verified outputs."""

    def add_demonstration(self, tenant: TenantId, demonstration: Demonstration, now_ms: int) -> None:
        """Remember a solved lot; a later one for the same lot takes its place."""

    def withdraw_demonstration(self, tenant: TenantId, lot: LotId, now_ms: int) -> None:
        """Take a lot's demonstration out of use, where there is one."""

    def nearest(
        self,
        tenant: TenantId,
        kind: str,
        scope: str,
        embedding: tuple[float, ...],
        limit: int,
        thread_tasks: Sequence[TaskId] = (),
    ) -> list[Demonstration]:
        """The most similar of this tenant, kind and scope, best first; the latest where `embedding` is empty.

        Those of `thread_tasks` are ranked as if they were more similar by THREAD_BONUS.
        """

    def demonstrations(self, tenant: TenantId, lots: Sequence[LotId]) -> list[Demonstration]:
        """Those of the given lots, in the given order."""


class Graph(Protocol):
    """What processed tasks say of senders, threads, topics and seats. Never more than a caller's own tenant."""

    def record_relations(
        self, tenant: TenantId, task: TaskId, relations: Sequence[Relation], embedding: tuple[float, ...] = ()
    ) -> None:
        """Make these the whole of what a task speaks for: again changes nothing, fewer takes back the others."""

    def entities(self, tenant: TenantId, ids: Sequence[EntityId]) -> list[Entity]:
        """Those of the given ids that are known, by id."""

    def neighbourhood(
        self,
        tenant: TenantId,
        roots: Sequence[EntityId],
        hops: int,
        cap: int = CAP,
        kinds: Collection[RelationKind] = RELATION_KINDS,
        data_class: DataClass = "restricted",
    ) -> list[Relation]:
        """Relations within `hops` of the roots, nearest and latest first, `cap` at most from every entity.

        Only what was learnt from data no stricter than `data_class`. Raises InvalidRequest beyond the bounds.
        """

    def nearest_entities(self, tenant: TenantId, entity: EntityId, kind: EntityKind, limit: int) -> list[LikeEntity]:
        """Those of a kind whose last text is most like this entity's, best first, without itself."""


class Eraser(Protocol):
    """Takes away what came from a person and keeps the ledger."""

    def tasks_of_sender(self, tenant: TenantId, sender: EntityId) -> tuple[list[TaskId], list[TaskId]]:
        """Tasks that the graph knows to be the sender's, and tasks whose sender it does not know."""

    def object_keys(self, tenant: TenantId, tasks: Sequence[TaskId]) -> list[str]:
        """Where text of these tasks may lie in object storage."""

    def erase_tasks(self, tenant: TenantId, erasure: Erasure) -> None:
        """Blank the tasks' personal columns, let the graph forget them, write the record; all or nothing."""

    def erasures(self, tenant: TenantId) -> list[Erasure]:
        """All records, oldest first."""
