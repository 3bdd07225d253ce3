"""Synthesised templates as moto's CloudFormation takes them, and what moto lacks.

Left out are resources that moto's CloudFormation cannot make: UNSUPPORTED lists all of them with what that leaves
untested, and nothing is left out that is not listed. A reference to one becomes the text `LogicalId.Attribute`.
Three things that moto's models ignore are done for it: substitutions and type of a state machine, a bucket's events
to EventBridge, and rules that start state machines. The event itself is moto's, close to the documented one, which
tests/workflow/test_triggers.py runs. A method of the API is found and its function called with the documented event:
moto does not do that itself.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from stacks.local.aws.state_machines import substitute

Json = Any

UNSUPPORTED = {
    "AWS::ApiGateway::Account": "the account's role for access logs",
    "AWS::ApiGateway::ApiKey": "usage plans: which key may ask how often",
    "AWS::ApiGateway::GatewayResponse": "the text of refusals that API Gateway makes itself",
    "AWS::ApiGateway::Model": "bodies are validated by the function only",
    "AWS::ApiGateway::RequestValidator": "likewise",
    "AWS::ApiGateway::Stage": "throttling and access logs of the stage",
    "AWS::ApiGateway::UsagePlan": "as API keys",
    "AWS::ApiGateway::UsagePlanKey": "as API keys",
    "AWS::CloudWatch::Alarm": "alarms are evaluated by tests of their own",
    "AWS::EC2::SecurityGroupEgress": "the network: nothing is routed in this process",
    "AWS::Logs::QueryDefinition": "saved questions to the log",
    "AWS::RDS::DBProxy": "the real PostgreSQL of the tests stands where the proxy's endpoint is named",
    "AWS::RDS::DBProxyTargetGroup": "likewise",
    "AWS::S3::BucketPolicy": "policies: moto asks nobody for permission, tests of their own read them",
    "AWS::SES::ReceiptRule": "SES takes no mail in here: its object is put where the rule would put it",
    "AWS::SES::ReceiptRuleSet": "likewise",
    "AWS::SNS::TopicPolicy": "as policies of buckets",
    "AWS::SQS::QueuePolicy": "as policies of buckets",
    "AWS::WAFv2::LoggingConfiguration": "the firewall before the API",
    "AWS::WAFv2::WebACL": "likewise",
    "AWS::WAFv2::WebACLAssociation": "likewise",
    "Custom::AtomicLedgerSchema": "CloudFormation calls MigrateLedger over HTTPS; the tests' PostgreSQL is migrated",
}
"""Types of resources that are not deployed, and what therefore is not tested here."""


BROKEN = {
    "AWS::RDS::DBInstance": "in moto a Ref to its parameter group is no name; it would be no PostgreSQL anyway",
}
"""Types that moto says it can make, and cannot."""

IGNORED = {"Tags": "moto reads those of keys in another form, and nothing here depends on a tag"}
"""Properties that no resource is given."""


def supported() -> set[str]:
    """The types that moto's CloudFormation can make."""
    from moto.cloudformation.parsing import get_model_map  # noqa: PLC0415 - loads the models of all services

    return set(get_model_map())


def deployable(template: Mapping[str, Json], outputs: Mapping[str, str]) -> Json:
    """A template without what moto cannot make, with the `outputs` of stacks before it in place of references."""
    left_out = {name for name, each in template["Resources"].items() if each["Type"] in {*UNSUPPORTED, *BROKEN}}
    resources = {}
    for name, each in template["Resources"].items():
        if name not in left_out:
            after = [needed for needed in _listed(each.get("DependsOn", [])) if needed not in left_out]
            told = {key: value for key, value in each.get("Properties", {}).items() if key not in IGNORED}
            resources[name] = each | {"DependsOn": after, "Properties": told}
    return _resolved({**template, "Resources": resources}, left_out, outputs)


def _listed(value: Json) -> list[str]:
    return [value] if isinstance(value, str) else value


def _resolved(value: Json, left_out: set[str], outputs: Mapping[str, str]) -> Json:
    match value:
        case {"Fn::GetStackOutput": {"OutputName": name}}:
            return outputs[name]
        case {"Ref": name} if name in left_out:
            return name
        case {"Fn::GetAtt": [name, attribute]} if name in left_out:
            arn = "arn:aws:none:us-east-1:123456789012:left-out:" if attribute.endswith("Arn") else ""
            return f"{arn}{name}.{attribute}"
        case dict():
            return {key: _resolved(each, left_out, outputs) for key, each in value.items()}
        case list():
            return [_resolved(each, left_out, outputs) for each in value]
        case _:
            return value


def supply_what_moto_lacks(patch: pytest.MonkeyPatch) -> None:
    """Make state machines as the template says, and let rules start them."""
    from moto.events.models import Rule  # noqa: PLC0415
    from moto.stepfunctions.models import StateMachine  # noqa: PLC0415

    patch.setattr(StateMachine, "create_from_cloudformation_json", classmethod(_create_state_machine))
    patch.setattr(Rule, "send_to_targets", _send_to_targets)


def send_events_of_buckets(template: Mapping[str, Json], physical: Mapping[str, str]) -> None:
    """Turn on what a bucket's NotificationConfiguration turns on."""
    for name, each in template["Resources"].items():
        told = each.get("Properties", {}).get("NotificationConfiguration", {})
        if told.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled"):
            boto3.client("s3").put_bucket_notification_configuration(
                Bucket=physical[name], NotificationConfiguration={"EventBridgeConfiguration": {}}
            )


def _create_state_machine(
    cls: type, resource_name: str, cloudformation_json: Json, account_id: str, region_name: str, **_: Any
) -> Any:
    from moto.stepfunctions.responses import get_backend  # noqa: PLC0415

    told = cloudformation_json["Properties"]
    return get_backend(account_id, region_name).create_state_machine(
        name=resource_name,
        definition=substitute(resource_name, told["DefinitionString"], told["DefinitionSubstitutions"]),
        roleArn=told["RoleArn"],
        sm_type=told["StateMachineType"],
    )


def _send_to_targets(rule: Any, original_event: Json, transform_input: bool = True) -> None:
    """Each target of a rule whose pattern fits gets the event as it is: a machine is started with it."""
    if not rule.event_pattern.get_pattern() or not rule.event_pattern.matches_event(original_event):
        return  # a rule without a pattern runs by the clock
    for target in rule.targets:
        if ":states:" not in target["Arn"] or {"Input", "InputPath", "InputTransformer"} & target.keys():
            raise NotImplementedError(f"no event reaches {target} here")
        boto3.client("stepfunctions").start_execution(
            stateMachineArn=target["Arn"], name=str(uuid.uuid4()), input=json.dumps(original_event, default=str)
        )
