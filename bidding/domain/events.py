"""What the market decides, one event per decision, for those who watch: logs, metrics and traces.

Here is what all share; events stand in modules by what they are about. An event holds ids, codes, numbers and names of
seats. There is no field for what a task says or who sent it, and what is put into a field is looked at once more
before it leaves: see `disclosure`. Money is in micro-dollars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import ClassVar, Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import AwardId, LotId, SeatId, TaskId, TenantId

ErrorSide = Literal["caller", "model", "operator", "unexpected"]
"""Who must act on an error: the groups of `errors`, and what is in none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketEvent:
    """A decision. `tenant` is None where it concerns the whole installation."""

    name: ClassVar[str] = ""
    """The class's name in snake case: what the line is called in the log."""

    tenant: TenantId | None = None

    def __init_subclass__(cls) -> None:
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def known(self) -> dict[str, object]:
        """Its fields by name, those that are None left out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def measured(self) -> Iterator[tuple[str, float]]:
        """What it measures, by the names of `measurements`; nothing, for most."""
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFailed(MarketEvent):
    """A function raised. The error is told by its class and its place, never by its words: they may quote a task."""

    error: str
    side: ErrorSide
    place: str
    milliseconds: float

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        if self.side == "operator":
            yield "OperatorErrors", 1
        elif self.side == "unexpected":
            yield "UnexpectedErrors", 1
        if self.error == "LedgerRolledBack":
            yield "LedgerRollbacks", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerJudged(MarketEvent):
    """What was said of an answer's worth, by checks or by somebody; no reward where nobody could tell."""

    task_id: TaskId
    lot_id: LotId
    award_id: AwardId
    seat_id: SeatId
    kind: str
    source: str
    reward: float | None
    promised_quality: float | None

    def measured(self) -> Iterator[tuple[str, float]]:
        """See `MarketEvent`."""
        if self.reward is not None and self.promised_quality is not None:
            yield "PromisedQuality", self.promised_quality
            yield "ScoredQuality", self.reward


def place_of(error: Exception) -> str:
    """Where it was raised: the last file and line."""
    traceback = error.__traceback__
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
