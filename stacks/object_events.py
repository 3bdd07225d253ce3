"""A document that is put into the bucket is a task."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

INBOX = "tenants/*/inbox/*"
MAIL = "tenants/*/mail/*"
"""Keys that start tasks. What the API stores has other keys: it starts its tasks itself."""


class ObjectEvents(Construct):
    """Starts `process_task` with the event of S3 as it is; IngestTask reads tenant and document from the key."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: s3.IBucket,
        machine: sfn.IStateMachine,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        here = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("events.amazonaws.com", conditions=here))
        target = targets.SfnStateMachine(
            machine,
            role=role,
            dead_letter_queue=dead_letters,
            retry_attempts=10,
            max_event_age=Duration.hours(6),
        )
        self.rule = events.Rule(
            self,
            "Created",
            description="a document in the inbox of a tenant, or a mail",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"wildcard": INBOX}, {"wildcard": MAIL}]},
                },
            ),
            targets=[target],
        )
