"""The rules that every synthesis is held to: three packs of cdk-nag, our own Guard rules, and the CDK's own."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import CloudFormationValidatePlugin, ValidationRuleSource, Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from stacks.acknowledge import acknowledge
from stacks.bundling import ROOT

PROMISES = ROOT / "stacks" / "promises.guard"


_EVERYWHERE = {
    "functions run on the Python that the lock's wheels are made for, which is supported until October 2029": (
        "AwsSolutions-L1",
        "Serverless-LambdaLatestVersion",
    ),
    "one role per function and machine: its policy is its own, and nothing else may be given it": (
        "NIST.800.53.R5-IAMNoInlinePolicy",
    ),
}


def add_rules(app: cdk.App) -> None:
    """Hold `app` to all rules: its synthesis fails where one is broken and not acknowledged with a reason."""
    promises = ValidationRuleSource(name="promises of the product", content=PROMISES.read_text())
    for reason, rules in _EVERYWHERE.items():
        acknowledge(app, reason, *rules)
    Validations.of(app).add_plugins(
        AwsSolutionsChecks(app),
        ServerlessChecks(app),
        NIST80053R5Checks(app),
        CloudFormationValidatePlugin(guard_rules=[promises]),
    )
