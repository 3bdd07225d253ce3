"""The frame of a step of a deployment: CloudFormation hears of every end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas import deployment
from lambdas.deployment import deployment_step

EVENT = {
    "RequestType": "Create",
    "ServiceToken": "arn:aws:lambda:eu-central-1:123456789012:function:migrate",
    "ResponseURL": "https://cloudformation-custom-resource-response-eucentral1.s3.amazonaws.com/answer?signed",
    "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/AtomicLedger-dev/guid",
    "RequestId": "unique id for this create request",
    "ResourceType": "Custom::AtomicLedgerSchema",
    "LogicalResourceId": "MigrationSchema",
    "ResourceProperties": {"ServiceToken": "arn", "Migrations": "0123"},
}
"""The event of AWS's documentation, with our names."""

SENT = {
    "PhysicalResourceId": "ledger",
    "StackId": EVENT["StackId"],
    "RequestId": EVENT["RequestId"],
    "LogicalResourceId": "MigrationSchema",
}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What was put, and where: the network ends at `urlopen`."""
    sent: list[tuple[str, dict[str, Any]]] = []

    class Answered:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    def urlopen(request: Any, timeout: float) -> Answered:
        assert request.get_method() == "PUT"
        sent.append((request.full_url, json.loads(request.data)))
        return Answered()

    monkeypatch.setattr(deployment, "urlopen", urlopen)
    return sent


def test_a_step_that_worked_is_told(answers: list[tuple[str, dict[str, Any]]]) -> None:
    """CloudFormation gets what the step returned, under the ids that it asked with."""
    deployment_step("ledger")(lambda event: {"Applied": event["ResourceProperties"]["Migrations"]})(EVENT, None)

    assert answers == [(EVENT["ResponseURL"], {**SENT, "Status": "SUCCESS", "Data": {"Applied": "0123"}})]


def test_a_step_that_failed_is_told(answers: list[tuple[str, dict[str, Any]]]) -> None:
    """The reason reaches whoever deploys, and the deployment does not hang."""

    def step(_event: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("0007 changed after it was applied")

    deployment_step("ledger")(step)(EVENT, None)

    reason = "RuntimeError: 0007 changed after it was applied"
    assert answers == [(EVENT["ResponseURL"], {**SENT, "Status": "FAILED", "Reason": reason})]


def test_a_deletion_does_nothing(answers: list[tuple[str, dict[str, Any]]]) -> None:
    """The step is not taken back; its deletion is answered at once."""
    deployment_step("ledger")(lambda _event: pytest.fail("called"))({**EVENT, "RequestType": "Delete"}, None)

    assert answers == [(EVENT["ResponseURL"], {**SENT, "Status": "SUCCESS"})]
