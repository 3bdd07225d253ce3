"""How many states an execution enters, counted by walking its definition.

A Standard machine is billed for each, an Express one for its time. Choices take their Default unless told otherwise.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import statemachines

Decisions = Mapping[str, Sequence[str]]
"""By the name of a Choice: where it goes at each visit; the last one repeats."""

_STEPS_MAX = 10_000


def definition(machine: str) -> dict[str, Any]:
    """A machine's definition by its file's name, such as `run_lot`."""
    loaded: dict[str, Any] = json.loads((files(statemachines) / f"{machine}.asl.json").read_text())
    return loaded


def walk(machine: Mapping[str, Any], decisions: Decisions, items: Mapping[str, Sequence[int]]) -> Counter[str]:
    """How often each state is entered. `items` says how many a Map has at each visit.

    Raises ValueError for a walk without end: a decision leads in a circle.
    """
    visited: Counter[str] = Counter()
    name: str | None = machine["StartAt"]
    for _ in range(_STEPS_MAX):
        if name is None:
            return visited
        state = machine["States"][name]
        visit = visited[name]
        visited[name] += 1
        if state["Type"] == "Map":
            inner = walk(state["ItemProcessor"], decisions, items)
            for _ in range(_at(items.get(name, (1,)), visit)):
                visited.update(inner)
        name = _next(name, state, visit, decisions)
    raise ValueError(f"no end after {_STEPS_MAX} states: {visited.most_common(3)}")


def task_states(lots: int, waves: int) -> Counter[str]:
    """States that `process_task` enters for a task whose lots are done."""
    decisions = {
        "IsClaimed": ["DecomposeTask"],
        "HasWave": ["RunWave"] * waves + ["AssembleResult"],
    }
    sizes = [lots // waves + (wave < lots % waves) for wave in range(waves)]
    return walk(definition("process_task"), decisions, {"RunWave": sizes})


def lot_states(rounds: int = 1) -> Counter[str]:
    """States that `run_lot` enters for a lot that is done in so many rounds."""
    decisions = {
        "HasSucceeded": ["HasRunnerUp"] * (rounds - 1) + ["LotDone"],
        "HasRunnerUp": ["NextRound"],
    }
    return walk(definition("run_lot"), decisions, {})


def _next(name: str, state: Mapping[str, Any], visit: int, decisions: Decisions) -> str | None:
    if state["Type"] == "Choice":
        chosen = decisions.get(name)
        return chosen[min(visit, len(chosen) - 1)] if chosen else state["Default"]
    following: str | None = state.get("Next")
    return following


def _at(sizes: Sequence[int], visit: int) -> int:
    return sizes[min(visit, len(sizes) - 1)]
