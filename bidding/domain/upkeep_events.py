"""Events of what runs beside the tasks: upkeep, sealing, replays, erasure, and functions that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bidding.domain.events import MarketEvent

ErrorSide = Literal["caller", "model", "operator", "unexpected"]
"""Who must act on an error: the groups of `errors`, and what is in none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsSwept(MarketEvent):
    """Expired holds were resolved by the sweep."""

    voided: int
    settled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionsKept(MarketEvent):
    """Room was made for the coming months; rows in default partitions had none when they came."""

    partitions: int
    rows_in_default: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFailed(MarketEvent):
    """A function raised. The error is told by its class and its place, never by its words: they may quote a task."""

    error: str
    side: ErrorSide
    place: str
    milliseconds: float


EVENTS: tuple[type[MarketEvent], ...] = tuple({each.name: each for each in MarketEvent.__subclasses__()}.values())
"""All there are, those of `events` first. By name, since a class with slots is made twice."""
