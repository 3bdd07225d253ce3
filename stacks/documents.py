"""Where documents live: one bucket under one key, and who may do what to it."""

from __future__ import annotations

from typing import Literal

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.acknowledge import acknowledge, acknowledge_wildcard, as_reported
from stacks.mail import receipt_rule_arn
from stacks.retention import removal_policy
from stacks.settings import Settings

DocumentAccess = Literal["none", "read", "write", "read_write"]

_OLD_VERSIONS_KEPT = Duration.days(30)
_ABANDONED_UPLOADS_KEPT = Duration.days(7)


class Documents(Construct):
    """The bucket of mails, payloads, raw answers and results. `bucket` and `key` are for other stacks to refer to."""

    def __init__(self, scope: Construct, construct_id: str, *, access_logs: s3.IBucket, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"atomic {settings.environment}: documents",
            enable_key_rotation=True,
            removal_policy=removal_policy(settings),
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="documents/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=_OLD_VERSIONS_KEPT,
                    abort_incomplete_multipart_upload_after=_ABANDONED_UPLOADS_KEPT,
                )
            ],
            removal_policy=removal_policy(settings),
        )
        acknowledge(
            self.bucket,
            "a second region would hold the documents of tenants who chose this one; versions and backups stay here",
            "NIST.800.53.R5-S3BucketReplicationEnabled",
        )
        if settings.ingress.mail_domain:
            self._take_mail(settings)
        # The CDK's own property would add a function outside the network to set this one field.
        (bucket,) = [child for child in self.bucket.node.children if isinstance(child, s3.CfnBucket)]
        bucket.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)

    def _take_mail(self, settings: Settings) -> None:
        """Let the one rule of SES put mails under the prefix of their tenant."""
        theirs = {
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": receipt_rule_arn(self, settings)}
        }
        mails = self.bucket.arn_for_objects(f"tenants/{settings.ingress.mail_tenant}/mail/*")
        for add, actions, resource in (
            (self.bucket.add_to_resource_policy, ["s3:PutObject"], mails),
            (self.key.add_to_resource_policy, ["kms:GenerateDataKey", "kms:Encrypt"], "*"),
        ):
            add(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                    actions=actions,
                    resources=[resource],
                    conditions=theirs,
                )
            )

    def grant(self, role: iam.Role, access: DocumentAccess) -> None:
        """Let `role` read or write objects, and nothing else: no deletion, no versions, no settings."""
        if access in {"read", "read_write"}:
            self._allow(role, "s3:GetObject", self.bucket.arn_for_objects("*"))
            # Without it S3 answers AccessDenied for an object that is not there, where the code expects NoSuchKey.
            self._allow(role, "s3:ListBucket", self.bucket.bucket_arn)
            self._allow(role, "kms:Decrypt", self.key.key_arn)
        if access in {"write", "read_write"}:
            self._allow(role, "s3:PutObject", self.bucket.arn_for_objects("*"))
            self._allow(role, "kms:GenerateDataKey", self.key.key_arn)
        if access != "none":
            acknowledge_wildcard(role, "the objects of one bucket", f"{as_reported(self.bucket)}/*")

    def _allow(self, role: iam.Role, action: str, resource: str) -> None:
        role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
