"""How long things are kept: log groups are explicit, and data outlives its stack where the settings say so."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.settings import Settings

_RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


def add_log_group(scope: Construct, construct_id: str, name: str, settings: Settings, key: kms.IKey) -> logs.LogGroup:
    """A log group called `name`, under `key`. Logs hold ids and event names, never documents."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        encryption_key=key,
        retention=_RETENTION[settings.log_retention_days],
        removal_policy=removal_policy(settings),
    )


def removal_policy(settings: Settings) -> RemovalPolicy:
    """What becomes of documents and logs when their stack goes."""
    return RemovalPolicy.RETAIN if settings.retain_data else RemovalPolicy.DESTROY
