"""What clients are answered about what waits: for a person's verdict, and for whoever answers later."""

from __future__ import annotations

from typing import Literal

from schemas.base import Identifier, Wire
from schemas.execution import FailureReason
from schemas.terms import Kind, Part


class Approval(Wire):
    """An answer that waits for a person, or waited; `verdict` is null while it waits."""

    approval_id: Identifier
    task_id: Identifier
    lot_id: Identifier
    kind: Kind
    category: str
    because: Literal["kind", "low_confidence"]
    source: str
    created_ms: int
    escalates_ms: int
    expires_ms: int
    overdue: bool
    verdict: Literal["approved", "edited", "rejected", "expired", "autonomous"] | None
    decided_by: str | None
    decided_ms: int | None
    output: dict[str, object] | None


class Autonomy(Wire):
    """How a category stands: approvals in a row without an edit, and when it last lost what it had."""

    category: str
    streak: int
    lost_ms: int | None


class ApprovalList(Wire):
    """What waits, the first to expire first; what was decided lately; and how categories stand."""

    open: tuple[Approval, ...]
    decided: tuple[Approval, ...]
    autonomy: tuple[Autonomy, ...]


class DeferredLot(Wire):
    """A lot that waits for a seat that answers later."""

    award_id: Identifier
    lot_id: Identifier
    seat_id: Identifier
    kind: Kind
    part: Part
    expires_ms: int
    subject: str
    text: str


class DeferredLots(Wire):
    """What waits for people and workers, the first to expire first."""

    lots: tuple[DeferredLot, ...]


class Work(Wire):
    """One lot for one worker: `job` is null where there is none. Beat within `lease_s`, answer before `expires_ms`."""

    award_id: Identifier | None
    seat_id: Identifier | None
    job: dict[str, object] | None
    expires_ms: int | None
    lease_s: int


class WorkTaken(Wire):
    """How the execution stands; a failure goes to the next in line."""

    award_id: Identifier
    status: Literal["succeeded", "failed", "working"]
    reason: FailureReason | None
