"""Approvals, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.approvals import GOOD_ENOUGH, Approval, Autonomy, Verdict, Wait
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TaskId, TenantId


class InMemoryApprovals(TablesPart):
    """See `ApprovalDesk`."""

    def put_approvals(self, tenant: TenantId, approvals: Sequence[Approval]) -> None:
        """Ask for them; those that were asked for before stay as they are."""
        with self._tables.lock:
            for approval in approvals:
                self._tables.approvals.setdefault((tenant, approval.approval_id), approval)

    def decide_approval(self, tenant: TenantId, approval_id: str, verdict: Verdict, by: str, now_ms: int) -> Approval:
        """The first verdict stands. Raises UnknownRecord."""
        with self._tables.lock:
            known = self.approval(tenant, approval_id)
            if known.verdict is None:
                known = replace(known, verdict=verdict, decided_by=by, decided_ms=now_ms)
                self._tables.approvals[tenant, approval_id] = known
            return known

    def approval(self, tenant: TenantId, approval_id: str) -> Approval:
        """Raises UnknownRecord."""
        try:
            return self._tables.approvals[tenant, approval_id]
        except KeyError:
            raise UnknownRecord(f"no approval {approval_id}") from None

    def approvals_of(self, tenant: TenantId, task: TaskId) -> list[Approval]:
        """Those of a task."""
        found = [each for each in self._of(tenant) if each.task_id == task]
        return sorted(found, key=lambda each: (each.created_ms, each.approval_id))

    def open_approvals(self, tenant: TenantId, limit: int) -> list[Approval]:
        """Undecided ones, the first to expire first."""
        found = [each for each in self._of(tenant) if each.verdict is None]
        return sorted(found, key=lambda each: (each.expires_ms, each.approval_id))[:limit]

    def recent_decisions(self, tenant: TenantId, limit: int) -> list[Approval]:
        """Decided ones, newest first."""
        found = [each for each in self._of(tenant) if each.verdict is not None]
        return sorted(found, key=lambda each: (-(each.decided_ms or 0), each.approval_id))[:limit]

    def autonomies(self, tenant: TenantId) -> list[Autonomy]:
        """Every category that was ever asked about, by name."""
        approvals = self._of(tenant)
        found = []
        for category in sorted({each.category for each in approvals}):
            own = [each for each in approvals if each.category == category]
            lost = max((each.decided_ms or 0 for each in own if self._is_bad(tenant, each)), default=None)
            approved = [each for each in own if each.verdict == "approved"]
            streak = sum(lost is None or (each.decided_ms or 0) > lost for each in approved)
            found.append(Autonomy(category, streak, lost))
        return found

    def put_wait(self, tenant: TenantId, wait: Wait, now_ms: int) -> None:
        """Say who waits now."""
        self._tables.waits[tenant, wait.wait_id] = wait

    def wait_of(self, tenant: TenantId, wait_id: str) -> Wait | None:
        """Who waits, None for nobody."""
        return self._tables.waits.get((tenant, wait_id))

    def _of(self, tenant: TenantId) -> list[Approval]:
        return [each for (owner, _), each in self._tables.approvals.items() if owner == tenant]

    def _is_bad(self, tenant: TenantId, approval: Approval) -> bool:
        if approval.verdict != "autonomous":
            return approval.verdict in {"edited", "rejected"}
        judged = [each.outcome for each in self._tables.outcomes_of(tenant, approval.award_id)]
        return any(each.source == "human" and (each.reward or 0.0) < GOOD_ENOUGH for each in judged)
