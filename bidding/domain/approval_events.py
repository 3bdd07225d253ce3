"""Events of answers that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.events import MarketEvent
from bidding.domain.ids import AwardId, LotId, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(MarketEvent):
    """An answer waits for a person, or is `autonomous` where its category has earned that nobody is asked."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    status: Literal["open", "autonomous"]

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield "ApprovalsAsked", 1 if self.status == "open" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(MarketEvent):
    """A person approved, edited or rejected an answer, or it expired; `waited_ms` since it was asked for."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    verdict: str
    waited_ms: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield "ApprovalsExpired", 1 if self.verdict == "expired" else 0
