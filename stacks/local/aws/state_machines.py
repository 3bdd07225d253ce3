"""Definitions of state machines, checked before the interpreter sees them.

The interpreter accepts a definition whose states lead nowhere or call nothing, and only fails once an execution
gets there; here they are refused by name.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stacks.local.aws.functions import function_name
from stacks.local.aws.moto_patches import jsonata_engine
from stacks.local.errors import (
    InvalidDefinition,
    MissingSubstitution,
    UnknownFunction,
    UnknownState,
    UnknownStateMachine,
    UnreachableState,
)

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_STARTS_MACHINE = (":startSyncExecution", ":startExecution")
_LAMBDA_INVOKE = "arn:aws:states:::lambda:invoke"


@dataclass(frozen=True)
class Surroundings:
    """What a definition may refer to: function names and ARNs of state machines that exist."""

    functions: Collection[str]
    state_machine_arns: Collection[str]


def substitute(machine: str, text: str, substitutions: Mapping[str, str]) -> str:
    """Replace every `${Name}` as CloudFormation does.

    Raises:
        MissingSubstitution: a name has no value.
    """
    missing = sorted(set(_SUBSTITUTION.findall(text)) - set(substitutions))
    if missing:
        raise MissingSubstitution(f"{machine}: no value for ${{{'}, ${'.join(missing)}}}")
    return _SUBSTITUTION.sub(lambda match: json.dumps(str(substitutions[match[1]]))[1:-1], text)


def check(machine: str, text: str, surroundings: Surroundings) -> None:
    """Check a substituted definition: JSON, targets of every transition, functions, machines, expressions.

    Raises:
        InvalidDefinition, UnknownState, UnreachableState, UnknownFunction, UnknownStateMachine: each message has
            the names of the machine, the state, and what is missing.
    """
    try:
        definition = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidDefinition(f"{machine}: not JSON, line {error.lineno} column {error.colno}: {error.msg}") from None
    if not isinstance(definition, dict):
        raise InvalidDefinition(f"{machine}: a definition is a JSON object")
    for scope in _scopes(definition):
        _check_transitions(machine, scope)
        for name, state in scope["States"].items():
            _check_references(machine, name, state, surroundings)
            _check_expressions(machine, name, state)


def _scopes(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The definition and every nested one: branches of Parallel, processors of Map."""
    yield definition
    for state in definition.get("States", {}).values():
        nested = [*state.get("Branches", []), state.get("ItemProcessor"), state.get("Iterator")]
        for scope in filter(None, nested):
            yield from _scopes(scope)


def _check_transitions(machine: str, scope: dict[str, Any]) -> None:
    states = scope.get("States") or {}
    start = scope.get("StartAt")
    if start not in states:
        raise UnknownState(f"{machine}: StartAt names {start!r}, which is not defined")
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        for target in _targets(states[name]):
            if target not in states:
                raise UnknownState(f"{machine}: state {name} leads to {target!r}, which is not defined")
            waiting.append(target)
    for name in states:
        if name not in reached:
            raise UnreachableState(f"{machine}: no path leads from {start} to state {name}")


def _targets(state: dict[str, Any]) -> Iterator[str]:
    for holder in (state, *state.get("Choices", []), *state.get("Catch", [])):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def _check_references(machine: str, name: str, state: dict[str, Any], surroundings: Surroundings) -> None:
    if state.get("Type") != "Task":
        return
    resource = state.get("Resource", "")
    arguments = state.get("Arguments") or state.get("Parameters") or {}
    named = arguments if isinstance(arguments, dict) else {}  # else one expression that makes all of them
    function = _literal(named.get("FunctionName") if resource.startswith(_LAMBDA_INVOKE) else None)
    if ":lambda:" in resource and ":function:" in resource:
        function = resource
    if function is not None and function_name(function) not in surroundings.functions:
        raise UnknownFunction(f"{machine}: state {name} calls {function_name(function)}, which has no handler here")
    starts = any(action in resource for action in _STARTS_MACHINE)
    child = _literal(named.get("StateMachineArn") if starts else None)
    if child is not None and child not in surroundings.state_machine_arns:
        raise UnknownStateMachine(f"{machine}: state {name} starts {child}, which was not created before")


def _literal(value: Any) -> str | None:
    """The value unless an expression computes it."""
    return value if isinstance(value, str) and not value.startswith("{%") else None


def _check_expressions(machine: str, name: str, value: Any) -> None:
    """Compile every JSONata expression of a state; nested scopes come on their own."""
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        try:
            jsonata_engine.check(value[2:-2].strip())
        except jsonata_engine.JsonataError as error:
            raise InvalidDefinition(f"{machine}: state {name} has a malformed expression {value}: {error}") from None
    elif isinstance(value, list):
        for member in value:
            _check_expressions(machine, name, member)
    elif isinstance(value, dict) and "States" not in value:
        for member in value.values():
            _check_expressions(machine, name, member)
