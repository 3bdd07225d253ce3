"""Alarms of a synthesised template, applied to metrics as CloudWatch would.

An evaluation looks at the newest `EvaluationPeriods` data points, two periods further back where some are missing, and
treats what is then still missing as the alarm says.
Source: Amazon CloudWatch, "Alarm evaluation", with its tables of missing data.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.alarms.expressions import evaluate as compute
from tests.alarms.series import MetricStore, Points, metric_key

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Missing = Literal["missing", "ignore", "breaching", "notBreaching"]
_SPARE_PERIODS = 2

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}

Resolve = Callable[[Any], str]
"""Turns a value of a template, such as a reference, into text."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as a template has it."""

    name: str
    properties: Mapping[str, Any]

    @property
    def periods(self) -> int:
        """N: how many data points are looked at."""
        return int(self.properties["EvaluationPeriods"])

    @property
    def points_to_alarm(self) -> int:
        """M: how many of them must breach."""
        return int(self.properties.get("DatapointsToAlarm", self.periods))

    @property
    def period_s(self) -> int:
        """How long a period is."""
        queries = self.properties.get("Metrics", ())
        inner = [query["MetricStat"]["Period"] for query in queries if "MetricStat" in query]
        return int(inner[0] if inner else self.properties["Period"])

    @property
    def missing(self) -> Missing:
        """What a missing data point counts as."""
        missing: Missing = self.properties.get("TreatMissingData", "missing")
        return missing

    def breaches(self, value: float) -> bool:
        """Whether a data point is beyond the threshold."""
        return _COMPARISONS[self.properties["ComparisonOperator"]](value, float(self.properties["Threshold"]))


def alarms_of(template: Mapping[str, Any]) -> list[Alarm]:
    """Every metric alarm of a template, by its logical id."""
    return [
        Alarm(name, resource["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]


def state_at(alarm: Alarm, store: MetricStore, now_s: int, before: State = "OK", resolve: Resolve = str) -> State:
    """The alarm's state at `now_s`, Unix seconds, having been `before`."""
    points = _points(alarm, store, resolve)
    newest = now_s // alarm.period_s * alarm.period_s
    starts = [newest - alarm.period_s * back for back in range(alarm.periods + _SPARE_PERIODS)]
    breaching = [None if start not in points else alarm.breaches(points[start]) for start in reversed(starts)]
    return decide(breaching, alarm.periods, alarm.points_to_alarm, alarm.missing, before)


def decide(  # noqa: PLR0911  one way out per row of CloudWatch's tables
    breaching: Sequence[bool | None], periods: int, points_to_alarm: int, missing: Missing, before: State
) -> State:
    """The state from whether each data point breached, oldest first, None where there was none."""
    real = [each for each in breaching if each is not None][-periods:]
    bad = sum(real)
    unknown = periods - len(real)
    if not unknown or bad >= points_to_alarm:
        return "ALARM" if bad >= points_to_alarm else "OK"
    match missing:
        case "breaching":
            return "ALARM" if bad + unknown >= points_to_alarm else "OK"
        case "notBreaching":
            return "OK"
        case "ignore":
            return "OK" if len(real) > bad else before
        case "missing":
            if not real:
                return "INSUFFICIENT_DATA"
            if len(real) > bad:
                return "OK"
            oldest_age = len(breaching) - next(n for n, each in enumerate(breaching) if each)
            return "ALARM" if oldest_age >= points_to_alarm else before


def _points(alarm: Alarm, store: MetricStore, resolve: Resolve) -> Points:
    properties = alarm.properties
    if "MetricName" in properties:
        return _stat(properties, properties, store, resolve)
    series: dict[str, Points] = {}
    expressions: list[Mapping[str, Any]] = []
    for query in properties["Metrics"]:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            series[query["Id"]] = _stat(stat["Metric"], stat, store, resolve)
        else:
            expressions.append(query)
    (returned,) = [query for query in expressions if query.get("ReturnData", True)]
    return compute(returned["Expression"], series)


def _stat(metric: Mapping[str, Any], stat: Mapping[str, Any], store: MetricStore, resolve: Resolve) -> Points:
    dimensions = {each["Name"]: resolve(each["Value"]) for each in metric.get("Dimensions", ())}
    key = metric_key(metric["Namespace"], metric["MetricName"], dimensions)
    statistic = stat.get("Stat") or stat.get("Statistic") or stat["ExtendedStatistic"]
    return store.points(key, statistic, int(stat["Period"]))
