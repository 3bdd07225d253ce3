"""What the front door needs of the ledger: submissions, and tasks page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bidding.domain.ids import TaskId, TenantId
from bidding.domain.records import Task, TaskStatus


@dataclass(frozen=True, slots=True)
class Submission:
    """A document that was handed in. `digest` is of the whole request, `task_id` None until it was taken in."""

    submission_id: str
    idempotency_key: str | None
    digest: bytes
    document_key: str
    task_id: TaskId | None = None


class Intake(Protocol):
    """Submissions, and the tasks that came of them."""

    def put_submission(self, tenant: TenantId, submission: Submission, now_ms: int) -> Submission:
        """Keep it, and return the one that stands: an earlier one where its idempotency key was used before."""

    def link_submission(self, tenant: TenantId, submission_id: str, task: TaskId) -> None:
        """Say which task it became; the first word stands. Raises UnknownRecord."""

    def submission(self, tenant: TenantId, submission_id: str) -> Submission:
        """Raises UnknownRecord."""

    def recent_tasks(
        self, tenant: TenantId, limit: int, before: TaskId | None = None, status: TaskStatus | None = None
    ) -> list[Task]:
        """At most `limit` tasks first ingested before that one, newest first."""
