"""Events of a task as a whole: taken in, taken apart, put together, delivered."""

from __future__ import annotations

from collections.abc import Iterator

from bidding.domain.dataclass import dataclass
from bidding.domain.events import MarketEvent
from bidding.domain.ids import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIngested(MarketEvent):
    """A document was taken in as a task, or found to be one that is known. `execution` is who claimed it."""

    task_id: TaskId
    attempt: int
    status: str
    execution: str | None = None

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        if self.status == "claimed":
            yield "TasksIngested", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRefused(MarketEvent):
    """A document cannot become a task."""

    task_id: TaskId
    attempt: int
    reason: str

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield "TasksRefused", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDecomposed(MarketEvent):
    """A task was taken apart; `lots` are still open, `done_lots` an earlier attempt finished."""

    task_id: TaskId
    attempt: int
    lots: int
    done_lots: int
    waves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssembled(MarketEvent):
    """The answers of a task's lots were put together. `best_single_micros`: the seat believed best, on every lot."""

    task_id: TaskId
    status: str
    lots: int
    failed_lots: int
    cost_micros: int
    best_single_micros: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        yield ("TasksFailed" if self.failed_lots else "TasksDone"), 1
        yield "LotsAssembled", self.lots
        yield "LotsFailed", self.failed_lots
        yield "TaskCostMicros", self.cost_micros
        yield "BestSingleMicros", self.best_single_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDelivered(MarketEvent):
    """A task was closed, whichever way it ended."""

    task_id: TaskId
    status: str
