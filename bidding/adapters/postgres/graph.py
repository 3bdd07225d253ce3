"""The knowledge graph. Functions, caps and the reasons for both are in `0012_graph.sql`."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
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

_RECORD = """
SELECT record_relations(%(tenant)s, %(task)s, %(entities)s, %(relations)s, %(embedding)s, %(seen_ms)s)
"""
_ENTITIES = "SELECT entity_id, kind, name FROM entities_by_id(%(tenant)s, %(ids)s::uuid[])"
_NEIGHBOURHOOD = """
SELECT source_id, source_kind, source_name, kind, target_id, target_kind, target_name, data_class, weight, hop,
       (1000 * extract(epoch FROM first_seen))::bigint AS first_seen_ms,
       (1000 * extract(epoch FROM last_seen))::bigint AS last_seen_ms
FROM neighbourhood(%(tenant)s, %(roots)s::uuid[], %(hops)s, %(cap)s, %(kinds)s, %(data_classes)s)
"""
_NEAREST = "SELECT * FROM nearest_entities(%(tenant)s, %(entity)s, %(kind)s, %(limit)s)"


class PostgresGraph(LedgerPart):
    """See `Graph`."""

    def record_relations(
        self, tenant: TenantId, task: TaskId, relations: Sequence[Relation], embedding: tuple[float, ...] = ()
    ) -> None:
        """Make these the whole of what a task speaks for, in one round trip."""
        entities = {each.entity_id: each for relation in relations for each in (relation.source, relation.target)}
        parameters = {
            "tenant": tenant,
            "task": task,
            "entities": as_json([_entity_document(each) for each in entities.values()]),
            "relations": as_json([_relation_document(each) for each in relations]),
            "embedding": json.dumps(embedding, allow_nan=False) if embedding else None,
            "seen_ms": ids.created_ms(task),
        }
        self._database.value(_RECORD, parameters)

    def entities(self, tenant: TenantId, ids: Sequence[EntityId]) -> list[Entity]:
        """Those of the given ids that are known, by id."""
        return [Entity(**row) for row in self._database.rows(_ENTITIES, {"tenant": tenant, "ids": list(ids)})]

    def neighbourhood(
        self,
        tenant: TenantId,
        roots: Sequence[EntityId],
        hops: int,
        cap: int = CAP,
        kinds: Collection[RelationKind] = RELATION_KINDS,
        data_class: DataClass = "restricted",
    ) -> list[Relation]:
        """Relations within `hops` of the roots, nearest and latest first, in one round trip."""
        check_bounds(hops, cap)
        parameters = {
            "tenant": tenant,
            "roots": list(roots),
            "hops": hops,
            "cap": cap,
            "kinds": sorted(kinds),
            "data_classes": list(no_stricter_than(data_class)),
        }
        return [_relation(row) for row in self._database.rows(_NEIGHBOURHOOD, parameters)]

    def nearest_entities(self, tenant: TenantId, entity: EntityId, kind: EntityKind, limit: int) -> list[LikeEntity]:
        """Those of a kind whose last text is most like this entity's."""
        parameters = {"tenant": tenant, "entity": entity, "kind": kind, "limit": limit}
        rows = self._database.rows(_NEAREST, parameters)
        return [LikeEntity(Entity(row["entity_id"], row["kind"], row["name"]), row["similarity"]) for row in rows]


def _entity_document(entity: Entity) -> dict[str, object]:
    return {"entity_id": entity.entity_id, "kind": entity.kind, "name": storable(entity.name)}


def _relation_document(relation: Relation) -> dict[str, object]:
    source, target = relation.source.entity_id, relation.target.entity_id
    return {
        "relation_id": ids.relation_id(source, relation.kind, target, relation.data_class),
        "source_id": source,
        "kind": relation.kind,
        "target_id": target,
        "data_class": relation.data_class,
    }


def _relation(row: Row) -> Relation:
    return Relation(
        source=Entity(row["source_id"], row["source_kind"], row["source_name"]),
        kind=row["kind"],
        target=Entity(row["target_id"], row["target_kind"], row["target_name"]),
        data_class=row["data_class"],
        weight=row["weight"],
        first_seen_ms=row["first_seen_ms"],
        last_seen_ms=row["last_seen_ms"],
        hop=row["hop"],
    )
