"""Definitions that the local runtime refuses before an execution could stumble over them."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from stacks.local.aws.runtime import LocalRuntime
from stacks.local.errors import (
    InvalidDefinition,
    MissingSubstitution,
    UnknownFunction,
    UnknownState,
    UnknownStateMachine,
    UnreachableState,
)


def task(resource: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    """A Task state that ends unless it has a Next."""
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **end, **fields}


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    """A Task that hands its input to a function and yields what it returns."""
    fields.setdefault("Output", "{% $states.result.Payload %}")
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    return task("arn:aws:states:::lambda:invoke", arguments, **fields)


def definition(**states: Any) -> str:
    """A JSONata definition that starts at the first of its states."""
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})


DEFECTS = {
    "function": (UnknownFunction, definition(Ask=invoke("nobody")), "machine: state Ask calls nobody"),
    "target": (UnknownState, definition(Ask=invoke("linger", Next="Gone")), "machine: state Ask leads to 'Gone'"),
    "start": (
        UnknownState,
        '{"StartAt": "Gone", "States": {"Ask": {"Type": "Succeed"}}}',
        "machine: StartAt names 'Gone'",
    ),
    "default": (
        UnknownState,
        definition(Choose={"Type": "Choice", "Choices": [], "Default": "Gone"}),
        "machine: state Choose leads to 'Gone'",
    ),
    "unreachable": (
        UnreachableState,
        definition(Ask=invoke("linger"), Lost={"Type": "Succeed"}),
        "machine: no path leads from Ask to state Lost",
    ),
    "machine": (
        UnknownStateMachine,
        definition(Run=task("arn:aws:states:::aws-sdk:sfn:startSyncExecution", {"StateMachineArn": "arn:gone"})),
        "machine: state Run starts arn:gone",
    ),
    "substitution": (MissingSubstitution, definition(Ask=invoke("${Gone}")), r"machine: no value for \$\{Gone\}"),
    "json": (InvalidDefinition, '{"StartAt": ', "machine: not JSON, line 1"),
    "expression": (
        InvalidDefinition,
        definition(Ask=invoke("linger", Output="{% $states. %}")),
        "machine: state Ask has a malformed expression",
    ),
    "refused": (InvalidDefinition, definition(Ask=invoke("linger", ResultPath="$.x")), "machine: "),
}


@pytest.mark.parametrize(("error", "text", "message"), DEFECTS.values(), ids=DEFECTS)
def test_defective_definition_is_refused_by_name(
    tmp_path: Path, error: type[Exception], text: str, message: str
) -> None:
    """A definition that could not work is refused at creation, naming machine, state and what is missing."""
    with LocalRuntime(tmp_path, {"linger": lambda event, _: event}) as runtime:
        with pytest.raises(error, match=message):
            runtime.create("machine", text)
        assert boto3.client("stepfunctions").list_state_machines()["stateMachines"] == []
