"""Submissions, and tasks page by page."""

from __future__ import annotations

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, storable
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.records import Task, TaskStatus
from bidding.ports.desk import Submission

_COLUMNS = "SELECT submission_id, idempotency_key, digest, document_key, task_id FROM "
_PUT = f"""
{_COLUMNS} put_submission(%(tenant)s, %(submission)s, %(idempotency_key)s, %(digest)s, %(document_key)s, %(now_ms)s)
"""
_ONE = _COLUMNS + "submissions WHERE tenant = %(tenant)s AND submission_id = %(submission)s"
_UNFINISHED = """
SELECT s.submission_id, s.idempotency_key, s.digest, s.document_key, s.task_id
FROM submissions AS s
LEFT JOIN tasks AS t USING (tenant, task_id)
WHERE s.tenant = %(tenant)s AND (s.task_id IS NULL OR (t.status = 'running' AND t.owner IS NULL))
ORDER BY s.created_at, s.submission_id
"""
_LINK = "SELECT link_submission(%(tenant)s, %(submission)s, %(task)s)"
_RECENT = """
SELECT tenant, task_id, status, reason, source, document_key, result_key, attempt
FROM tasks
WHERE tenant = %(tenant)s AND (%(before)s::uuid IS NULL OR task_id < %(before)s) {status}
ORDER BY task_id DESC
LIMIT %(limit)s
"""
_RECENT_OF_ALL = _RECENT.format(status="")
_RECENT_OF_STATUS = _RECENT.format(status="AND status = %(status)s")


class PostgresIntake(LedgerPart):
    """See `Intake`."""

    def put_submission(self, tenant: TenantId, submission: Submission, now_ms: int) -> Submission:
        """The one that stands; an earlier one where its idempotency key was used before."""
        parameters = {
            "tenant": tenant,
            "submission": submission.submission_id,
            "idempotency_key": None if submission.idempotency_key is None else storable(submission.idempotency_key),
            "digest": submission.digest,
            "document_key": submission.document_key,
            "now_ms": now_ms,
        }
        row = self._database.row(_PUT, parameters)
        assert row is not None
        return _submission(row)

    def link_submission(self, tenant: TenantId, submission_id: str, task: TaskId) -> None:
        """Raises UnknownRecord."""
        if not self._database.value(_LINK, {"tenant": tenant, "submission": submission_id, "task": task}):
            raise UnknownRecord(f"no submission {submission_id}")

    def submission(self, tenant: TenantId, submission_id: str) -> Submission:
        """Raises UnknownRecord."""
        row = self._database.row(_ONE, {"tenant": tenant, "submission": submission_id})
        if row is None:
            raise UnknownRecord(f"no submission {submission_id}")
        return _submission(row)

    def unfinished_submissions(self, tenant: TenantId) -> list[Submission]:
        """Those that no task was made of yet, or whose task is running and claimed by nobody."""
        return [_submission(row) for row in self._database.rows(_UNFINISHED, {"tenant": tenant})]

    def recent_tasks(
        self, tenant: TenantId, limit: int, before: TaskId | None = None, status: TaskStatus | None = None
    ) -> list[Task]:
        """Newest first. Ids begin with their time, so the primary key is in order."""
        parameters = {"tenant": tenant, "limit": limit, "before": before, "status": status}
        query = _RECENT_OF_ALL if status is None else _RECENT_OF_STATUS
        return [Task(**row) for row in self._database.rows(query, parameters)]


def _submission(row: Row) -> Submission:
    return Submission(**row | {"digest": bytes(row["digest"])})
