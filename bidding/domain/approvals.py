"""Approvals: which answers wait for a person, and which kinds of answer have earned that they need not.

A category is a kind of lot together with the label its task was given, such as `draft invoice`. It earns autonomy by a
number of approvals in a row without an edit, and loses it by the first edit or rejection, or when a person judges an
answer badly that nobody was asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import AwardId, LotId, TaskId

Verdict = Literal["approved", "edited", "rejected", "expired", "autonomous"]
Because = Literal["kind", "low_confidence"]
GOOD_ENOUGH = 0.9
"""A person's reward from which an answer that nobody was asked about keeps its category's autonomy."""


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """What a submitter wants to see before it counts.

    Answers of `kinds` always, and any answer whose own confidence, or whose reward by checks, is below
    `confidence_floor`. After `escalate_s` an approval is overdue, after `expire_s` it counts as refused.
    `autonomy_after` approvals without an edit earn a category that it is not asked about; None for never.
    Raises InvalidRequest where a bound is out of its range.
    """

    kinds: frozenset[str] = frozenset({"draft"})
    confidence_floor: float = 0.5
    escalate_s: int = 86_400
    expire_s: int = 604_800
    autonomy_after: int | None = 5

    def __post_init__(self) -> None:
        if not 0 < self.escalate_s < self.expire_s <= 2_592_000:
            raise InvalidRequest("approval: escalate_s comes before expire_s, which is at most 30 days")

    def because(self, kind: str, output: Mapping[str, object], reward: float | None) -> Because | None:
        """Why a person must see this answer, None where none need. An unknown confidence is not a low one."""
        if kind in self.kinds:
            return "kind"
        own = output.get("confidence")
        confidence = float(own) if isinstance(own, (int, float)) and not isinstance(own, bool) else reward
        return "low_confidence" if confidence is not None and confidence < self.confidence_floor else None


@dataclass(frozen=True, slots=True)
class Approval:
    """An answer that waits for a person, or waited. `verdict` None while it waits."""

    approval_id: str
    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    category: str
    because: Because
    created_ms: int
    escalates_ms: int
    expires_ms: int
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Autonomy:
    """How a category stands: approvals in a row, and when it last lost what it had."""

    category: str
    streak: int
    lost_ms: int | None

    def earned(self, terms: ApprovalTerms) -> bool:
        """Whether answers of this category need no person any more."""
        return terms.autonomy_after is not None and self.streak >= terms.autonomy_after


@dataclass(frozen=True, slots=True)
class Wait:
    """Who waits for something to be decided: a task token, and the process that holds the execution."""

    wait_id: str
    token: str
    owner: str
