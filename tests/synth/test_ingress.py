"""The ways in of the synthesised application."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from schemas.api.draft4 import schema_of
from schemas.api.requests import BODIES

from .conftest import Synthesise
from .template import ROOT, Template, render

OPENAPI: dict[str, Any] = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
OPERATIONS = {(verb.upper(), path): each for path, verbs in OPENAPI["paths"].items() for verb, each in verbs.items()}


@pytest.fixture(scope="session")
def ingress(synthesise: Synthesise) -> Template:
    """The ingress of the environment `dev`."""
    return synthesise("dev")["Ingress"]


def _methods(ingress: Template) -> dict[tuple[str, str], Any]:
    """Properties of all methods, by verb and path."""
    resources = ingress.of_type("AWS::ApiGateway::Resource")

    def path_of(reference: Any) -> str:
        if "Ref" not in reference:
            return ""
        resource = resources[reference["Ref"]]
        return f"{path_of(resource['ParentId'])}/{resource['PathPart']}"

    methods = ingress.of_type("AWS::ApiGateway::Method").values()
    return {(method["HttpMethod"], path_of(method["ResourceId"]) or "/"): method for method in methods}


def test_the_api_is_the_published_one(ingress: Template) -> None:
    """There is a method for each operation of the OpenAPI document, and no other."""
    assert _methods(ingress).keys() == OPERATIONS.keys()


def test_every_call_is_signed_and_metered(ingress: Template) -> None:
    """Each operation takes IAM's signature and the API key of a plan, except those that the document leaves open."""
    for operation, method in _methods(ingress).items():
        is_open = OPERATIONS[operation].get("security") == []
        assert method["AuthorizationType"] == ("NONE" if is_open else "AWS_IAM"), operation
        assert method.get("ApiKeyRequired", False) is not is_open, operation


def test_a_body_is_checked_before_the_function(ingress: Template) -> None:
    """An operation that takes JSON has the model of its published schema, in the draft that API Gateway reads."""
    models = {name: model["Schema"] for name, model in ingress.of_type("AWS::ApiGateway::Model").items()}
    published = {name: schema_of(body) for name, body in BODIES.items()}
    used = set()
    for operation, method in _methods(ingress).items():
        content = OPERATIONS[operation].get("requestBody", {}).get("content", {})
        if "application/json" in content:
            name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert models[method["RequestModels"]["application/json"]["Ref"]] == published[name], operation
            assert method["RequestValidatorId"], operation
            used.add(name)
    assert used == published.keys()


def test_only_the_api_calls_its_function(ingress: Template) -> None:
    """API Gateway may invoke the function of the API for this API alone."""
    (permission,) = ingress.of_type("AWS::Lambda::Permission").values()
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert "<ApiRest" in render(permission["SourceArn"])


@pytest.mark.parametrize(
    ("key", "starts"),
    [
        ("tenants/acme/inbox/june/01.eml", True),
        ("tenants/acme/mail/o3vrnil0e2ic28tr", True),
        ("tenants/acme/submissions/0a", False),
        ("tenants/acme/uploads/0a", False),
        ("tenants/acme/results/0a.json", False),
        ("tenants/acme/lots/0a.json", False),
        ("tenants/acme/batches/june/01.eml", False),
    ],
)
def test_an_object_starts_a_task_by_its_key(ingress: Template, key: str, starts: bool) -> None:
    """What is put into an inbox, and a mail, starts `process_task`; what our own functions store does not."""
    (rule,) = ingress.of_type("AWS::Events::Rule").values()
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    wildcards = [each["wildcard"] for each in pattern["detail"]["object"]["key"]]
    assert any(fnmatchcase(key, wildcard) for wildcard in wildcards) is starts


def test_an_event_that_starts_nothing_is_kept(ingress: Template) -> None:
    """The rule hands the machine S3's event as it is, tries for six hours, and then keeps the event in a queue."""
    (rule,) = ingress.of_type("AWS::Events::Rule").values()
    (target,) = rule["Targets"]
    assert "ProcessTask" in render(target["Arn"])
    assert not {"Input", "InputPath", "InputTransformer"} & target.keys()
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 21_600, "MaximumRetryAttempts": 10}
    assert render(target["DeadLetterConfig"]["Arn"]).startswith("<DeadLetters")


def test_mail_is_scanned_and_kept_whole(ingress: Template) -> None:
    """SES takes mail over TLS only, scans it, and puts it under the prefix of its tenant; it drops nothing itself."""
    (rule,) = ingress.of_type("AWS::SES::ReceiptRule").values()
    assert (rule["Rule"]["ScanEnabled"], rule["Rule"]["TlsPolicy"]) == (True, "Require")
    (action,) = rule["Rule"]["Actions"]
    assert action["S3Action"]["ObjectKeyPrefix"] == "tenants/default/mail/"


def test_the_firewall_lets_mails_through(ingress: Template) -> None:
    """Rules that look for HTML and addresses in a body count and do not block: a mail has both."""
    (acl,) = ingress.of_type("AWS::WAFv2::WebACL").values()
    blocking = [rule for rule in acl["Rules"] if "ManagedRuleGroupStatement" in rule["Statement"]]
    counted = {
        each["Name"]
        for rule in blocking
        for each in rule["Statement"]["ManagedRuleGroupStatement"].get("RuleActionOverrides", [])
    }
    assert {"CrossSiteScripting_BODY", "SizeRestrictions_BODY"} <= counted
    assert ingress.of_type("AWS::WAFv2::WebACLAssociation")


def test_a_sovereign_environment_has_no_door_to_the_internet(synthesise: Synthesise) -> None:
    """Its API is private and heard through its own endpoint only; it has no mail, no NAT and no public subnet."""
    stacks = synthesise("sovereign")
    (api,) = stacks["Ingress"].of_type("AWS::ApiGateway::RestApi").values()
    assert api["EndpointConfiguration"]["Types"] == ["PRIVATE"]
    deny = [each for each in api["Policy"]["Statement"] if each["Effect"] == "Deny"]
    assert "aws:SourceVpce" in json.dumps(deny)
    everything = [resource["Type"] for stack in stacks.values() for resource in stack.body["Resources"].values()]
    assert not {"AWS::SES::ReceiptRule", "AWS::EC2::NatGateway", "AWS::EC2::InternetGateway"} & set(everything)
    models = {
        resource
        for stack in stacks.values()
        for function in stack.functions().values()
        for action, resource in stack.allowed_to(function)
        if action == "bedrock:InvokeModel"
    }
    assert models
    assert all(
        resource.startswith("arn:<AWS::Partition>:bedrock:<AWS::Region>::foundation-model/") for resource in models
    )
