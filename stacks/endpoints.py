"""Endpoints of AWS services inside the network, each with a policy of what may be asked through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.models import model_arns
from stacks.settings import Settings

_SERVICES = ec2.InterfaceVpcEndpointAwsService
_ENDPOINTS: Mapping[str, tuple[ec2.InterfaceVpcEndpointAwsService, Sequence[str]]] = {
    "Kms": (_SERVICES.KMS, ["kms:Decrypt", "kms:GenerateDataKey", "kms:Sign", "kms:GetPublicKey"]),
    "Secrets": (_SERVICES.SECRETS_MANAGER, ["secretsmanager:GetSecretValue"]),
    "States": (
        _SERVICES.STEP_FUNCTIONS,
        ["states:StartExecution", "states:DescribeExecution", "states:SendTask*"],
    ),
}
"""Services that functions call, and the actions that may pass. The database is no AWS call: its token is made here."""


def add_endpoints(
    scope: Construct,
    vpc: ec2.Vpc,
    group: ec2.SecurityGroup,
    subnets: ec2.SubnetSelection,
    settings: Settings,
) -> ec2.InterfaceVpcEndpoint | None:
    """Add all endpoints that the environment needs. Returns that of its API, where the API is private.

    Their policies let through only calls by this account's roles; each role's own policy then says more.
    """
    _add_storage(scope, vpc, subnets)
    for name, (service, actions) in _ENDPOINTS.items():
        _allow(_interface(vpc, name, service, group, subnets), actions, ["*"], _by_us(scope))
    models = _interface(vpc, "Models", _SERVICES.BEDROCK_RUNTIME, group, subnets)
    _allow(models, ["bedrock:InvokeModel"], model_arns(settings), _by_us(scope))
    if settings.ingress.api == "public":
        return None
    api = _interface(vpc, "Api", _SERVICES.APIGATEWAY, group, subnets)
    _allow(api, ["execute-api:Invoke"], ["*"], _by_us(scope))
    return api


def _add_storage(scope: Construct, vpc: ec2.Vpc, subnets: ec2.SubnetSelection) -> None:
    """S3: our own buckets, and the address at which CloudFormation waits for the migration's answer."""
    storage = vpc.add_gateway_endpoint("Storage", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[subnets])
    account = Stack.of(scope).account
    own = {"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}}
    _allow(storage, ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], ["*"], own)
    answers = f"arn:{Stack.of(scope).partition}:s3:::cloudformation-custom-resource-response-*/*"
    _allow(storage, ["s3:PutObject"], [answers], {})


def _interface(
    vpc: ec2.Vpc,
    name: str,
    service: ec2.InterfaceVpcEndpointAwsService,
    group: ec2.SecurityGroup,
    subnets: ec2.SubnetSelection,
) -> ec2.InterfaceVpcEndpoint:
    return vpc.add_interface_endpoint(
        name, service=service, security_groups=[group], subnets=subnets, open=False, private_dns_enabled=True
    )


def _by_us(scope: Construct) -> dict[str, Any]:
    return {"StringEquals": {"aws:PrincipalAccount": Stack.of(scope).account}}


def _allow(
    endpoint: ec2.VpcEndpoint, actions: Sequence[str], resources: Sequence[str], conditions: dict[str, Any]
) -> None:
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()], actions=actions, resources=resources, conditions=conditions
        )
    )
