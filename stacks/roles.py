"""The role of one function, and nothing in it that its function does not use."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.acknowledge import acknowledge_wildcard

_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]


def function_role(scope: Construct, construct_id: str, log_group: logs.LogGroup) -> iam.Role:
    """A role that may write to one log group and leave traces, in a network of ours.

    Lambda itself needs the network interfaces, under the function's role; code that runs in the function is denied
    them. Neither they nor traces, which Lambda adds, have resources that could be named.
    """
    role = iam.Role(scope, construct_id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    allow(role, ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn])
    allow(role, _INTERFACES, ["*"])
    role.add_to_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=_INTERFACES,
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        )
    )
    acknowledge_wildcard(role, "network interfaces and traces have no resources that a policy could name", "*")
    return role


def allow(role: iam.Role, actions: Sequence[str], resources: Sequence[str]) -> None:
    """Add a statement to the role's own policy."""
    role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
