"""Receipts in the cloud: a key that only signs, a bucket that only grows, and the minute's sealing."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledge import acknowledge, acknowledge_wildcard, as_reported
from stacks.retention import removal_policy
from stacks.settings import Settings

_PREFIX = "receipts/"
_LOCKED_FOR = {True: Duration.days(3_650), False: Duration.days(1)}
"""How long an anchor cannot be deleted, by whether the environment keeps its data."""


class Receipts(Construct):
    """What SealReceipts needs. `key` and `anchors` are for auditors to be granted: GetPublicKey, and reading.

    The private key never leaves KMS. Object Lock in compliance mode binds everybody, the account's owner too. The two
    are kept apart from the database: who can write there can neither sign nor take an anchor back.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        seal_receipts: lambda_.Function,
        access_logs: s3.IBucket,
        dead_letters: sqs.Queue,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"atomic {settings.environment}: signs the receipts of the ledger",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=removal_policy(settings),
        )
        self.anchors = s3.Bucket(
            self,
            "Anchors",
            encryption=s3.BucketEncryption.S3_MANAGED,  # hashes and signatures: an auditor needs no key of ours
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="anchors/",
            object_lock_enabled=True,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(_LOCKED_FOR[settings.retain_data]),
            removal_policy=removal_policy(settings),
        )
        assert seal_receipts.role is not None
        self._allow(seal_receipts, ["kms:Sign", "kms:GetPublicKey"], self.key.key_arn)
        self._allow(seal_receipts, ["s3:PutObject"], self.anchors.arn_for_objects(f"{_PREFIX}*"))
        self._allow(seal_receipts, ["s3:ListBucket"], self.anchors.bucket_arn)
        acknowledge_wildcard(
            seal_receipts.role, "the anchors, whose names are their numbers", f"{as_reported(self.anchors)}/{_PREFIX}*"
        )
        acknowledge(
            self.anchors,
            "an anchor is public by intent and locked against everybody; auditors copy it to where they trust",
            "NIST.800.53.R5-S3BucketReplicationEnabled",
            "NIST.800.53.R5-S3DefaultEncryptionKMS",
        )
        seal_receipts.add_environment("ATOMIC_SIGNING_KEY", f"kms:{self.key.key_arn}")
        seal_receipts.add_environment("ATOMIC_ANCHORS", f"s3://{self.anchors.bucket_name}/{_PREFIX}")
        target = targets.LambdaFunction(
            seal_receipts,
            event=events.RuleTargetInput.from_object({"version": 1}),
            dead_letter_queue=dead_letters,
            retry_attempts=0,  # the next minute does its work
            max_event_age=Duration.minutes(1),
        )
        events.Rule(self, "EveryMinute", schedule=events.Schedule.rate(Duration.minutes(1)), targets=[target])

    @staticmethod
    def _allow(function: lambda_.Function, actions: list[str], resource: str) -> None:
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
