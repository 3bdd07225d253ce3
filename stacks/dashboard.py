"""The dashboard: alarms first, then money, outcomes, the market, its seats, and what carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.alarms import NAMESPACE, metric

_WIDTH = 24
_FIVE_MINUTES = Duration.minutes(5)


class MarketDashboard(Construct):
    """One page of CloudWatch for one environment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        alarms: Sequence[cloudwatch.Alarm],
        functions: Mapping[str, lambda_.Function],
        machines: Mapping[str, sfn.StateMachine],
        queues: Mapping[str, sqs.Queue],
        widget: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=name,
            widgets=[
                [cloudwatch.AlarmStatusWidget(alarms=list(alarms), title="Alarms", width=_WIDTH, height=4)],
                _money(),
                _outcomes(),
                _market(),
                _seats(),
                [
                    _own(widget, "League table of seats", {"view": "seats"}),
                    _own(widget, "Why was this seat selected?", {"view": "lot"}),
                ],
                _infrastructure(functions, machines, queues),
            ],
        )


def _money() -> list[cloudwatch.IWidget]:
    saved = _math("best - cost", "saved", best=("BestSingleMicros", "Sum"), cost=("TaskCostMicros", "Sum"))
    ratio = _math("actual / quoted", "actual / quoted", actual=("ActualMicros", "Sum"), quoted=("QuotedMicros", "Sum"))
    return [
        _graph("Spend and saving, micro-dollars", [metric("TaskCostMicros", "Sum"), saved]),
        _graph("Fullest budget, share used", [metric("BudgetUsed", "Maximum")]),
        _graph("Clearing price, micro-dollars", [metric("ClearingPriceMicros", each) for each in ("p50", "p99")]),
        _graph("Actual against quoted price", [ratio]),
    ]


def _outcomes() -> list[cloudwatch.IWidget]:
    promise = [metric("PromisedQuality", "Average"), metric("ScoredQuality", "Average")]
    return [
        _graph(
            "Tasks", [metric(name, "Sum") for name in ("TasksIngested", "TasksRefused", "TasksDone", "TasksFailed")]
        ),
        _graph("Lots", [metric(name, "Sum") for name in ("LotsAssembled", "LotsFailed")]),
        _graph("Calibration: promised and scored quality", promise),
        _graph(
            "Learning",
            [metric(name, "Sum") for name in ("Feedback", "ApprovalsAsked", "ApprovalsExpired", "OutcomesFolded")],
        ),
    ]


def _market() -> list[cloudwatch.IWidget]:
    return [
        _graph("Auctions", [metric(name, "Sum") for name in ("Auctions", "ReAuctions", "NoAwards", "BudgetRefusals")]),
        _graph("Concentration of wins", [metric("WinConcentration", "Maximum")]),
        _graph("Wins by seat", [_by_seat("Wins", "Sum")]),
        _graph(
            "Failures", [metric(name, "Sum") for name in ("SchemaInvalid", "Throttles", "TimeOuts", "ModelFailures")]
        ),
    ]


def _seats() -> list[cloudwatch.IWidget]:
    return [
        _graph("Latency p50 by seat, ms", [_by_seat("ModelLatency", "p50")]),
        _graph("Latency p99 by seat, ms", [_by_seat("ModelLatency", "p99")]),
        _graph("Cost by seat, micro-dollars", [_by_seat("ActualMicros", "Sum")]),
        _graph("Failures by seat", [_by_seat("ModelFailures", "Sum")]),
    ]


def _infrastructure(
    functions: Mapping[str, lambda_.Function],
    machines: Mapping[str, sfn.StateMachine],
    queues: Mapping[str, sqs.Queue],
) -> list[cloudwatch.IWidget]:
    each = functions.values()
    return [
        _graph("Function errors", [function.metric_errors(period=_FIVE_MINUTES) for function in each]),
        _graph("Function throttles", [function.metric_throttles(period=_FIVE_MINUTES) for function in each]),
        _graph("Executions failed", [machine.metric_failed(period=_FIVE_MINUTES) for machine in machines.values()]),
        _graph("Upkeep, ms", [metric(name, "Maximum") for name in ("OldestHold", "Unsealed")]),
        _graph("Oldest message of a queue, s", [_age(queue) for queue in queues.values()]),
    ]


def _age(queue: sqs.Queue) -> cloudwatch.IMetric:
    return queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum")


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDTH // 4, height=6)


def _math(expression: str, label: str, **metrics: tuple[str, str]) -> cloudwatch.IMetric:
    using = {name: metric(*each) for name, each in metrics.items()}
    return cloudwatch.MathExpression(expression=expression, using_metrics=using, label=label, period=_FIVE_MINUTES)


def _by_seat(name: str, statistic: str) -> cloudwatch.IMetric:
    """A line for every seat that there is, those of tomorrow too."""
    search = f"SEARCH('{{{NAMESPACE},service,seat}} MetricName=\"{name}\"', '{statistic}', 300)"
    return cloudwatch.MathExpression(expression=search, using_metrics={}, label="", period=_FIVE_MINUTES)


def _own(function: lambda_.IFunction, title: str, parameters: Mapping[str, Any]) -> cloudwatch.CustomWidget:
    return cloudwatch.CustomWidget(
        function_arn=function.function_arn,
        title=title,
        params=json.loads(json.dumps(parameters)),
        width=_WIDTH // 2,
        height=8,
        update_on_refresh=True,
        update_on_resize=False,
        update_on_time_range_change=False,
    )
