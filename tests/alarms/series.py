"""What CloudWatch would make of lines with embedded metrics: values by metric, and statistics by period."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MetricKey = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and dimensions."""
Points = dict[int, float]
"""A value by the start of its period, in Unix seconds; a period without data has none."""

_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}


def metric_key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """The key of one metric."""
    return namespace, name, frozenset(dimensions.items())


@dataclass
class MetricStore:
    """Every value with its time, in Unix milliseconds, by metric."""

    values: dict[MetricKey, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: MetricKey, at_ms: int, value: float) -> None:
        """One measurement."""
        self.values[key].append((at_ms, value))

    def take(self, line: Mapping[str, Any]) -> None:
        """All metrics of a line, once for each of their sets of dimensions; nothing of a line without any."""
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = {name: line[name] for name in names}
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    for each in value if isinstance(value, list) else [value]:
                        key = metric_key(directive["Namespace"], metric["Name"], dimensions)
                        self.add(key, line["_aws"]["Timestamp"], each)

    def points(self, key: MetricKey, statistic: str, period_s: int) -> Points:
        """The statistic of every period that has data."""
        by_period: dict[int, list[float]] = defaultdict(list)
        for at_ms, value in self.values.get(key, ()):
            by_period[at_ms // 1_000 // period_s * period_s].append(value)
        compute = _STATISTICS.get(statistic) or percentile(statistic)
        return {start: float(compute(values)) for start, values in by_period.items()}


def store_of(lines: Iterable[Mapping[str, Any]]) -> MetricStore:
    """The metrics of all lines."""
    store = MetricStore()
    for line in lines:
        store.take(line)
    return store


def percentile(statistic: str) -> Callable[[list[float]], float]:
    """`p99` as a function: the smallest value that so many per cent do not exceed.

    Raises ValueError for a statistic that is not known here.
    """
    if not statistic.startswith("p"):
        raise ValueError(f"the statistic {statistic} is not known here")
    share = float(statistic[1:]) / 100
    return lambda values: sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
