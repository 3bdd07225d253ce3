"""The learner's state from the JSON that a snapshot holds: every number comes back as the bits it went in."""

from __future__ import annotations

from typing import Any

from bidding.adapters.postgres.connection import Row
from bidding.domain.learning.state import (
    NOTHING_LEARNT,
    BeliefState,
    FailureState,
    ForecastState,
    LearnerState,
    PaceState,
    UpperState,
    WatchState,
)


def learner_state(state: object) -> LearnerState:
    """From JSON. A snapshot of the format before this one says nothing: what it knew is learnt anew."""
    if not isinstance(state, dict):
        return NOTHING_LEARNT
    return LearnerState(
        seats=tuple(state["seats"]),
        kinds=tuple(state["kinds"]),
        beliefs=BeliefState(**_tuples(state["beliefs"])),
        watches=tuple(WatchState(**watch) for watch in state["watches"]),
        outcomes=state["outcomes"],
        faded_at=state["faded_at"],
        prices=_forecast(state["prices"]),
        tokens=_forecast(state["tokens"]),
        latencies=_forecast(state["latencies"]),
        failures=_failures(state["failures"]),
        pace=PaceState(**_tuples(state["pace"])),
    )


def _failures(state: object) -> FailureState:
    """Of older snapshots nothing: they do not tell how long the inputs were."""
    return FailureState(**_tuples(state)) if isinstance(state, dict) else FailureState()


def _forecast(state: Row) -> ForecastState:
    uppers = tuple(UpperState(**upper) for upper in state["upper"])
    return ForecastState(**_tuples(state) | {"upper": uppers})


def _tuples(state: Row) -> Row:
    return {name: _tuple(value) for name, value in state.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
