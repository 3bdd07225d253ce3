"""Backups of the ledger beyond those that RDS makes: kept apart from it, and by another service."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds

from stacks.acknowledge import acknowledge
from stacks.settings import Settings

_KEPT = Duration.days(365)


def add_backups(stack: Stack, instance: rds.DatabaseInstance, key: kms.Key, settings: Settings) -> backup.BackupPlan:
    """A monthly snapshot kept for a year, and any second of the last days that RDS keeps itself."""
    vault = backup.BackupVault(
        stack,
        "Vault",
        backup_vault_name=f"atomic-{settings.environment}",
        encryption_key=key,
        block_recovery_point_deletion=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    plan = backup.BackupPlan(stack, "Backups", backup_plan_name=f"atomic-{settings.environment}", backup_vault=vault)
    plan.add_rule(
        backup.BackupPlanRule(
            rule_name="continuous",
            enable_continuous_backup=True,
            delete_after=Duration.days(settings.database.backup_days),
        )
    )
    plan.add_rule(
        backup.BackupPlanRule(
            rule_name="monthly",
            schedule_expression=events.Schedule.cron(minute="23", hour="2", day="1"),
            delete_after=_KEPT,
        )
    )
    plan.add_selection("Ledger", resources=[backup.BackupResource.from_rds_database_instance(instance)])
    prescribed = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    acknowledge(plan, "AWS Backup prescribes this policy for its role", f"AwsSolutions-IAM4[Policy::{prescribed}]")
    return plan
