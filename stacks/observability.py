"""What an operator looks at: alarms with their runbooks, a dashboard, saved questions to the log."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.alarms import Alarms, Vended
from stacks.dashboard import MarketDashboard
from stacks.log_queries import LogQueries
from stacks.market import MarketStack
from stacks.settings import Settings

_FIVE_MINUTES = Duration.minutes(5)


class ObservabilityStack(Stack):
    """Watches one environment. `topic` is told by every alarm: subscribe to it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, market: MarketStack, settings: Settings, env: Environment
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Atomic, {settings.environment}: alarms, dashboard, queries",
        )
        name = f"atomic-{settings.environment}"
        self.topic = self._topic(market.key)
        vended = [*_executions(market.machines), *_dead(market.queues)]
        alarms = Alarms(self, "Alarms", topic=self.topic, vended=vended)
        MarketDashboard(
            self,
            "Dashboard",
            name=name,
            alarms=alarms.all,
            functions=market.functions,
            machines=market.machines,
            queues=market.queues,
            widget=market.functions["MarketWidget"],
        )
        groups = [function.log_group.log_group_name for function in market.functions.values()]
        LogQueries(self, "Queries", folder=name, log_groups=groups)
        CfnOutput(self, "AlarmTopic", value=self.topic.topic_arn)

    def _topic(self, key: kms.IKey) -> sns.Topic:
        topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True, display_name="Atomic alarms")
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        topic.add_to_resource_policy(
            iam.PolicyStatement(principals=[cloudwatch], actions=["sns:Publish"], resources=[topic.topic_arn])
        )
        return topic


def _executions(machines: Mapping[str, sfn.StateMachine]) -> list[Vended]:
    """Every task whose execution failed, those too whose failure no function was left to write or to tell."""
    failed = machines["ProcessTask"].metric_failed(period=_FIVE_MINUTES)
    return [Vended("executions-failed", "the execution of a task failed", failed, 1)]


def _dead(queues: Mapping[str, sqs.IQueue]) -> list[Vended]:
    return [
        Vended(
            "dead-letters",
            "something could not be delivered and waits in a dead-letter queue",
            queue.metric_approximate_number_of_messages_visible(period=_FIVE_MINUTES, statistic="Maximum"),
            1,
            of=name,
        )
        for name, queue in queues.items()
    ]
