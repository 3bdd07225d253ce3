"""A lint of state machine definitions for our own rules, without npm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = Any

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
_ENDS = {"Succeed", "Fail"}


def problems(definition: Json) -> list[str]:
    """What is wrong with a definition, a sentence each; empty for a good one."""
    found = []
    if definition.get("QueryLanguage") != "JSONata":
        found.append("the machine is not written in JSONata")
    if "TimeoutSeconds" not in definition:
        found.append("the machine has no TimeoutSeconds")
    for scope in scopes(definition):
        found += _transition_problems(scope)
        for name, state in scope["States"].items():
            found += [f"{name}: {problem}" for problem in _state_problems(state)]
    return found


def scopes(definition: Json) -> Iterator[Json]:
    """A definition and those nested in its Map and Parallel states."""
    yield definition
    for state in definition["States"].values():
        for nested in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield from scopes(nested)


def tasks(definition: Json) -> dict[str, Json]:
    """Every Task of a definition, nested ones too, by name."""
    states = [item for scope in scopes(definition) for item in scope["States"].items()]
    return {name: state for name, state in states if state["Type"] == "Task"}


def waits_for_token(task: Json) -> bool:
    """Whether a Task goes on when somebody sends its token, and not when its function answers."""
    return str(task["Resource"]).endswith(".waitForTaskToken")


def reference(task: Json) -> str:
    """The name that a Task calls: `ClearAuction` for `${ClearAuction}`."""
    arguments = task["Arguments"]
    matched = _SUBSTITUTION.fullmatch(arguments.get("FunctionName") or arguments["StateMachineArn"])
    if matched is None:
        raise ValueError(f"{arguments} names no substitution")
    return matched[1]


def references(text: str) -> set[str]:
    """Every `${Name}` in the text of a definition."""
    return set(_SUBSTITUTION.findall(text))


def _transition_problems(scope: Json) -> Iterator[str]:
    states, waiting, reached = scope["States"], [scope["StartAt"]], set()
    while waiting:
        name = waiting.pop()
        if name not in states:
            yield f"{name} is led to, and is not defined"
        elif name not in reached:
            reached.add(name)
            waiting += _targets(states[name])
    for name in states.keys() - reached:
        yield f"{name} is never reached"


def _targets(state: Json) -> list[str]:
    targets = [branch["Next"] for branch in (*state.get("Choices", []), *state.get("Catch", []))]
    return targets + [state[field] for field in ("Next", "Default") if field in state]


def _state_problems(state: Json) -> Iterator[str]:
    match state["Type"]:
        case "Task":
            yield from _task_problems(state)
        case "Choice":
            if "Default" not in state:
                yield "a Choice without Default"
        case _:
            pass
    exits = [field for field in ("Next", "End") if field in state]
    if len(exits) != (0 if state["Type"] in {*_ENDS, "Choice"} else 1):
        yield f"ways on: {exits}"


def _task_problems(task: Json) -> Iterator[str]:
    for field in ("TimeoutSeconds", "Retry", "Catch"):
        if not task.get(field):
            yield f"a Task without {field}"
    for retry in task.get("Retry", []):
        if "States.ALL" in retry["ErrorEquals"]:
            yield "retries States.ALL: what is transient has a name"
        if retry.get("JitterStrategy") != "FULL":
            yield "retries without jitter"
    catches = [catch["ErrorEquals"] for catch in task.get("Catch", [])]
    if catches and catches[-1] != ["States.ALL"]:
        yield "its last Catch is not States.ALL alone"
    if any("States.ALL" in errors for errors in catches[:-1]):
        yield "States.ALL hides the Catch after it"
