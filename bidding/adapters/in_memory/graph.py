"""The knowledge graph, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bidding.adapters.in_memory.similarity import cosine
from bidding.adapters.in_memory.tables import TablesPart, TenantGraph, withdraw_relation
from bidding.domain import ids
from bidding.domain.graph import (
    CAP,
    RELATION_KINDS,
    Entity,
    EntityKind,
    LikeEntity,
    Relation,
    RelationKind,
    check_bounds,
)
from bidding.domain.ids import EntityId, TaskId, TenantId
from bidding.domain.seats import DataClass, no_stricter_than

_EMBEDDED: tuple[EntityKind, ...] = ("sender", "thread", "task")


class InMemoryGraph(TablesPart):
    """See `Graph`."""

    def record_relations(
        self, tenant: TenantId, task: TaskId, relations: Sequence[Relation], embedding: tuple[float, ...] = ()
    ) -> None:
        """Make these the whole of what a task speaks for."""
        seen_ms = ids.created_ms(task)
        with self._tables.lock:
            graph = self._graph(tenant)
            said = {_id(relation): relation for relation in relations}
            before = graph.evidence.get(task, set())
            for relation_id in sorted(set(said) - before):
                _add(graph, relation_id, said[relation_id], seen_ms)
            for relation_id in before - set(said):
                withdraw_relation(graph, relation_id)
            graph.evidence[task] = set(said)
            for entity in {each for relation in relations for each in (relation.source, relation.target)}:
                graph.entities.setdefault(entity.entity_id, entity)
                latest_ms, _ = graph.embeddings.get(entity.entity_id, (-1, ()))
                if embedding and entity.kind in _EMBEDDED and latest_ms < seen_ms:
                    graph.embeddings[entity.entity_id] = (seen_ms, embedding)

    def entities(self, tenant: TenantId, ids: Sequence[EntityId]) -> list[Entity]:
        """Those of the given ids that are known, by id."""
        known = self._graph(tenant).entities
        return [known[each] for each in sorted(set(ids)) if each in known]

    def neighbourhood(
        self,
        tenant: TenantId,
        roots: Sequence[EntityId],
        hops: int,
        cap: int = CAP,
        kinds: Collection[RelationKind] = RELATION_KINDS,
        data_class: DataClass = "restricted",
    ) -> list[Relation]:
        """Relations within `hops` of the roots, nearest and latest first."""
        check_bounds(hops, cap)
        allowed = no_stricter_than(data_class)
        with self._tables.lock:
            relations = self._graph(tenant).relations.values()
            open_ = [each for each in relations if each.kind in kinds and each.data_class in allowed]
            frontier, expanded, found = set(roots), set[EntityId](), list[Relation]()
            for hop in range(1, hops + 1):
                near = {each for root in frontier for each in _followed(open_, root, expanded, cap)}
                found += sorted((replace(each, hop=hop) for each in near), key=lambda r: (-r.last_seen_ms, _id(r)))
                expanded |= frontier
                ends = {end.entity_id for each in near for end in (each.source, each.target)}
                frontier = ends - expanded
            return found

    def nearest_entities(self, tenant: TenantId, entity: EntityId, kind: EntityKind, limit: int) -> list[LikeEntity]:
        """Those of a kind whose last text is most like this entity's."""
        graph = self._graph(tenant)
        _, query = graph.embeddings.get(entity, (0, ()))
        alike = [
            LikeEntity(graph.entities[other], cosine(query, vector))
            for other, (_, vector) in graph.embeddings.items()
            if other != entity and graph.entities[other].kind == kind and len(vector) == len(query)
        ]
        return sorted(alike, key=lambda each: (-each.similarity, each.entity.entity_id))[:limit]

    def _graph(self, tenant: TenantId) -> TenantGraph:
        return self._tables.graphs.setdefault(tenant, TenantGraph())


def _id(relation: Relation) -> str:
    source, target = relation.source.entity_id, relation.target.entity_id
    return ids.relation_id(source, relation.kind, target, relation.data_class)


def _add(graph: TenantGraph, relation_id: str, relation: Relation, seen_ms: int) -> None:
    known = graph.relations.get(relation_id)
    if known is None:
        graph.relations[relation_id] = replace(relation, weight=1, first_seen_ms=seen_ms, last_seen_ms=seen_ms)
        return
    graph.relations[relation_id] = replace(
        known,
        weight=known.weight + 1,
        first_seen_ms=min(known.first_seen_ms, seen_ms),
        last_seen_ms=max(known.last_seen_ms, seen_ms),
    )


def _followed(relations: list[Relation], root: EntityId, expanded: set[EntityId], cap: int) -> list[Relation]:
    """The relations of one entity that its cap lets through: kinds and directions take turns, the latest first."""
    ranked: list[tuple[int, Relation]] = []
    for kind in RELATION_KINDS:
        of_kind = [each for each in relations if each.kind == kind]
        leaving = [each for each in of_kind if each.source.entity_id == root and each.target.entity_id not in expanded]
        arriving = [each for each in of_kind if each.target.entity_id == root and each.source.entity_id not in expanded]
        for side in (leaving, arriving):
            ranked += enumerate(sorted(side, key=lambda each: (-each.last_seen_ms, _id(each)))[:cap])
    ranked.sort(key=lambda pair: (pair[0], -pair[1].last_seen_ms, _id(pair[1])))
    return [relation for _, relation in ranked[:cap]]
