"""The ledger: PostgreSQL on RDS, the proxy in front of it, its backups, and the migration at each deployment."""

from __future__ import annotations

from aws_cdk import ArnFormat, CfnOutput, Duration, Environment, Fn, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.backups import add_backups
from stacks.keys import add_key
from stacks.migration import Migration
from stacks.network import NetworkStack
from stacks.retention import add_log_group
from stacks.settings import Settings

DATABASE = "ledger"
OWNER = "atomic_owner"
"""The role that RDS makes. It migrates, and nothing else signs in as it."""

_PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "1000",
    "log_connections": "on",
    "idle_in_transaction_session_timeout": "60000",
}
_BORROW_TIMEOUT = Duration.seconds(5)
"""How long a caller waits for a connection: less than it waits for its call to succeed."""


class LedgerStack(Stack):
    """The database in isolated subnets, reached through `proxy` with tokens, and migrated before the market is made.

    No password is handed to anybody: RDS keeps the owner's in Secrets Manager and changes it weekly, everybody else
    signs in with the token of a role.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, network: NetworkStack, settings: Settings, env: Environment
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Atomic, {settings.environment}: the ledger",
            termination_protection=settings.retain_data,
        )
        self._network = network
        self._settings = settings
        self.key = add_key(self, "Key", "the ledger, its backups and the password of its owner", settings)
        self.instance = self._add_instance()
        self.proxy = self._add_proxy()
        self._explain()
        if settings.retain_data:
            add_backups(self, self.instance, self.key, settings)
        self.migration = Migration(
            self,
            "Migration",
            network=network,
            key=self.key,
            instance=self.instance,
            database=DATABASE,
            settings=settings,
        )
        CfnOutput(self, "ProxyEndpoint", value=self.proxy.endpoint)
        CfnOutput(self, "InstanceId", value=self.instance.instance_identifier)

    def url(self, user: str) -> str:
        """How a function reaches the ledger as `user`: through the proxy, with a token."""
        return f"postgresql+iam://{user}@{self.proxy.endpoint}:5432/{DATABASE}"

    def allow_connect(self, role: iam.Role, user: str) -> None:
        """Let `role` sign in at the proxy as `user`, and as nobody else."""
        proxy_id = Fn.select(6, Fn.split(":", self.proxy.db_proxy_arn))
        login = Stack.of(role).format_arn(
            service="rds-db",
            resource="dbuser",
            resource_name=f"{proxy_id}/{user}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        role.add_to_policy(iam.PolicyStatement(actions=["rds-db:connect"], resources=[login]))

    def _explain(self) -> None:
        acknowledge(
            self.instance,
            "only the proxy and the migration reach it, by security group: another port would hide it from nobody",
            "AwsSolutions-RDS11",
        )
        acknowledge(
            self.instance,
            "enhanced monitoring takes the role that RDS itself prescribes for it",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]",
        )
        if not self._settings.database.multi_az:
            acknowledge(
                self.instance,
                "this environment's settings trade the standby for half the price",
                "AwsSolutions-RDS3",
                "NIST.800.53.R5-RDSMultiAZSupport",
            )
        if not self._settings.retain_data:
            acknowledge(
                self.instance,
                "this environment goes with its stack; RDS's own backups cover the days that it lives",
                "AwsSolutions-RDS10",
                "NIST.800.53.R5-RDSInstanceDeletionProtectionEnabled",
                "NIST.800.53.R5-RDSInBackupPlan",
            )

    def _as_it_is(self, name: str, group: ec2.SecurityGroup) -> ec2.ISecurityGroup:
        """A group whose rules the network has already written: the CDK would add to them, in a circle of stacks."""
        return ec2.SecurityGroup.from_security_group_id(self, name, group.security_group_id, mutable=False)

    def _add_instance(self) -> rds.DatabaseInstance:
        chosen = self._settings.database
        name = f"atomic-{self._settings.environment}"
        for log in ("postgresql", "upgrade"):  # RDS would make them, without key and for ever
            add_log_group(self, f"{log.capitalize()}Logs", f"/aws/rds/instance/{name}/{log}", self._settings, self.key)
        version = rds.PostgresEngineVersion.of(chosen.engine_version, chosen.engine_version.split(".", maxsplit=1)[0])
        engine = rds.DatabaseInstanceEngine.postgres(version=version)
        keep = self._settings.retain_data
        return rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=name,
            engine=engine,
            instance_type=ec2.InstanceType(chosen.instance),
            database_name=DATABASE,
            credentials=rds.Credentials.from_username(OWNER, encryption_key=self.key),
            manage_master_user_password=True,
            iam_authentication=True,
            vpc=self._network.vpc,
            vpc_subnets=self._network.data_subnets,
            security_groups=[self._as_it_is("DatabaseGroup", self._network.database)],
            publicly_accessible=False,
            multi_az=chosen.multi_az,
            allocated_storage=chosen.storage_gib,
            max_allocated_storage=chosen.storage_gib_max,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=self.key,
            parameter_group=rds.ParameterGroup(self, "Parameters", engine=engine, parameters=_PARAMETERS),
            auto_minor_version_upgrade=False,  # the version is a setting
            backup_retention=Duration.days(chosen.backup_days),
            copy_tags_to_snapshot=True,
            delete_automated_backups=not keep,
            deletion_protection=keep,
            cloudwatch_logs_exports=["postgresql", "upgrade"],
            monitoring_interval=Duration.minutes(1),
            enable_performance_insights=True,
            performance_insight_encryption_key=self.key,
            removal_policy=RemovalPolicy.SNAPSHOT if keep else RemovalPolicy.DESTROY,
        )

    def _add_proxy(self) -> rds.DatabaseProxy:
        """Connections pooled over all functions. It signs in at the database as the caller did, with a token too."""
        return rds.DatabaseProxy(
            self,
            "Proxy",
            db_proxy_name=f"atomic-{self._settings.environment}",
            proxy_target=rds.ProxyTarget.from_instance(self.instance),
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            iam_auth=True,
            require_tls=True,
            vpc=self._network.vpc,
            vpc_subnets=self._network.data_subnets,
            security_groups=[self._as_it_is("ProxyGroup", self._network.proxy)],
            borrow_timeout=_BORROW_TIMEOUT,
            max_connections_percent=80,  # the rest is for the migration and whoever looks after the database
        )
