"""Alarms evaluated as CloudWatch does."""

from __future__ import annotations

import pytest

from tests.alarms.evaluate import Alarm, Missing, State, decide, state_at
from tests.alarms.expressions import UnknownExpression, evaluate
from tests.alarms.series import MetricStore, metric_key, percentile, store_of

_TREATMENTS: tuple[Missing, ...] = ("missing", "ignore", "breaching", "notBreaching")
_WORDS = {"I": "INSUFFICIENT_DATA", "A": "ALARM", "O": "OK"}


def points(text: str) -> list[bool | None]:
    """`0 - X` as data points: fine, missing, breaching."""
    return [{"0": False, "-": None, "X": True}[each] for each in text.split()]


@pytest.mark.parametrize(
    ("said", "to_alarm", "states"),
    [  # the tables of CloudWatch's documentation: missing, ignore, breaching, notBreaching; R keeps the state
        ("0 - X - X", 3, "OOOO"),
        ("0 - - - -", 3, "OOOO"),
        ("- - - - -", 3, "IRAO"),
        ("0 X X - X", 3, "AAAA"),
        ("- - X - -", 3, "ARAO"),
        ("0 - X - X", 2, "AAAA"),
        ("0 0 X 0 X", 2, "AAAA"),
        ("0 - X - -", 2, "OOAO"),
        ("- - - - 0", 2, "OOAO"),
        ("- - - X -", 2, "ARAO"),
        ("- - - - X", 3, "RRAO"),
    ],
)
def test_missing_data(said: str, to_alarm: int, states: str) -> None:
    """Three periods, two to spare: every row and column of CloudWatch's tables, and its premature alarm."""
    befores: tuple[State, ...] = ("OK", "ALARM")
    for before in befores:
        decided = [decide(points(said), 3, to_alarm, missing, before) for missing in _TREATMENTS]
        assert decided == [_WORDS.get(state, before) for state in states]


def test_expressions() -> None:
    """Arithmetic, comparisons, IF and FILL work point by point; a missing point or a division by zero gives none."""
    series = {"part": {0: 3.0, 60: 1.0, 120: 0.0}, "whole": {0: 10.0, 60: 2.0, 120: 0.0, 180: 9.0}}

    assert evaluate("IF(whole >= 5, part / whole, 0)", series) == {0: 0.3, 60: 0.0, 120: 0.0}
    assert evaluate("part / whole", series) == {0: 0.3, 60: 0.5}
    assert evaluate("FILL(part, 0) - -whole * 2", series) == {0: 23.0, 60: 5.0, 120: 0.0, 180: 18.0}
    with pytest.raises(UnknownExpression):
        evaluate("ANOMALY_DETECTION_BAND(part)", series)


def test_percentiles() -> None:
    """A percentile is the smallest value that so many per cent do not exceed; other statistics are refused."""
    values = [float(n) for n in range(1, 101)]

    assert (percentile("p50")(values), percentile("p99")(values), percentile("p99")([7.0])) == (50.0, 99.0, 7.0)
    with pytest.raises(ValueError, match="IQM"):
        percentile("IQM")


def _line(at_s: int, value: float) -> dict[str, object]:
    directive = {
        "Namespace": "N",
        "Dimensions": [["service"], ["service", "seat"]],
        "Metrics": [{"Name": "M", "Unit": "Count"}],
    }
    aws = {"Timestamp": at_s * 1_000, "CloudWatchMetrics": [directive]}
    return {"service": "s", "seat": "a", "M": value, "_aws": aws}


def test_lines_become_metrics() -> None:
    """A line's metrics count once for each of its sets of dimensions, in the period of its time stamp."""
    store = store_of([_line(10, 2), _line(50, 4), _line(70, 9), {"message": "nothing measured"}])
    key = metric_key("N", "M", {"service": "s"})

    assert store.points(key, "Sum", 60) == {0: 6.0, 60: 9.0}
    assert store.points(key, "SampleCount", 60) == {0: 2.0, 60: 1.0}
    assert store.points(metric_key("N", "M", {"service": "s", "seat": "a"}), "Average", 60) == {0: 3.0, 60: 9.0}
    assert store.points(metric_key("N", "M", {"seat": "a"}), "Sum", 60) == {}


def test_an_alarm_looks_at_its_own_periods() -> None:
    """Two breaching minutes of three ring; the same minutes an hour ago do not."""
    alarm = Alarm(
        "a",
        {
            "Namespace": "N", "MetricName": "M", "Dimensions": [{"Name": "service", "Value": "s"}], "Statistic": "Sum",
            "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 5,
            "TreatMissingData": "notBreaching", "ComparisonOperator": "GreaterThanThreshold",
        },
    )  # fmt: skip
    store: MetricStore = store_of([_line(3_600, 9), _line(3_660, 1), _line(3_720, 6)])

    assert state_at(alarm, store, 3_730) == "ALARM"
    assert state_at(alarm, store, 3_670) == "OK"
    assert state_at(alarm, store, 7_200) == "OK"
