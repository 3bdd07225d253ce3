"""Definitions that the local runtime refuses before an execution could stumble over them."""

from pathlib import Path

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
from tests.workflow.states import definition, invoke, task

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
