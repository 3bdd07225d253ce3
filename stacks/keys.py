"""Keys of our own: each rotates, and says in its policy which services may use it."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.retention import removal_policy
from stacks.settings import Settings

_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


def add_key(
    scope: Construct, construct_id: str, purpose: str, settings: Settings, *, senders: Sequence[str] = ()
) -> kms.Key:
    """A key for `purpose` and for the log groups of this account; the services `senders` may encrypt queues with it."""
    key = kms.Key(
        scope,
        construct_id,
        description=f"atomic {settings.environment}: {purpose}",
        enable_key_rotation=True,
        removal_policy=removal_policy(settings),
    )
    stack = Stack.of(scope)
    groups = f"arn:{Aws.PARTITION}:logs:{stack.region}:{stack.account}:log-group:*"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=_USE,
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
    for sender in senders:
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(sender)],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
    return key
