"""Approvals, their decisions, and who waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.domain.approvals import GOOD_ENOUGH, Approval, Autonomy, Verdict, Wait
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TaskId, TenantId

_COLUMNS = """
SELECT approval_id, task_id, lot_id, award_id, category, because,
       (1000 * extract(epoch FROM created_at))::bigint AS created_ms,
       (1000 * extract(epoch FROM escalates_at))::bigint AS escalates_ms,
       (1000 * extract(epoch FROM expires_at))::bigint AS expires_ms, verdict, decided_by,
       (1000 * extract(epoch FROM decided_at))::bigint AS decided_ms
FROM {source}
"""
_DECIDE = _COLUMNS.format(source="decide_approval(%(tenant)s, %(approval)s, %(verdict)s, %(by)s, %(now_ms)s)")
_VIEW = _COLUMNS.format(source="decided_approvals WHERE tenant = %(tenant)s")
_ONE = _VIEW + "AND approval_id = %(approval)s"
_OF_TASK = _VIEW + "AND task_id = %(task)s ORDER BY created_at, approval_id"
_OPEN = _VIEW + "AND verdict IS NULL ORDER BY expires_at, approval_id LIMIT %(limit)s"
_DECIDED = _VIEW + "AND verdict IS NOT NULL ORDER BY decided_at DESC, approval_id LIMIT %(limit)s"
_AUTONOMIES = """
SELECT category, streak, (1000 * extract(epoch FROM lost_at))::bigint AS lost_ms
FROM autonomies(%(tenant)s, %(good_enough)s)
"""
_WAIT = "SELECT wait_id, token, owner FROM waits WHERE tenant = %(tenant)s AND wait_id = %(wait)s"


class PostgresApprovals(LedgerPart):
    """See `ApprovalDesk`."""

    def put_approvals(self, tenant: TenantId, approvals: Sequence[Approval]) -> None:
        """Ask for them; those that were asked for before stay as they are."""
        rows = [asdict(approval) | {"category": storable(approval.category)} for approval in approvals]
        self._database.value("SELECT put_approvals(%(tenant)s, %(rows)s)", {"tenant": tenant, "rows": as_json(rows)})

    def decide_approval(self, tenant: TenantId, approval_id: str, verdict: Verdict, by: str, now_ms: int) -> Approval:
        """The first verdict stands. Raises UnknownRecord."""
        asked = {"tenant": tenant, "approval": approval_id, "verdict": verdict, "by": storable(by), "now_ms": now_ms}
        return _one(self._database.row(_DECIDE, asked), approval_id)

    def approval(self, tenant: TenantId, approval_id: str) -> Approval:
        """Raises UnknownRecord."""
        return _one(self._database.row(_ONE, {"tenant": tenant, "approval": approval_id}), approval_id)

    def approvals_of(self, tenant: TenantId, task: TaskId) -> list[Approval]:
        """Those of a task."""
        return [Approval(**row) for row in self._database.rows(_OF_TASK, {"tenant": tenant, "task": task})]

    def open_approvals(self, tenant: TenantId, limit: int) -> list[Approval]:
        """Undecided ones, the first to expire first."""
        return [Approval(**row) for row in self._database.rows(_OPEN, {"tenant": tenant, "limit": limit})]

    def recent_decisions(self, tenant: TenantId, limit: int) -> list[Approval]:
        """Decided ones, newest first."""
        return [Approval(**row) for row in self._database.rows(_DECIDED, {"tenant": tenant, "limit": limit})]

    def autonomies(self, tenant: TenantId) -> list[Autonomy]:
        """Every category that was ever asked about, by name."""
        rows = self._database.rows(_AUTONOMIES, {"tenant": tenant, "good_enough": GOOD_ENOUGH})
        return [Autonomy(**row) for row in rows]

    def put_wait(self, tenant: TenantId, wait: Wait, now_ms: int) -> None:
        """Say who waits now."""
        self._database.value(
            "SELECT put_wait(%(tenant)s, %(wait)s, %(token)s, %(owner)s, %(now_ms)s)",
            {"tenant": tenant, "wait": wait.wait_id, "token": wait.token, "owner": wait.owner, "now_ms": now_ms},
        )

    def wait_of(self, tenant: TenantId, wait_id: str) -> Wait | None:
        """Who waits, None for nobody."""
        row = self._database.row(_WAIT, {"tenant": tenant, "wait": wait_id})
        return Wait(**row) if row else None


def _one(row: Row | None, approval_id: str) -> Approval:
    if row is None:
        raise UnknownRecord(f"no approval {approval_id}")
    return Approval(**row)
