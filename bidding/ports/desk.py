"""What the front desk needs of the ledger: what was handed in, what waits for a person, and who waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bidding.domain.approvals import Approval, Autonomy, Verdict, Wait
from bidding.domain.dataclass import dataclass
from bidding.domain.deferrals import LEASE_MS, Deferral
from bidding.domain.ids import AwardId, SeatId, TaskId, TenantId
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

    def unfinished_submissions(self, tenant: TenantId) -> list[Submission]:
        """Those that no task was made of yet, or whose task is running and claimed by nobody."""

    def recent_tasks(
        self, tenant: TenantId, limit: int, before: TaskId | None = None, status: TaskStatus | None = None
    ) -> list[Task]:
        """At most `limit` tasks first ingested before that one, newest first."""


class ApprovalDesk(Protocol):
    """Approvals and their decisions, append-only; and who waits for them."""

    def put_approvals(self, tenant: TenantId, approvals: Sequence[Approval]) -> None:
        """Ask for them; those that were asked for before stay as they are. A verdict that they bring is written too."""

    def decide_approval(self, tenant: TenantId, approval_id: str, verdict: Verdict, by: str, now_ms: int) -> Approval:
        """Decide, once: the first verdict stands, and is in what is returned. Raises UnknownRecord."""

    def approval(self, tenant: TenantId, approval_id: str) -> Approval:
        """Raises UnknownRecord."""

    def approvals_of(self, tenant: TenantId, task: TaskId) -> list[Approval]:
        """Those of a task, by the time they were asked for and their id."""

    def open_approvals(self, tenant: TenantId, limit: int) -> list[Approval]:
        """Undecided ones, the first to expire first."""

    def recent_decisions(self, tenant: TenantId, limit: int) -> list[Approval]:
        """Decided ones, newest first."""

    def autonomies(self, tenant: TenantId) -> list[Autonomy]:
        """Every category that was ever asked about, by name."""

    def put_wait(self, tenant: TenantId, wait: Wait, now_ms: int) -> None:
        """Say who waits now; a later one takes the place of an earlier one."""

    def wait_of(self, tenant: TenantId, wait_id: str) -> Wait | None:
        """Who waits, None for nobody."""


class DeferredWork(Protocol):
    """Awards that are answered later. Workers take them one by one, each for as long as it gives signs of life."""

    def put_deferral(self, tenant: TenantId, deferral: Deferral, now_ms: int) -> None:
        """Offer an award to those who answer later; a second call changes nothing."""

    def deferral(self, tenant: TenantId, award: AwardId) -> Deferral:
        """Raises UnknownRecord."""

    def open_deferrals(self, tenant: TenantId, now_ms: int) -> list[Deferral]:
        """Some hundred that can still be answered, the first to expire first."""

    def take_deferral(
        self, tenant: TenantId, seats: Sequence[SeatId], worker: str, now_ms: int, lease_ms: int = LEASE_MS
    ) -> Deferral | None:
        """The next lot of these seats, for this worker alone until its lease ends. One it has already comes first."""

    def keep_deferral(
        self, tenant: TenantId, award: AwardId, worker: str, now_ms: int, lease_ms: int = LEASE_MS
    ) -> bool:
        """Go on having it; False where somebody else has it, or nobody can any more."""


class FrontDesk(Intake, ApprovalDesk, DeferredWork, Protocol):
    """All of it."""
