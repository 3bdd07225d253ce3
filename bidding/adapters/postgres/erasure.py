"""Taking away what came from a person. What is blanked, and why the rest may stay, is in `0013_erasure.sql`."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.adapters.postgres.part import LedgerPart, storable
from bidding.domain.ids import EntityId, TaskId, TenantId
from bidding.domain.records import Erasure

_TASKS_OF_SENDER = "SELECT task_id, named FROM tasks_of_sender(%(tenant)s, %(sender)s)"
_OBJECT_KEYS = "SELECT object_keys_of_tasks(%(tenant)s, %(tasks)s::uuid[]) AS key"
_ERASE = """
SELECT erase_tasks(%(tenant)s, %(erasure)s, %(erased_by)s, %(tasks)s::uuid[], %(objects)s, %(now_ms)s)
"""
_ERASURES = """
SELECT erasure_id, erased_by, task_ids, objects, (1000 * extract(epoch FROM erased_at))::bigint AS erased_at_ms
FROM erasures
WHERE tenant = %(tenant)s
ORDER BY erased_at, erasure_id
"""


class PostgresErasure(LedgerPart):
    """See `Eraser`."""

    def tasks_of_sender(self, tenant: TenantId, sender: EntityId) -> tuple[list[TaskId], list[TaskId]]:
        """Those that the graph knows to be the sender's, and those whose sender it does not know."""
        rows = self._database.rows(_TASKS_OF_SENDER, {"tenant": tenant, "sender": sender})
        named = [TaskId(row["task_id"]) for row in rows if row["named"]]
        return named, [TaskId(row["task_id"]) for row in rows if not row["named"]]

    def object_keys(self, tenant: TenantId, tasks: Sequence[TaskId]) -> list[str]:
        """Where text of these tasks may lie in object storage."""
        return [row["key"] for row in self._database.rows(_OBJECT_KEYS, {"tenant": tenant, "tasks": list(tasks)})]

    def erase_tasks(self, tenant: TenantId, erasure: Erasure) -> None:
        """Blank the rows of these tasks, let the graph forget them, and write the record, all at once."""
        parameters = {
            "tenant": tenant,
            "erasure": erasure.erasure_id,
            "erased_by": storable(erasure.erased_by),
            "tasks": list(erasure.task_ids),
            "objects": erasure.objects,
            "now_ms": erasure.erased_at_ms,
        }
        self._database.value(_ERASE, parameters)

    def erasures(self, tenant: TenantId) -> list[Erasure]:
        """All records, oldest first."""
        rows = self._database.rows(_ERASURES, {"tenant": tenant})
        return [Erasure(**row | {"task_ids": tuple(row["task_ids"])}) for row in rows]
