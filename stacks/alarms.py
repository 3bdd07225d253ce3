"""The alarms of the market: each a question about its metrics, with what to do when it rings.

Every alarm has a section of the same name in docs/how-to/runbooks.md; the context `runbooks_url` says where that page
is published. Rates are asked only where enough happened to have one. Metrics are those of docs/reference/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

NAMESPACE = "Atomic"
SERVICE = {"service": "atomic"}
RUNBOOKS = "docs/how-to/runbooks.md"

_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


@dataclass(frozen=True, slots=True)
class AlarmTerms:
    """An alarm: the metrics it reads by their id in `expression`, as (name, statistic), and when it rings.

    It rings where `points` of the newest `periods` values, one for each `period_s`, compare so with `threshold`.
    """

    name: str
    says: str
    metrics: Mapping[str, tuple[str, str]]
    expression: str
    threshold: float
    comparison: cloudwatch.ComparisonOperator = _ABOVE
    period_s: int = 300
    periods: int = 3
    points: int = 2
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


def _share(name: str, says: str, part: str, whole: str, above: float) -> AlarmTerms:
    """How large a part of the whole is, where the whole is five or more in a period."""
    metrics = {"part": (part, "Sum"), "whole": (whole, "Sum")}
    return AlarmTerms(name, says, metrics, "IF(whole >= 5, part / whole, 0)", above)


def _any(name: str, says: str, metric: str) -> AlarmTerms:
    """Once is too often."""
    return AlarmTerms(name, says, {"m": (metric, "Sum")}, "m", 1, _AT_LEAST, periods=1, points=1)


def _gauge(name: str, says: str, metric: str, above: float) -> AlarmTerms:
    return AlarmTerms(name, says, {"m": (metric, "Maximum")}, "m", above, _AT_LEAST)


ALARMS: Sequence[AlarmTerms] = (
    _share("no-awards", "more than a fifth of the auctions end without an award", "NoAwards", "Auctions", 0.2),
    _share("re-auctions", "three in ten auctions are held because a winner failed", "ReAuctions", "Auctions", 0.3),
    _share("lots-fail", "more than a tenth of the lots end without an answer", "LotsFailed", "LotsAssembled", 0.1),
    _gauge("budget-nearly-spent", "nine tenths of a budget are spent or held", "BudgetUsed", 0.9),
    _any("budget-refuses", "a budget had no room for a winner", "BudgetRefusals"),
    _share("price-over-quote", "calls cost a quarter more than was quoted", "ActualMicros", "QuotedMicros", 1.25),
    _share("answers-invalid", "a fifth of the answers are not of their type", "SchemaInvalid", "Executions", 0.2),
    _share("throttled", "more than a tenth of the calls are turned away", "Throttles", "Executions", 0.1),
    _share("time-outs", "more than a tenth of the calls take too long", "TimeOuts", "Executions", 0.1),
    AlarmTerms("slow-answers", "one call in a hundred takes ten seconds", {"m": ("ModelLatency", "p99")}, "m", 10_000),
    AlarmTerms(
        "overconfident",
        "seats promise far more quality than they give",
        {"n": ("ScoredQuality", "SampleCount"), "p": ("PromisedQuality", "Average"), "s": ("ScoredQuality", "Average")},
        "IF(n >= 5, p - s, 0)",
        0.25,
    ),
    _gauge("one-seat-wins-all", "one seat wins nearly everything", "WinConcentration", 0.95),
    _gauge("holds-stay-open", "a hold is open for twenty minutes", "OldestHold", 20 * 60_000),
    _gauge("not-sealed", "rows are not sealed for fifteen minutes", "Unsealed", 15 * 60_000),
    _any("rows-without-partition", "rows came for a month that has no partition", "RowsInDefault"),
    _any("operator-errors", "a function met what an operator must mend", "OperatorErrors"),
    _any("unexpected-errors", "a function met an error that the code does not know", "UnexpectedErrors"),
    _any("ledger-rolled-back", "the ledger is not the one that was anchored", "LedgerRollbacks"),
    AlarmTerms(
        "nobody-measures",
        "the minute's measurement does not come",
        {"m": ("OldestHold", "SampleCount")},
        "m",
        1,
        _BELOW,
        points=3,
        missing=cloudwatch.TreatMissingData.BREACHING,
    ),
)


@dataclass(frozen=True, slots=True)
class Vended:
    """A metric that AWS writes by itself, and what is too much of it; `of` tells alarms of one name apart."""

    name: str
    says: str
    metric: cloudwatch.IMetric
    threshold: float
    of: str = ""


class Alarms(Construct):
    """All alarms, told to one topic. `all` is for the dashboard."""

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic, vended: Sequence[Vended]) -> None:
        super().__init__(scope, construct_id)
        self.all: list[cloudwatch.Alarm] = []
        self._runbooks = str(self.node.try_get_context("runbooks_url") or RUNBOOKS)
        self._action = actions.SnsAction(topic)
        for terms in ALARMS:
            self._add(terms.name, terms.says, _metric(terms), terms)
        for each in vended:
            once = AlarmTerms(each.name, each.says, {}, "", each.threshold, _AT_LEAST, periods=1, points=1)
            self._add(each.name, each.says, each.metric, once, of=each.of)

    def _add(self, name: str, says: str, metric: cloudwatch.IMetric, terms: AlarmTerms, of: str = "") -> None:
        alarm = cloudwatch.Alarm(
            self,
            "".join(word.capitalize() for word in name.split("-")) + of,
            alarm_description=f"{says[:1].upper()}{says[1:]}. What to do: {self._runbooks}#{name}",
            metric=metric,
            threshold=terms.threshold,
            comparison_operator=terms.comparison,
            evaluation_periods=terms.periods,
            datapoints_to_alarm=terms.points,
            treat_missing_data=terms.missing,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.all.append(alarm)


def metric(name: str, statistic: str, period_s: int = 300) -> cloudwatch.Metric:
    """One of the market's metrics, over all seats."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map=SERVICE,
        statistic=statistic,
        period=Duration.seconds(period_s),
    )


def _metric(terms: AlarmTerms) -> cloudwatch.IMetric:
    read = {key: metric(name, statistic, terms.period_s) for key, (name, statistic) in terms.metrics.items()}
    if terms.expression in read:
        return read[terms.expression]
    return cloudwatch.MathExpression(
        expression=terms.expression, using_metrics=read, period=Duration.seconds(terms.period_s), label=terms.name
    )
