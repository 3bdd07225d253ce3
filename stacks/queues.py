"""Queues of what nobody could deliver, kept for whoever looks after the installation."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.retention import removal_policy
from stacks.settings import Settings

_KEPT = Duration.days(14)


def add_dead_letters(scope: Construct, construct_id: str, key: kms.IKey, settings: Settings) -> sqs.Queue:
    """A queue that should stay empty."""
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=_KEPT,
        removal_policy=removal_policy(settings),
    )
    acknowledge(queue, "it is the end of the line itself", "Serverless-SQSRedrivePolicy", "AwsSolutions-SQS3")
    return queue
