"""Who asked for which object: the bucket that the other buckets write their access logs to."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.retention import removal_policy
from stacks.settings import Settings


def add_access_logs(scope: Construct, construct_id: str, settings: Settings) -> s3.Bucket:
    """A bucket for access logs. S3 writes them only under its own key; they hold no content."""
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=Duration.days(settings.log_retention_days),
                noncurrent_version_expiration=Duration.days(1),
            )
        ],
        removal_policy=removal_policy(settings),
    )
    acknowledge(
        bucket,
        "S3 writes access logs only under its own key, and they are about objects that are kept elsewhere",
        "NIST.800.53.R5-S3BucketReplicationEnabled",
        "NIST.800.53.R5-S3DefaultEncryptionKMS",
    )
    return bucket
