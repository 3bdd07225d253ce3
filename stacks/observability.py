"""What an operator looks at: alarms with their runbooks, a dashboard, saved questions to the log."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.alarms import Alarms, Vended
from stacks.dashboard import MarketDashboard
from stacks.log_queries import LogQueries

_FIVE_MINUTES = Duration.minutes(5)
_OLDEST_MESSAGE_S = 15 * 60


class Observability(Construct):
    """Watches one environment. `topic` is told by every alarm: subscribe to it.

    `dead_letters` are queues that should stay empty, `queues` those that should be worked off, by a short name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        functions: Mapping[str, lambda_.Function],
        machines: Mapping[str, sfn.StateMachine],
        key: kms.Key,
        queues: Mapping[str, sqs.IQueue] | None = None,
        dead_letters: Mapping[str, sqs.IQueue] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._topic(key)
        vended = [*_executions(machines), *_waiting(queues or {}), *_dead(dead_letters or {})]
        self.alarms = Alarms(self, "Alarms", topic=self.topic, vended=vended)
        MarketDashboard(
            self,
            "Dashboard",
            name=f"atomic-{environment}",
            alarms=self.alarms.all,
            functions=functions,
            machines=machines,
            widget=functions["MarketWidget"],
        )
        groups = [function.log_group.log_group_name for function in functions.values()]
        LogQueries(self, "Queries", folder=f"atomic-{environment}", log_groups=groups)

    def _topic(self, key: kms.Key) -> sns.Topic:
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[cloudwatch], actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=["*"]
            )
        )
        topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True, display_name="Atomic alarms")
        topic.add_to_resource_policy(
            iam.PolicyStatement(principals=[cloudwatch], actions=["sns:Publish"], resources=[topic.topic_arn])
        )
        return topic


def _executions(machines: Mapping[str, sfn.StateMachine]) -> list[Vended]:
    """What no function can tell: an execution that failed before any could."""
    failed = machines["ProcessTask"].metric_failed(period=_FIVE_MINUTES)
    return [Vended("executions-failed", "the execution of a task failed", failed, 1)]


def _waiting(queues: Mapping[str, sqs.IQueue]) -> list[Vended]:
    return [
        Vended(
            f"queue-waits-{name}",
            "the oldest message of a queue waits for a quarter of an hour",
            queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum"),
            _OLDEST_MESSAGE_S,
        )
        for name, queue in queues.items()
    ]


def _dead(queues: Mapping[str, sqs.IQueue]) -> list[Vended]:
    return [
        Vended(
            f"dead-letters-{name}",
            "something could not be delivered and waits in a dead-letter queue",
            queue.metric_approximate_number_of_messages_visible(period=_FIVE_MINUTES, statistic="Maximum"),
            1,
        )
        for name, queue in queues.items()
    ]
