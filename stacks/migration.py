"""The step of a deployment that brings the ledger to the schema of the code that is deployed with it."""

from __future__ import annotations

import hashlib

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.bundling import ROOT, handler_code
from stacks.network import NetworkStack
from stacks.retention import add_log_group
from stacks.roles import allow, function_role
from stacks.settings import Settings

MODULE = "migrate_ledger"
CONCURRENCY = 1
"""Two migrations at once would only wait for each other."""

_TIMEOUT = Duration.minutes(15)
_ANSWER_TIMEOUT = Duration.minutes(16)


class Migration(Construct):
    """A function that migrates, and the resource that calls it whenever the migrations changed.

    CloudFormation calls the function itself: the CDK's provider framework would put two more between them, outside
    the network. A failed migration fails the deployment; its own transaction is rolled back by PostgreSQL.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: NetworkStack,
        key: kms.Key,
        instance: rds.DatabaseInstance,
        database: str,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        name = f"/atomic/{settings.environment}/{MODULE}"
        log_group = add_log_group(self, "Logs", name, settings, key)
        secret = instance.secret
        if secret is None:
            raise LookupError("RDS keeps no secret for this instance")
        role = function_role(self, "Role", log_group)
        allow(role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
        allow(role, ["kms:Decrypt"], [key.key_arn])
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"MigrateLedger of atomic {settings.environment}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=handler_code("core"),
            handler=f"lambdas.{MODULE}.handler",
            memory_size=512,
            timeout=_TIMEOUT,
            role=role,
            log_group=log_group,
            vpc=network.vpc,
            vpc_subnets=network.function_subnets,
            security_groups=[network.migration],
            reserved_concurrent_executions=CONCURRENCY,
            environment={
                "ATOMIC_OWNER_SECRET": secret.secret_arn,
                "ATOMIC_LEDGER_HOST": instance.db_instance_endpoint_address,
                "ATOMIC_LEDGER_NAME": database,
            },
            environment_encryption=key,
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(
            self.function,
            "CloudFormation waits for its answer, and fails the deployment without one",
            "Serverless-LambdaDLQ",
            "NIST.800.53.R5-LambdaDLQ",
        )
        self.resource = CustomResource(
            self,
            "Schema",
            resource_type="Custom::AtomicLedgerSchema",
            service_token=self.function.function_arn,
            service_timeout=_ANSWER_TIMEOUT,
            properties={"Migrations": migrations_digest()},
        )
        self.resource.node.add_dependency(instance, role)


def migrations_digest() -> str:
    """What changes when a migration is added, so that CloudFormation calls again."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "schemas" / "migrations").glob("*.sql")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
