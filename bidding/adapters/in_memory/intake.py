"""Submissions and pages of tasks, in memory."""

from __future__ import annotations

from dataclasses import replace

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.records import Task, TaskStatus
from bidding.ports.desk import Submission


class InMemoryIntake(TablesPart):
    """See `Intake`."""

    def put_submission(self, tenant: TenantId, submission: Submission, now_ms: int) -> Submission:
        """The one that stands; an earlier one where its idempotency key was used before."""
        with self._tables.lock:
            key = submission.idempotency_key
            for (owner, _), known in self._tables.submissions.items():
                if owner == tenant and key is not None and known.idempotency_key == key:
                    return known
            return self._tables.submissions.setdefault((tenant, submission.submission_id), submission)

    def link_submission(self, tenant: TenantId, submission_id: str, task: TaskId) -> None:
        """Raises UnknownRecord."""
        with self._tables.lock:
            known = self.submission(tenant, submission_id)
            if known.task_id is None:
                self._tables.submissions[tenant, submission_id] = replace(known, task_id=task)

    def submission(self, tenant: TenantId, submission_id: str) -> Submission:
        """Raises UnknownRecord."""
        try:
            return self._tables.submissions[tenant, submission_id]
        except KeyError:
            raise UnknownRecord(f"no submission {submission_id}") from None

    def unfinished_submissions(self, tenant: TenantId) -> list[Submission]:
        """Those that no task was made of yet, or whose task is running and claimed by nobody."""
        with self._tables.lock:
            own = [each for (owner, _), each in self._tables.submissions.items() if owner == tenant]
            return [each for each in own if each.task_id is None or self._is_idle(tenant, each.task_id)]

    def _is_idle(self, tenant: TenantId, task: TaskId) -> bool:
        running = self._tables.tasks[tenant, task].status == "running"
        return running and (tenant, task) not in self._tables.leases

    def recent_tasks(
        self, tenant: TenantId, limit: int, before: TaskId | None = None, status: TaskStatus | None = None
    ) -> list[Task]:
        """Newest first."""
        with self._tables.lock:
            found = [
                task
                for (owner, task_id), task in self._tables.tasks.items()
                if owner == tenant and (before is None or task_id < before) and status in {None, task.status}
            ]
        return sorted(found, key=lambda task: task.task_id, reverse=True)[:limit]
