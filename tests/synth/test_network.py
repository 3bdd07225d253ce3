"""The network and the ledger of the synthesised application."""

from __future__ import annotations

import json

import pytest

from .conftest import ENVIRONMENTS, Synthesise
from .template import Template, render


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_there_is_one_way_out(environment: str, synthesise: Synthesise) -> None:
    """An environment reaches AWS by endpoints or through a NAT gateway, never by both."""
    network = synthesise(environment)["Network"]
    ways = {kind for kind in ("AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint") if network.of_type(kind)}
    assert len(ways) == 1


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_listens_to_the_internet(environment: str, synthesise: Synthesise) -> None:
    """No rule lets an address in from outside the network, and nothing uses the default group."""
    network = synthesise(environment)["Network"]
    rules = list(network.of_type("AWS::EC2::SecurityGroupIngress").values())
    rules += [
        rule
        for each in network.of_type("AWS::EC2::SecurityGroup").values()
        for rule in each.get("SecurityGroupIngress", [])
    ]
    assert rules
    assert not any(rule.get("CidrIp") == "0.0.0.0/0" or "CidrIpv6" in rule for rule in rules)
    assert all("DefaultSecurityGroup" not in json.dumps(stack.body) for stack in synthesise(environment).values())


def test_an_endpoint_lets_through_what_functions_ask(synthesise: Synthesise) -> None:
    """Each endpoint has a policy of named actions, open to this account, or to where CloudFormation waits."""
    endpoints = synthesise("dev")["Network"].of_type("AWS::EC2::VPCEndpoint").values()
    for endpoint in endpoints:
        for statement in endpoint["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not any(action.endswith(":*") or action == "*" for action in actions)
            awaited = "cloudformation-custom-resource-response-" in json.dumps(statement["Resource"])
            assert awaited or statement["Condition"]["StringEquals"]["aws:PrincipalAccount"]


def _instance(ledger: Template) -> dict[str, object]:
    (instance,) = ledger.of_type("AWS::RDS::DBInstance").values()
    return instance  # type: ignore[no-any-return]


def test_nobody_is_given_the_owners_password(synthesise: Synthesise) -> None:
    """RDS makes and keeps it; the proxy takes tokens, over TLS, and passes tokens on."""
    ledger = synthesise("dev")["Ledger"]
    (proxy,) = ledger.of_type("AWS::RDS::DBProxy").values()
    assert (proxy["DefaultAuthScheme"], proxy["RequireTLS"]) == ("IAM_AUTH", True)
    assert "Auth" not in proxy
    assert _instance(ledger)["ManageMasterUserPassword"] is True
    assert not ledger.of_type("AWS::SecretsManager::Secret")


def test_the_ledger_outlives_mistakes_in_production(synthesise: Synthesise) -> None:
    """Production's database cannot be deleted, leaves a snapshot, has a standby and a vault; that of dev goes."""
    for environment, kept in (("dev", False), ("prod", True), ("sovereign", True)):
        ledger = synthesise(environment)["Ledger"]
        instance = _instance(ledger)
        assert (instance["DeletionProtection"], instance["MultiAZ"]) == (kept, kept)
        (resource,) = [each for each in ledger.body["Resources"].values() if each["Type"] == "AWS::RDS::DBInstance"]
        assert resource["DeletionPolicy"] == ("Snapshot" if kept else "Delete")
        assert bool(ledger.of_type("AWS::Backup::BackupPlan")) is kept


def test_a_new_migration_is_applied_at_the_next_deployment(synthesise: Synthesise) -> None:
    """The custom resource names what the migrations are, and CloudFormation asks its function when that changes."""
    ledger = synthesise("dev")["Ledger"]
    (schema,) = ledger.of_type("Custom::AtomicLedgerSchema").values()
    assert schema["Migrations"]
    assert ledger.meaning(render(schema["ServiceToken"])) == "lambdas.migrate_ledger.handler"
    reads = {
        resource
        for action, resource in ledger.allowed_to(ledger.functions()["migrate_ledger"])
        if action.startswith("secretsmanager:")
    }
    assert len(reads) == 1
