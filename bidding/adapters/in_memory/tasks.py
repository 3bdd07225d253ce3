"""Tasks and their lots, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bidding.adapters.in_memory.tables import Lease, TablesPart
from bidding.domain import ids
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import LotId, TaskId, TenantId
from bidding.domain.lots import Lot, LotStatus
from bidding.domain.records import ClaimStatus, JsonObject, Task, TaskClaim, TaskStatus


class InMemoryTasks(TablesPart):
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
        """Claim the task of a document for `owner`."""
        tables = self._tables
        with tables.lock:
            task_id = tables.task_keys.setdefault((tenant, key), ids.task_id(now_ms, tenant, key))
            task = tables.tasks.get((tenant, task_id))
            if task is None:
                task = Task(task_id, tenant, "running", None, source, document_key, None, 0)
            elif not self._may_be_claimed(task, now_ms):
                lease = tables.leases.get((tenant, task_id))
                if task.status == "running" and claim and lease and lease.claim == claim:
                    return TaskClaim(task_id, "claimed", task.attempt)
                return TaskClaim(task_id, _refusal(task), task.attempt)
            claimed = replace(task, status="running", reason=None, result_key=None, attempt=task.attempt + 1)
            tables.tasks[tenant, task_id] = claimed
            tables.leases[tenant, task_id] = Lease(owner, now_ms + lease_ms, claim)
            return TaskClaim(task_id, "claimed", claimed.attempt)

    def _may_be_claimed(self, task: Task, now_ms: int) -> bool:
        lease = self._tables.leases.get((task.tenant, task.task_id))
        idle = lease is None or lease.until_ms <= now_ms
        return task.status == "failed" or (task.status == "running" and idle)

    def task(self, tenant: TenantId, task: TaskId) -> Task:
        """Raises UnknownRecord."""
        try:
            return self._tables.tasks[tenant, task]
        except KeyError:
            raise UnknownRecord(f"no task {task}") from None

    def tasks(self, tenant: TenantId, status: TaskStatus | None = None) -> list[Task]:
        """All tasks, or those of one status, oldest first."""
        with self._tables.lock:
            found = [
                task
                for (owner, _), task in self._tables.tasks.items()
                if owner == tenant and status in (None, task.status)
            ]
        return sorted(found, key=lambda task: task.task_id)

    def finish_task(
        self, tenant: TenantId, task: TaskId, status: TaskStatus, reason: str | None, result_key: str | None
    ) -> None:
        """Set the task's end and give its claim back. Raises UnknownRecord."""
        with self._tables.lock:
            ended = replace(self.task(tenant, task), status=status, reason=reason, result_key=result_key)
            self._tables.tasks[tenant, task] = ended
            self._tables.leases.pop((tenant, task), None)

    def lease_owners(self) -> list[str]:
        """Who holds a claim, over all tenants."""
        with self._tables.lock:
            return sorted({lease.owner for lease in self._tables.leases.values()})

    def release_leases(self, owners: Sequence[str]) -> None:
        """Give back the claims of owners known to be dead."""
        with self._tables.lock:
            kept = {key: lease for key, lease in self._tables.leases.items() if lease.owner not in owners}
            self._tables.leases = kept

    def put_lots(self, tenant: TenantId, lots: Sequence[Lot]) -> None:
        """Write lots that are not there yet."""
        with self._tables.lock:
            new = [lot for lot in lots if (tenant, lot.lot_id) not in self._tables.lots]
            for lot in new:
                self.task(tenant, lot.task_id)
                if any(other.position == lot.position for other in self.lots_of(tenant, lot.task_id)):
                    raise LedgerConflict("lots_one_per_position: the task has another lot at this position")
            self._tables.lots |= {(tenant, lot.lot_id): lot for lot in new}

    def lots_of(self, tenant: TenantId, task: TaskId) -> list[Lot]:
        """By position."""
        with self._tables.lock:
            found = [lot for (owner, _), lot in self._tables.lots.items() if owner == tenant and lot.task_id == task]
        return sorted(found, key=lambda lot: lot.position)

    def lot(self, tenant: TenantId, lot: LotId) -> Lot:
        """Raises UnknownRecord."""
        try:
            return self._tables.lots[tenant, lot]
        except KeyError:
            raise UnknownRecord(f"no lot {lot}") from None

    def close_lot(self, tenant: TenantId, lot: LotId, status: LotStatus) -> None:
        """Set a lot's status. Raises UnknownRecord."""
        with self._tables.lock:
            self._tables.lots[tenant, lot] = replace(self.lot(tenant, lot), status=status)

    def outputs_of(self, tenant: TenantId, lots: Iterable[LotId]) -> dict[LotId, JsonObject]:
        """Latest successful output of each lot that has one."""
        outputs = {}
        with self._tables.lock:
            for lot in lots:
                for award in self._tables.awards_of(tenant, lot):
                    completion = self._tables.completions.get((tenant, award.award_id))
                    if completion is not None and completion.output is not None:
                        outputs[lot] = completion.output
        return outputs


def _refusal(task: Task) -> ClaimStatus:
    match task.status:
        case "running" | "failed":
            return "in_progress"
        case status:
            return status
