"""Events of what runs beside the tasks: upkeep, sealing, replays, erasure.

Few functions report them, and those that do not never import them.
"""

from __future__ import annotations

from collections.abc import Iterator

from bidding.domain.dataclass import dataclass
from bidding.domain.events import MarketEvent

CONCENTRATION_WINS_MIN = 20
"""Fewer wins than that say nothing about who wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsSwept(MarketEvent):
    """Expired holds were resolved by the sweep."""

    voided: int
    settled: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """Holds that nobody came back for."""
        yield "HoldsExpired", self.voided + self.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionsKept(MarketEvent):
    """Room was made for the coming months; rows in default partitions had none when they came."""

    partitions: int
    rows_in_default: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """Rows that no month took."""
        yield "RowsInDefault", self.rows_in_default


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketMeasured(MarketEvent):
    """Gauges over all tenants. Fractions lie in [0, 1]; None where there is nothing to divide by.

    `budget_used` is the fullest budget's share spent or held, `concentration` the Herfindahl index of the seats'
    wins of the last hour: 1 where one seat wins all. Ages are those of the oldest, in milliseconds, 0 without any.
    """

    budget_used: float | None
    concentration: float | None
    wins: int
    open_holds: int
    oldest_hold_ms: int
    unsealed_ms: int

    def measured(self) -> Iterator[tuple[str, float]]:
        """Its gauges, as far as there is anything to tell."""
        if self.budget_used is not None:
            yield "BudgetUsed", self.budget_used
        if self.concentration is not None and self.wins >= CONCENTRATION_WINS_MIN:
            yield "WinConcentration", self.concentration
        yield "OldestHold", self.oldest_hold_ms
        yield "Unsealed", self.unsealed_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsSealed(MarketEvent):
    """What was committed is sealed; `receipts` 0 where there was nothing new."""

    receipts: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlanned(MarketEvent):
    """The log was cut into chunks for a replay."""

    chunks: int
    policies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayChunkSummed(MarketEvent):
    """One chunk of the log was summed up."""

    chunk: int
    auctions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummarised(MarketEvent):
    """Policies were estimated; the log could not answer for `refused` of them."""

    policies: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksErased(MarketEvent):
    """What came from a person was taken away."""

    tasks: int
    objects: int
