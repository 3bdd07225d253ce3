"""Findings of rules that are meant to be so: written down beside what causes them, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import Acknowledgment, CfnElement, Stack, Validations
from constructs import Construct, IConstruct

_PACKS = ("AwsSolutions", "Serverless", "NIST.800.53.R5")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A rule that is set aside for one construct and all in it."""

    rule: str
    path: str
    reason: str


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Set `rules` aside for `construct` and what it contains. A rule is named as a report names it."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"{_pack(each)}::{each}", reason=reason) for each in rules)
    )


def acknowledge_wildcard(role: IConstruct, reason: str, *resources: str) -> None:
    """Let the policy of `role` name these `resources`, each with a wildcard, and no other."""
    acknowledge(role, reason, *(f"AwsSolutions-IAM5[Resource::{each}]" for each in resources))


def as_reported(construct: Construct, attribute: str = "Arn") -> str:
    """How a report writes a reference to a construct: `<DocumentsBucket089EA665.Arn>`."""
    element = construct.node.default_child
    if not isinstance(element, CfnElement):
        raise TypeError(f"{construct.node.path} is no resource")
    return f"<{Stack.of(construct).get_logical_id(element)}.{attribute}>"


def acknowledged(app: cdk.App) -> Iterator[Acknowledged]:
    """Everything that was set aside, in the order of the construct tree."""
    for construct in app.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                for rule, reason in entry.data.items():
                    yield Acknowledged(rule, construct.node.path, reason)


def _pack(rule: str) -> str:
    return next(pack for pack in _PACKS if rule.startswith(pack))
