"""A lot's way through the deployed market, as resources that it takes, keeps and gives back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from stacks.local import cost
from stacks.local.bench import scale as package
from stacks.local.bench.scale.queueing import Run, Step, simulate
from stacks.local.cost.model import function_seconds
from stacks.local.cost.transitions import task_states

Environment = Literal["dev", "prod"]
LOTS_PER_TASK = 3
_LOTS_MAX = 6_000
_SECONDS_MAX = 20.0
_STEPS = ("OpenAuction", "ClearAuction", "ExecuteLot", "SettleLot", "RecordOutcome")
_BEFORE, _AFTER = ("IngestTask", "DecomposeTask"), ("AssembleResult", "FoldPolicy", "DeliverResult")
"""What a task calls once, before its lots and after them: each lot pays its share."""
_HOLDING = ("ClearAuction", "SettleLot")
"""What locks the row of a budget."""
_WAITS_FOR_MODEL = "ExecuteLot"
_SETTINGS = {
    **dict.fromkeys((*_BEFORE, *_STEPS, *_AFTER), "concurrency"),
    _WAITS_FOR_MODEL: "model_concurrency",
    "state transitions": "transitions_per_second",
    "task starts": "starts_per_second",
    "model provider": "model_requests_per_minute",
    "connections": "connections",
    "database": "database_cores",
    "budget row": "budgets",
}
"""What moves the limit of each station."""


@dataclass(frozen=True)
class Deployment:
    """What the deployment has of each: settings that move the limits. None is as measured.

    Every function has `concurrency` places of its own, ExecuteLot `model_concurrency`, as `cdk.json` reserves them.
    """

    concurrency: int
    model_concurrency: int
    transitions_per_second: int
    starts_per_second: int
    model_requests_per_minute: int
    connections: int
    database_cores: int
    budgets: int = 1
    model_seconds: float = 1.0
    database_ms_per_lot: float | None = None


@dataclass(frozen=True)
class Station:
    """One resource under one load. `capacity` is the lots a second at which it is full."""

    name: str
    capacity: float
    utilisation: float
    wait_ms_p50: float
    wait_ms_p99: float


@dataclass(frozen=True)
class ScaleRun:
    """One rate of arrivals: latency of what came through, and each station."""

    lots_per_second: float
    lots: int
    seconds: float
    finished_share: float
    latency_ms_p50: float
    latency_ms_p99: float
    stations: tuple[Station, ...]

    @property
    def breaks_first(self) -> str | None:
        """The station that is full at the lowest rate, where this rate is beyond it."""
        first = min(self.stations, key=lambda station: station.capacity)
        return first.name if first.capacity < self.lots_per_second else None


def measured() -> dict[str, Any]:
    """The figures that the simulation is fed with, each with its source."""
    loaded: dict[str, Any] = json.loads((files(package) / "measured.json").read_text())
    return loaded


def deployed(environment: Environment = "prod") -> Deployment:
    """An environment as `cdk.json` has it, dev or prod, with the quotas of a new account."""
    figures = measured()
    quotas = {name: each["value"] for name, each in figures["quotas"].items()}
    settings = figures["environments"][environment]
    return Deployment(
        concurrency=settings["concurrency"],
        model_concurrency=settings["model_concurrency"],
        transitions_per_second=quotas["standard transitions a second"],
        starts_per_second=quotas["task starts a second"],
        model_requests_per_minute=quotas["model requests a minute"],
        connections=settings["connections"],
        database_cores=settings["database_cores"],
    )


def run_at(rate: float, deployment: Deployment, seed: int = 1) -> ScaleRun:
    """Simulate Poisson arrivals of lots at `rate` a second."""
    figures = measured()
    times = _Times.of(figures, deployment)
    seconds = min(_SECONDS_MAX, _LOTS_MAX / rate)
    count = max(1, round(rate * seconds))
    arrivals = np.cumsum(np.random.default_rng(seed).exponential(1 / rate, count)).tolist()
    run = simulate(arrivals, list(_way(times)), times.places, until=arrivals[-1] + 60.0)
    return _report(rate, run, times, arrivals[-1])


def setting_of(station: str) -> str:
    """The field of a Deployment that moves the limit of a station."""
    return _SETTINGS[station]


def raised(deployment: Deployment, station: str, rate: float) -> Deployment:
    """The deployment with the setting of a station moved so far that it carries `rate` with some room."""
    setting = setting_of(station)
    value = getattr(deployment, setting) * 1.3 * rate / capacities(deployment)[station]
    return replace(deployment, **{setting: math.ceil(value)})


def capacities(deployment: Deployment) -> dict[str, float]:
    """Lots a second at which each station is full, without waiting for others."""
    times = _Times.of(measured(), deployment)
    return {name: times.places[name] / seconds for name, seconds in times.per_lot.items()}


@dataclass(frozen=True)
class _Times:
    """Seconds that one lot keeps one place of each station, and the places."""

    functions: Mapping[str, float]
    trips: Mapping[str, int]
    trip: float
    hold: float
    model: float
    per_lot: Mapping[str, float]
    places: dict[str, int]

    @classmethod
    def of(cls, figures: Mapping[str, Any], deployment: Deployment) -> _Times:
        shape = json.loads((files(cost) / "shape.json").read_text())
        trips = figures["round_trips"]
        given = deployment.database_ms_per_lot
        database = (given if given is not None else figures["database_cpu_ms_per_lot"]["value"]) / 1_000
        trip, hold = database / sum(trips.values()), figures["hold_ms"]["value"] / 1_000
        own = {name: function_seconds(shape["functions"][name], shape) for name in _STEPS}
        shares = {name: function_seconds(shape["functions"][name], shape) / LOTS_PER_TASK for name in _BEFORE + _AFTER}
        transitions = sum(task_states(LOTS_PER_TASK, 1).values()) / LOTS_PER_TASK
        asked = 60 / deployment.model_requests_per_minute
        waited = dict.fromkeys(_HOLDING, hold) | {_WAITS_FOR_MODEL: asked + deployment.model_seconds}
        per_lot = {
            **shares,
            **{name: own[name] + trips[name] * trip + waited.get(name, 0.0) for name in _STEPS},
            "database": database,
            "connections": database + 2 * hold,
            "budget row": 2 * hold,
            "model provider": asked,
            "state transitions": transitions / deployment.transitions_per_second,
            "task starts": 1 / LOTS_PER_TASK / deployment.starts_per_second,
        }
        places = {
            **dict.fromkeys((*_BEFORE, *_STEPS, *_AFTER), deployment.concurrency),
            _WAITS_FOR_MODEL: deployment.model_concurrency,
            "database": deployment.database_cores,
            "connections": deployment.connections,
            "budget row": deployment.budgets,
            "model provider": 1,
            "state transitions": 1,
            "task starts": 1,
        }
        return cls(own, trips, trip, hold, deployment.model_seconds, per_lot, places)


def _way(times: _Times) -> Iterator[Step]:
    """The steps of a lot: its share of its task's steps, and between them each function with its round trips."""
    for gate in ("task starts", "state transitions", *_BEFORE):
        yield from _within(gate, [("work", times.per_lot[gate])])
    for name in _STEPS:
        inside: list[Step] = [("work", times.functions[name])]
        for _ in range(times.trips[name]):
            inside += _within("connections", list(_within("database", [("work", times.trip)])))
        if name in _HOLDING:
            inside += _within("connections", list(_within("budget row", [("work", times.hold)])))
        if name == _WAITS_FOR_MODEL:
            inside += [*_within("model provider", [("work", times.per_lot["model provider"])]), ("work", times.model)]
        yield from _within(name, inside)
    for gate in _AFTER:
        yield from _within(gate, [("work", times.per_lot[gate])])


def _within(resource: str, steps: list[Step]) -> Iterator[Step]:
    yield ("take", resource)
    yield from steps
    yield ("give", resource)


def _report(rate: float, run: Run, times: _Times, arriving_seconds: float) -> ScaleRun:
    def percentile(values: list[float], share: float) -> float:
        return float(1_000 * np.quantile(values, share)) if values else float("nan")

    stations = tuple(
        Station(
            name,
            times.places[name] / times.per_lot[name],
            min(1.0, run.resources[name].busy_seconds / (times.places[name] * arriving_seconds)),
            percentile(run.resources[name].waits, 0.5),
            percentile(run.resources[name].waits, 0.99),
        )
        for name in times.per_lot
    )
    lots = len(run.sojourns) + run.unfinished
    return ScaleRun(
        rate,
        lots,
        arriving_seconds,
        len(run.sojourns) / lots,
        percentile(run.sojourns, 0.5),
        percentile(run.sojourns, 0.99),
        stations,
    )
