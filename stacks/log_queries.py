"""Questions to the log that an operator asks more than once, saved in CloudWatch Logs Insights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

QUERIES: Mapping[str, str] = {
    "one task from trigger to feedback": (
        "fields @timestamp, message, function, lot_id, seat_id, status, reason\n"
        "| filter task_id = 'TASK'\n| sort @timestamp asc\n| limit 500"
    ),
    "errors by place": (
        "filter message = 'function_failed'\n"
        "| stats count() as times, max(@timestamp) as last by error, side, function, place\n| sort times desc"
    ),
    "why lots went without an award": (
        "filter message = 'auction_unawarded'\n| stats count() as auctions by reason, kind\n| sort auctions desc"
    ),
    "failures by seat and reason": (
        "filter message = 'execution_ended' and status = 'failed'\n"
        "| stats count() as calls, sum(cost_micros) as micros by seat_id, reason\n| sort calls desc"
    ),
    "calibration by seat and kind": (
        "filter message in ['outcome_recorded', 'feedback_recorded'] and ispresent(reward)\n"
        "| stats count() as judged, avg(promised_quality) as promised, avg(reward) as scored by seat_id, kind\n"
        "| sort judged desc"
    ),
    "dearest lots": (
        "filter message = 'lot_settled' and resolution = 'settled'\n"
        "| stats sum(cost_micros) as micros, count() as rounds by lot_id\n| sort micros desc\n| limit 50"
    ),
    "latency by seat": (
        "filter message = 'execution_ended'\n"
        "| stats pct(latency_ms, 50) as p50, pct(latency_ms, 99) as p99, count() as calls by seat_id\n| sort p99 desc"
    ),
    "saving against the best single seat": (
        "filter message = 'task_assembled'\n"
        "| stats sum(best_single_micros) - sum(cost_micros) as saved_micros, sum(lots) as lots by bin(1h)"
    ),
}
"""By name. They read the fields of docs/reference/events.md."""


class LogQueries(Construct):
    """The saved queries, in a folder of the environment's name."""

    def __init__(self, scope: Construct, construct_id: str, *, folder: str, log_groups: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        for number, (name, query) in enumerate(QUERIES.items()):
            logs.CfnQueryDefinition(
                self, f"Query{number}", name=f"{folder}/{name}", query_string=query, log_group_names=list(log_groups)
            )
