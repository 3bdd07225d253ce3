"""Solved lots with verified outputs, found by likeness."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.domain.graph import THREAD_BONUS
from bidding.domain.ids import LotId, TaskId, TenantId
from bidding.domain.records import Demonstration

_ADD = """
SELECT add_demonstration(%(tenant)s, %(lot)s, %(kind)s, %(scope)s, %(data_class)s, %(text)s, %(output)s, %(source)s,
                         %(embedding)s, %(now_ms)s)
"""
_WITHDRAW = "SELECT withdraw_demonstration(%(tenant)s, %(lot)s, %(now_ms)s)"
# Vectors of another length come from another embedder and are compared to nothing.
_NEAREST = """
SELECT lot_id, kind, scope, data_class, text, output, source, embedding::text AS embedding,
       coalesce(likeness, 0) AS similarity
FROM (
    SELECT *, CASE WHEN vector_dims(embedding) = vector_dims(%(embedding)s::vector)
                   THEN 1 - (embedding <=> %(embedding)s::vector) END AS likeness
    FROM current_demonstrations
    WHERE tenant = %(tenant)s AND kind = %(kind)s AND scope = %(scope)s
) AS compared
ORDER BY likeness + CASE WHEN lot_id IN (
             SELECT lot_id FROM lots WHERE tenant = %(tenant)s AND task_id = ANY (%(thread_tasks)s::uuid[])
         ) THEN %(thread_bonus)s::float8 ELSE 0 END DESC NULLS LAST, seq DESC
LIMIT %(limit)s
"""
_OF_LOTS = """
SELECT lot_id, kind, scope, data_class, text, output, source, embedding::text AS embedding,
       0.0::float8 AS similarity
FROM current_demonstrations
WHERE tenant = %(tenant)s AND lot_id = ANY (%(lots)s::uuid[])
"""


class PostgresDemonstrations(LedgerPart):
    """See `DemonstrationStore`. Embeddings are kept in single precision."""

    def add_demonstration(self, tenant: TenantId, demonstration: Demonstration, now_ms: int) -> None:
        """Remember a solved lot; a later one for the same lot takes its place."""
        self._database.value(
            _ADD,
            {
                "tenant": tenant,
                "lot": demonstration.lot_id,
                "kind": demonstration.kind,
                "scope": storable(demonstration.scope),
                "data_class": demonstration.data_class,
                "text": storable(demonstration.text),
                "output": as_json(demonstration.output),
                "source": demonstration.source,
                "embedding": _vector(demonstration.embedding),
                "now_ms": now_ms,
            },
        )

    def withdraw_demonstration(self, tenant: TenantId, lot: LotId, now_ms: int) -> None:
        """Take a lot's demonstration out of use, where there is one."""
        self._database.value(_WITHDRAW, {"tenant": tenant, "lot": lot, "now_ms": now_ms})

    def nearest(
        self,
        tenant: TenantId,
        kind: str,
        scope: str,
        embedding: tuple[float, ...],
        limit: int,
        thread_tasks: Sequence[TaskId] = (),
    ) -> list[Demonstration]:
        """The most similar, best first, those without a comparable embedding last; the latest where it is empty."""
        parameters = {
            "tenant": tenant,
            "kind": kind,
            "scope": storable(scope),
            "embedding": _vector(embedding),
            "limit": limit,
            "thread_tasks": list(thread_tasks),
            "thread_bonus": THREAD_BONUS,
        }
        return [demonstration_from(row) for row in self._database.rows(_NEAREST, parameters)]

    def demonstrations(self, tenant: TenantId, lots: Sequence[LotId]) -> list[Demonstration]:
        """Those of the given lots, in the given order."""
        rows = self._database.rows(_OF_LOTS, {"tenant": tenant, "lots": list(lots)})
        found = {row["lot_id"]: demonstration_from(row) for row in rows}
        return [found[lot] for lot in lots if lot in found]


def _vector(embedding: tuple[float, ...]) -> str | None:
    return json.dumps(embedding, allow_nan=False) if embedding else None


def demonstration_from(row: Row) -> Demonstration:
    """A row as the record; its embedding comes as text."""
    embedding = tuple(json.loads(row["embedding"])) if row["embedding"] else ()
    return Demonstration(**row | {"embedding": tuple(float(number) for number in embedding)})
