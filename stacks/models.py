"""Which models of Bedrock may be called, as the resources of a policy."""

from __future__ import annotations

from aws_cdk import Aws

from stacks.settings import Settings


def model_arns(settings: Settings) -> list[str]:
    """The models of the settings, in this region only or through any inference profile of this account.

    A profile runs a model in whichever region of its geography has room: the model is named, its region and the
    profile's geography are not.
    """
    if settings.bedrock_scope == "region":
        return [
            f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}::foundation-model/{each}" for each in settings.bedrock_models
        ]
    return _in_geography(settings, Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)


def reported_models(settings: Settings) -> list[str]:
    """Those of the resources that have a wildcard, as a report of rules writes them."""
    if settings.bedrock_scope == "region":
        return []
    return _in_geography(settings, "<AWS::Partition>", "<AWS::Region>", "<AWS::AccountId>")


def _in_geography(settings: Settings, partition: str, region: str, account: str) -> list[str]:
    return [
        resource
        for model in settings.bedrock_models
        for resource in (
            f"arn:{partition}:bedrock:*::foundation-model/{model}",
            f"arn:{partition}:bedrock:{region}:{account}:inference-profile/*.{model}",
        )
    ]
