"""The metrics of the market, which its events measure.

Every set of dimensions is billed as a metric of its own, so there are two: the service, and the service with the seat.
What tells lots and tasks apart stands beside the numbers, where it costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.events import MarketEvent

NAMESPACE = "Atomic"
SERVICE = "atomic"

Unit = Literal["Count", "None", "Milliseconds"]
Scope = Literal["service", "seat", "both"]
"""Which dimensions a metric has: the service, the service and the seat, or once with each."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the catalogue. Money has unit None: micro-dollars."""

    name: str
    unit: Unit
    scope: Scope
    meaning: str


METRICS: tuple[Metric, ...] = (
    Metric("TasksIngested", "Count", "service", "documents claimed as tasks"),
    Metric("TasksRefused", "Count", "service", "documents that cannot become a task"),
    Metric("TasksDone", "Count", "service", "tasks with an answer for every lot"),
    Metric("TasksFailed", "Count", "service", "tasks with a lot that has none"),
    Metric("LotsAssembled", "Count", "service", "lots of assembled tasks"),
    Metric("LotsFailed", "Count", "service", "those of them without an answer"),
    Metric("TaskCostMicros", "None", "service", "what a task cost"),
    Metric("BestSingleMicros", "None", "service", "what the seats believed best would have cost for it"),
    Metric("Auctions", "Count", "service", "auctions held, each round one"),
    Metric("NoAwards", "Count", "service", "those that ended without an award"),
    Metric("ReAuctions", "Count", "service", "those held because a winner failed"),
    Metric("BudgetRefusals", "Count", "service", "winners that the budget had no room for"),
    Metric("Wins", "Count", "both", "awards; a seat's over all of them is its win share"),
    Metric("ClearingPriceMicros", "None", "both", "winner's quoted price"),
    Metric("Executions", "Count", "both", "model calls that ended"),
    Metric("QuotedMicros", "None", "both", "quoted price of those calls"),
    Metric("ActualMicros", "None", "both", "what they cost"),
    Metric("ModelLatency", "Milliseconds", "both", "how long they took, for percentiles"),
    Metric("ModelFailures", "Count", "both", "calls that gave no valid answer"),
    Metric("SchemaInvalid", "Count", "both", "calls whose answer was not of the lot's type, or cut off"),
    Metric("Throttles", "Count", "both", "calls that the provider turned away"),
    Metric("TimeOuts", "Count", "both", "calls that took too long"),
    Metric("PromisedQuality", "None", "both", "quality believed of answers that were scored"),
    Metric("ScoredQuality", "None", "both", "reward they got; beside the promise it is the calibration"),
    Metric("Feedback", "Count", "service", "judgements by humans"),
    Metric("ApprovalsAsked", "Count", "service", "answers that wait for a person"),
    Metric("ApprovalsExpired", "Count", "service", "those that nobody decided in time"),
    Metric("OutcomesFolded", "Count", "service", "outcomes that became policy"),
    Metric("BudgetUsed", "None", "service", "fullest budget's share spent or held, in [0, 1]"),
    Metric("WinConcentration", "None", "service", "Herfindahl index of an hour's wins, from twenty wins on"),
    Metric("OldestHold", "Milliseconds", "service", "age of the oldest unresolved hold"),
    Metric("Unsealed", "Milliseconds", "service", "age of the oldest row that no receipt covers"),
    Metric("HoldsExpired", "Count", "service", "holds that the sweep had to resolve"),
    Metric("RowsInDefault", "Count", "service", "rows that no month's partition had room for"),
    Metric("OperatorErrors", "Count", "service", "functions stopped by what an operator must mend"),
    Metric("UnexpectedErrors", "Count", "service", "functions stopped by an error that the code does not know"),
    Metric("LedgerRollbacks", "Count", "service", "sealing refused: the ledger is not the one that was anchored"),
)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def measured(event: MarketEvent) -> dict[str, float]:
    """What an event measures, by the name of the metric; empty where it measures nothing."""
    return dict(event.measured())
