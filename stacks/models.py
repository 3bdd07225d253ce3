"""Which models of Bedrock may be called, as the resources of a policy."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack

from stacks.settings import Settings


def model_arns(stack: Stack, settings: Settings) -> list[str]:
    """The models of the settings, in this region only or through any inference profile of this account.

    A profile runs a model in whichever region of its geography has room: the model is named, its region and the
    profile's geography are not.
    """
    if settings.bedrock_scope == "region":
        return [
            f"arn:{stack.partition}:bedrock:{stack.region}::foundation-model/{each}" for each in settings.bedrock_models
        ]
    arns = []
    for model in settings.bedrock_models:
        arns.append(f"arn:{stack.partition}:bedrock:*::foundation-model/{model}")
        arns.append(
            stack.format_arn(
                service="bedrock",
                resource="inference-profile",
                resource_name=f"*.{model}",
                arn_format=ArnFormat.SLASH_RESOURCE_NAME,
            )
        )
    return arns


def reported_models(settings: Settings) -> list[str]:
    """Those of the resources that have a wildcard, as a report of rules writes them."""
    if settings.bedrock_scope == "region":
        return []
    region = settings.region or "<AWS::Region>"
    account = settings.account or "<AWS::AccountId>"
    return [
        resource
        for model in settings.bedrock_models
        for resource in (
            f"arn:<AWS::Partition>:bedrock:*::foundation-model/{model}",
            f"arn:<AWS::Partition>:bedrock:{region}:{account}:inference-profile/*.{model}",
        )
    ]
