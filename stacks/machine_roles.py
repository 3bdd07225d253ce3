"""The role of a state machine: what the tasks in its definition ask for, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.acknowledge import acknowledge_wildcard, as_reported

_WAITED_FOR = ":startExecution.sync:2"
_STARTS = {
    ":aws-sdk:sfn:startSyncExecution": "states:StartSyncExecution",
    ":states:startExecution": "states:StartExecution",
    _WAITED_FOR: "states:StartExecution",
}
"""How a task starts another machine, by the end of its resource, and what that takes."""
_EVENTS = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
"""The rule by which Step Functions hears that a child ended; it makes one for the account."""

Json = dict[str, Any]


class UnknownTask(LookupError):
    """A task uses an integration that nobody wrote the permissions of. The author of the ASL must act."""


def machine_role(
    scope: Construct,
    definition: Json,
    invoked: Mapping[str, str],
    started: Mapping[str, sfn.StateMachine],
) -> iam.Role:
    """The role of the machine of `definition`. `invoked` are the ARNs of its functions, `started` its machines."""
    here = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com", conditions=here))
    acknowledge_wildcard(role, "log delivery and traces have no resources that a policy could name", "*")
    if invoked:
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(invoked.values())))
    for resource, name in sorted(_starting(definition)):
        machine = started[name]
        action = next((taken for end, taken in _STARTS.items() if resource.endswith(end)), None)
        if action is None:
            raise UnknownTask(f"{resource}: say in stacks/machine_roles.py what it takes")
        role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[machine.state_machine_arn]))
        if resource.endswith(_WAITED_FOR):
            _allow_waiting(role, machine)
    return role


def executions(machine_name: str) -> list[str]:
    """All executions of a machine; children of a map run under `name/label`."""
    prefix = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{machine_name}"
    return [f"{prefix}:*", f"{prefix}/*"]


def reported_executions(machine: str) -> list[str]:
    """The same, as a report of rules writes them; `machine` is a reference to its name."""
    prefix = f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{machine}"
    return [f"{prefix}:*", f"{prefix}/*"]


def _allow_waiting(role: iam.Role, machine: sfn.StateMachine) -> None:
    events = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{_EVENTS}"
    for actions, resources in (
        (["states:DescribeExecution", "states:StopExecution"], executions(machine.state_machine_name)[:1]),
        (["events:PutTargets", "events:PutRule", "events:DescribeRule"], [events]),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
    acknowledge_wildcard(
        role,
        "AWS names executions; those of one machine are waited for",
        reported_executions(as_reported(machine, "Name"))[0],
    )


def _starting(definition: Json) -> Iterator[tuple[str, str]]:
    """The resource and the machine's name of every task that starts one, nested ones too."""
    for state in definition["States"].values():
        named = state.get("Arguments", {})
        if state["Type"] == "Task" and isinstance(named, dict) and "StateMachineArn" in named:
            yield state["Resource"], named["StateMachineArn"].strip("${}")
        for nested in [*state.get("Branches", []), state.get("ItemProcessor")]:
            if nested:
                yield from _starting(nested)
