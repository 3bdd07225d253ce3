"""How fast is a neighbourhood of two hops, through hubs too, and what does looking for the nearest entities take?

The graph is loaded in bulk into a scratch tenant: tasks with a sender, a thread, a seat and topics, where senders and
seats are drawn so that a few have very many tasks. Queries start at senders, threads, tasks and hubs in turn. The floor
is a look-up of one row by its key, by the same adapter in the same run.
"""

from __future__ import annotations

import hashlib
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import psycopg
from rich.table import Table

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.ids import EntityId, TenantId

QUERIES = 500
EMBEDDED = 20_000
_RELATIONS_PER_TASK = 5
_TENANT = TenantId("bench-graph")
_SEED = 20261123
_SIZES = {"task": 5, "thread": 15, "sender": 100, "topic": 100_000, "seat": 100_000}
"""Relations for one entity of a kind, so that a million relations have ten topics and ten seats: hubs all."""
_ENTITIES = """
INSERT INTO entities (tenant, entity_id, kind, name, first_seen, last_seen)
SELECT %(tenant)s, md5(%(kind)s || n)::uuid, %(kind)s, %(kind)s || ' ' || n, now(), now()
FROM generate_series(0, %(count)s - 1) AS n
"""
# A square makes small numbers common: the first sender has a hundred times the tasks of an average one.
_RELATIONS = """
INSERT INTO relations (tenant, relation_id, source_id, kind, target_id, data_class, weight, first_seen, last_seen)
SELECT %(tenant)s, md5(%(kind)s || n)::uuid, md5('task' || n %% %(tasks)s)::uuid, %(kind)s,
       md5(%(target)s || floor(%(count)s * power(hashint8extended(n, 7) / 2 ^ 64 + 0.5, 2)))::uuid,
       'internal', 1, to_timestamp(n), to_timestamp(n)
FROM generate_series(0, %(rows)s - 1) AS n
"""
_EMBEDDINGS = """
INSERT INTO entity_embeddings (tenant, entity_id, kind, embedding, seen)
SELECT %(tenant)s, md5('sender' || n)::uuid, 'sender',
       (SELECT array_agg(hashint8extended(1000 * n + d, 7) / 2 ^ 64) FROM generate_series(1, 384) AS d)::vector, now()
FROM generate_series(0, %(count)s - 1) AS s (n)
"""


@dataclass(frozen=True)
class GraphFigures:
    """Latencies in milliseconds, of the adapter's whole call."""

    relations: int
    busiest_entity_relations: int
    embedded_senders: int
    load_seconds: float
    lookup_p50_ms: float
    two_hops_p50_ms: float
    two_hops_p99_ms: float
    through_hub_p50_ms: float
    through_hub_p99_ms: float
    two_hops_relations_mean: float
    nearest_p50_ms: float
    nearest_p99_ms: float

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"{self.relations:,} relations, the busiest entity has {self.busiest_entity_relations:,}")
        table.add_column("query")
        table.add_column("p50 ms", justify="right")
        table.add_column("p99 ms", justify="right")
        table.add_row("one entity by its key (floor)", f"{self.lookup_p50_ms:.2f}", "")
        table.add_row("two hops", f"{self.two_hops_p50_ms:.2f}", f"{self.two_hops_p99_ms:.2f}")
        table.add_row("two hops from a hub", f"{self.through_hub_p50_ms:.2f}", f"{self.through_hub_p99_ms:.2f}")
        senders = f"nearest five of {self.embedded_senders:,} senders"
        table.add_row(senders, f"{self.nearest_p50_ms:.2f}", f"{self.nearest_p99_ms:.2f}")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def measure_graph(dsn: str, ledger: PostgresLedger, relations: int = 1_000_000) -> GraphFigures:
    """Load a graph of this size into a database without one, by the owner's `dsn`, and query it through `ledger`."""
    counts = {kind: max(1, relations // size) for kind, size in _SIZES.items()}
    started = time.perf_counter()
    embedded = min(EMBEDDED, counts["sender"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        _load(connection, relations, counts, embedded)
        hubs, busiest = _hubs(connection)
    load_seconds = time.perf_counter() - started
    rng = random.Random(_SEED)  # noqa: S311  a sample, no secret
    entities = [_drawn(rng, counts, ("task", "thread", "sender", "seat", "topic")[n % 5]) for n in range(QUERIES)]
    found: list[int] = []

    def two_hops(entity: EntityId) -> None:
        found.append(len(ledger.neighbourhood(_TENANT, [entity], 2)))

    senders = [_drawn(rng, {"sender": embedded}, "sender") for _ in range(QUERIES)]
    _timed(two_hops, entities[:20])  # warm
    lookup = _timed(lambda entity: ledger.entities(_TENANT, [entity]), entities)
    walked = _timed(two_hops, entities)
    through_hub = _timed(two_hops, [hubs[n % len(hubs)] for n in range(QUERIES)])
    nearest = _timed(lambda entity: ledger.nearest_entities(_TENANT, entity, "sender", 5), senders)
    return GraphFigures(
        relations=relations,
        busiest_entity_relations=busiest,
        embedded_senders=embedded,
        load_seconds=round(load_seconds, 1),
        lookup_p50_ms=_quantile(lookup, 0.5),
        two_hops_p50_ms=_quantile(walked, 0.5),
        two_hops_p99_ms=_quantile(walked, 0.99),
        through_hub_p50_ms=_quantile(through_hub, 0.5),
        through_hub_p99_ms=_quantile(through_hub, 0.99),
        two_hops_relations_mean=round(sum(found) / len(found), 1),
        nearest_p50_ms=_quantile(nearest, 0.5),
        nearest_p99_ms=_quantile(nearest, 0.99),
    )


def _load(connection: psycopg.Connection[tuple[object, ...]], rows: int, counts: dict[str, int], embedded: int) -> None:
    connection.execute("SELECT set_config('atomic.tenant', %s, false)", (_TENANT,))
    for kind, count in counts.items():
        connection.execute(_ENTITIES, {"tenant": _TENANT, "kind": kind, "count": count})
    targets = {"sent_by": "sender", "part_of": "thread", "about": "topic", "served_by": "seat", "guessed": "topic"}
    for kind, target in targets.items():
        parameters = {"tenant": _TENANT, "kind": kind, "target": target, "count": counts[target]}
        parameters |= {"tasks": counts["task"], "rows": rows // _RELATIONS_PER_TASK}
        connection.execute(_RELATIONS, parameters)
    connection.execute(_EMBEDDINGS, {"tenant": _TENANT, "count": embedded})
    for table in ("entities", "relations", "entity_embeddings"):
        connection.execute(f"VACUUM ANALYZE {table}".encode())


def _hubs(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[list[EntityId], int]:
    rows = connection.execute(
        "SELECT target_id::text, count(*) FROM relations WHERE tenant = %s GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
        (_TENANT,),
    ).fetchall()
    return [EntityId(str(row[0])) for row in rows], int(str(rows[0][1]))


def _drawn(rng: random.Random, counts: dict[str, int], kind: str) -> EntityId:
    digest = hashlib.md5(f"{kind}{rng.randrange(counts[kind])}".encode(), usedforsecurity=False).hexdigest()
    return EntityId(digest)


def _timed(query: Callable[[EntityId], object], entities: Sequence[EntityId]) -> list[float]:
    spent = []
    for entity in entities:
        started = time.perf_counter()
        query(entity)
        spent.append(1_000 * (time.perf_counter() - started))
    return spent


def _quantile(values: Sequence[float], share: float) -> float:
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 3)
