"""Patch: parameters and results of service integrations in the spelling that each side expects.

State machines write `StateMachineArn`, botocore wants `stateMachineArn`, and the answer has to come back in the
former spelling, as JSON. moto's port keeps the conversion but never calls it, which breaks `startExecution`, every
`aws-sdk:` integration with lower-case members, and answers that hold dates or streams.
"""

import functools
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.utils import camel_to_snake_case

from stacks.local.aws.moto_patches import guard

_BOTOCORE_NAMES = {
    "bedrockruntime": "bedrock-runtime",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "rdsdata": "rds-data",
}
_ERROR_PREFIXES = {
    "bedrockruntime": "BedrockRuntime",
    "cloudwatch": "CloudWatch",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "rdsdata": "RdsData",
    "s3": "S3",
    "secretsmanager": "SecretsManager",
    "sesv2": "SesV2",
    "sfn": "Sfn",
    "sqs": "Sqs",
    "ssm": "Ssm",
}


def apply() -> None:
    """Convert parameters and results, and prefix errors of AWS SDK integrations as AWS does."""
    guard.replace(StateTaskService, "_normalise_parameters", _to_botocore, fingerprint="dece59e76fd5")
    guard.replace(StateTaskService, "_normalise_response", _from_botocore, fingerprint="00e0b0a50b1d")
    guard.require(StateTaskService, "_to_boto_request", fingerprint="3d3ae0c7923f")
    guard.require(StateTaskService, "_from_boto_response", fingerprint="cd62c1ac7951")
    StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.update(_BOTOCORE_NAMES)
    guard.replace(StateTaskServiceAwsSdk, "_normalise_service_error_name", _error_prefix, fingerprint="7fccfad3463f")


def _to_botocore(
    self: Any, parameters: Any, boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    operation = _operation(
        self._get_boto_service_name(boto_service_name), self._get_boto_service_action(service_action_name)
    )
    if operation is not None and operation.input_shape is not None:
        self._to_boto_request(parameters, operation.input_shape)


def _from_botocore(
    self: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None
) -> None:
    operation = _operation(
        self._get_boto_service_name(boto_service_name), self._get_boto_service_action(service_action_name)
    )
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, operation.output_shape)
    _to_json_values(response)


@functools.lru_cache
def _operation(service: str, action: str) -> OperationModel | None:
    model = _botocore_session().get_service_model(service)
    for name in model.operation_names:
        if action in (xform_name(name), camel_to_snake_case(name)):
            return model.operation_model(name)
    return None


@functools.lru_cache
def _botocore_session() -> botocore.session.Session:
    return botocore.session.get_session()


def _to_json_values(value: Any) -> Any:
    """Replace, in place where it can be, what a service answers by what JSON can hold."""
    if isinstance(value, dict):
        for key, member in value.items():
            value[key] = _to_json_values(member)
    elif isinstance(value, list):
        value[:] = [_to_json_values(member) for member in value]
    elif isinstance(value, bytes):
        return value.decode()
    elif hasattr(value, "read"):
        return value.read().decode()
    elif hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _error_prefix(service_name: str) -> str:
    return _ERROR_PREFIXES.get(service_name.lower(), service_name)
