"""Tasks and their lots."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.domain import ids
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, TaskId, TenantId
from bidding.domain.lots import Lot, LotStatus
from bidding.domain.records import JsonObject, Task, TaskClaim, TaskStatus

_CLAIMS = uuid.UUID("5b0c2b8e-7d3b-4c39-9a6e-0c6f0d3a7f11")  # the namespace of claims' names
_CLAIM_TASK = """
SELECT task, answer, attempt_number
FROM claim_task(%(tenant)s, %(key)s, %(task)s, %(source)s, %(document_key)s, %(owner)s, %(claim)s, %(now_ms)s,
                %(lease_ms)s)
"""
_TASKS = """
SELECT tenant, task_id, status, reason, source, document_key, result_key, attempt
FROM tasks
WHERE tenant = %(tenant)s
  AND task_id = coalesce(%(task)s::uuid, task_id)
  AND status = coalesce(%(status)s, status)
ORDER BY task_id
"""
_FINISH_TASK = "SELECT finish_task(%(tenant)s, %(task)s, %(status)s, %(reason)s, %(result_key)s)"
_LEASE_OWNERS = "SELECT lease_owners() AS owner"
_LOTS_OF_TASK = "SELECT * FROM lots WHERE tenant = %(tenant)s AND task_id = %(task)s ORDER BY position"
_LOT = "SELECT * FROM lot_of_id(%(tenant)s, %(lot)s)"
_OF_A_LOT = tuple(field.name for field in fields(Lot))
_OUTPUTS = """
SELECT DISTINCT ON (a.lot_id) a.lot_id, c.output
FROM awarded_lots AS a
JOIN completions AS c USING (tenant, award_id)
WHERE a.tenant = %(tenant)s AND a.lot_id = ANY (%(lots)s::uuid[]) AND c.status = 'succeeded'
ORDER BY a.lot_id, a.attempt DESC, a.round DESC
"""


class PostgresTasks(LedgerPart):
    """See `TaskLedger`."""

    def claim_task(
        self,
        tenant: TenantId,
        key: str,
        source: str,
        document_key: str,
        owner: str,
        now_ms: int,
        lease_ms: int,
        claim: str | None = None,
    ) -> TaskClaim:
        """Claim the task of a document for `owner`; see the function of this name for who gets it."""
        row = self._database.row(
            _CLAIM_TASK,
            {
                "tenant": tenant,
                "key": key,
                "task": ids.task_id(now_ms, tenant, key),
                "source": source,
                "document_key": document_key,
                "owner": owner,
                "claim": str(uuid.uuid5(_CLAIMS, claim) if claim else uuid.uuid4()),
                "now_ms": now_ms,
                "lease_ms": lease_ms,
            },
        )
        assert row is not None
        return TaskClaim(task_id=row["task"], status=row["answer"], attempt=row["attempt_number"])

    def task(self, tenant: TenantId, task: TaskId) -> Task:
        """Raises UnknownRecord."""
        row = self._database.row(_TASKS, {"tenant": tenant, "task": task, "status": None})
        if row is None:
            raise UnknownRecord(f"no task {task}")
        return Task(**row)

    def tasks(self, tenant: TenantId, status: TaskStatus | None = None) -> list[Task]:
        """All tasks, or those of one status, oldest first."""
        return [Task(**row) for row in self._database.rows(_TASKS, {"tenant": tenant, "task": None, "status": status})]

    def finish_task(
        self, tenant: TenantId, task: TaskId, status: TaskStatus, reason: str | None, result_key: str | None
    ) -> None:
        """Set the task's end and give its claim back. Raises UnknownRecord."""
        end = {
            "tenant": tenant,
            "task": task,
            "status": status,
            "reason": None if reason is None else storable(reason),
            "result_key": result_key,
        }
        if not self._database.value(_FINISH_TASK, end):
            raise UnknownRecord(f"no task {task}")

    def lease_owners(self) -> list[str]:
        """Who holds a claim, over all tenants."""
        return [row["owner"] for row in self._database.rows(_LEASE_OWNERS, {})]

    def release_leases(self, owners: Sequence[str]) -> None:
        """Give back the claims of owners known to be dead."""
        self._database.value("SELECT release_leases(%(owners)s)", {"owners": list(owners)})

    def put_lots(self, tenant: TenantId, lots: Sequence[Lot]) -> None:
        """Write lots that are not there yet."""
        self._database.value(
            "SELECT put_lots(%(tenant)s, %(lots)s)",
            {"tenant": tenant, "lots": as_json([asdict(lot) for lot in lots])},
        )

    def lots_of(self, tenant: TenantId, task: TaskId) -> list[Lot]:
        """By position."""
        return [lot_from(row) for row in self._database.rows(_LOTS_OF_TASK, {"tenant": tenant, "task": task})]

    def lot(self, tenant: TenantId, lot: LotId) -> Lot:
        """Raises UnknownRecord."""
        row = self._database.row(_LOT, {"tenant": tenant, "lot": lot})
        if row is None:
            raise UnknownRecord(f"no lot {lot}")
        return lot_from(row)

    def close_lot(self, tenant: TenantId, lot: LotId, status: LotStatus) -> None:
        """Set a lot's status. Raises UnknownRecord."""
        if not self._database.value(
            "SELECT close_lot(%(tenant)s, %(lot)s, %(status)s)", {"tenant": tenant, "lot": lot, "status": status}
        ):
            raise UnknownRecord(f"no lot {lot}")

    def outputs_of(self, tenant: TenantId, lots: Iterable[LotId]) -> dict[LotId, JsonObject]:
        """Latest successful output of each lot that has one."""
        rows = self._database.rows(_OUTPUTS, {"tenant": tenant, "lots": list(lots)})
        return {row["lot_id"]: row["output"] for row in rows}


def lot_from(row: Row) -> Lot:
    """From a row of `lots`."""
    return Lot(**{name: row[name] for name in _OF_A_LOT} | {"needs": tuple(row["needs"])})
