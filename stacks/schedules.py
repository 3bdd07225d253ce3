"""What runs by the clock: the upkeep of the ledger."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

_DUTIES = {
    "sweep": events.Schedule.rate(Duration.minutes(1)),
    "daily": events.Schedule.cron(minute="17", hour="3"),
}
"""Inputs of MaintainLedger, by the clock (UTC)."""


class Schedules(Construct):
    """The rules that call MaintainLedger."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        maintain_ledger: lambda_.Function,
        dead_letters: sqs.Queue,
    ) -> None:
        super().__init__(scope, construct_id)
        for duty, schedule in _DUTIES.items():
            target = targets.LambdaFunction(
                maintain_ledger,
                event=events.RuleTargetInput.from_object({"duty": duty}),
                dead_letter_queue=dead_letters,
                retry_attempts=2,
                max_event_age=Duration.minutes(5),  # the next one does its work
            )
            events.Rule(self, duty.capitalize(), schedule=schedule, targets=[target])
