"""The network: where functions and the database stand, what may talk to what, and the one way out."""

from __future__ import annotations

from aws_cdk import Aws, CfnOutput, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.endpoints import add_endpoints
from stacks.keys import add_key
from stacks.retention import add_log_group
from stacks.settings import Settings

POSTGRES = ec2.Port.tcp(5432)
HTTPS = ec2.Port.tcp(443)

_ZONES = 2


class NetworkStack(Stack):
    """A VPC over two zones. `vpc`, the security groups and the selections of subnets are for other stacks.

    The database stands in isolated subnets. Functions stand there too where AWS is reached by endpoints, else in
    private ones behind a NAT gateway: an environment has the one or the other.

    Who talks to whom: functions → proxy → database, migration → database, all of them → AWS. Nothing listens to the
    internet, and no rule names an address: each names the group on the other side.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, env: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Atomic, {settings.environment}: the network",
            termination_protection=settings.retain_data,
        )
        self._endpoints_only = settings.egress == "endpoints"
        self.vpc = self._add_vpc()
        self.functions = self._group("Functions", "functions of the market")
        self.migration = self._group("Migration", "the step of a deployment that migrates the ledger")
        self.proxy = self._group("Proxy", "the pool of connections to the ledger")
        self.database = self._group("Database", "the ledger")
        for source, target in (
            (self.functions, self.proxy),
            (self.proxy, self.database),
            (self.migration, self.database),
        ):
            source.add_egress_rule(target, POSTGRES, "PostgreSQL")
            target.add_ingress_rule(source, POSTGRES, "PostgreSQL")
        self.api_endpoint = self._add_ways_out(settings)
        self._add_flow_log(settings)
        acknowledge(
            self.vpc,
            "nothing uses the default group, which a test checks; closing it takes a function outside the network",
            "NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
        )
        CfnOutput(self, "VpcId", value=self.vpc.vpc_id)

        if not self._endpoints_only:
            acknowledge(
                self.vpc,
                "the public subnets hold the NAT gateways and nothing else",
                "NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW",
            )

    @property
    def data_subnets(self) -> ec2.SubnetSelection:
        """Where the database stands."""
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)

    @property
    def function_subnets(self) -> ec2.SubnetSelection:
        """Where functions stand."""
        if self._endpoints_only:
            return self.data_subnets
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)

    def _add_vpc(self) -> ec2.Vpc:
        isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=22)
        with_nat = [
            ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=22),
            ec2.SubnetConfiguration(
                name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=28, map_public_ip_on_launch=False
            ),
        ]
        return ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.42.0.0/16"),
            max_azs=_ZONES,
            subnet_configuration=[isolated, *([] if self._endpoints_only else with_nat)],
            nat_gateways=0 if self._endpoints_only else _ZONES,
            # Closing it takes a function of the CDK's outside the network; nothing uses it, which a rule checks.
            restrict_default_security_group=False,
        )

    def _group(self, name: str, of: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, name, vpc=self.vpc, description=f"atomic: {of}", allow_all_outbound=False)

    def _add_ways_out(self, settings: Settings) -> ec2.InterfaceVpcEndpoint | None:
        """Let the two callers of AWS reach it. Returns the endpoint through which a private API is called."""
        endpoint = None
        if self._endpoints_only:
            listening = self._group("Endpoints", "endpoints of AWS services")
            endpoint = add_endpoints(self, self.vpc, listening, self.data_subnets, settings)
            for caller in (self.functions, self.migration):
                listening.add_ingress_rule(caller, HTTPS, "AWS")
            if endpoint is not None:
                callers = self._group("Callers", "callers of the private API: join it")
                listening.add_ingress_rule(callers, HTTPS, "the API")
                callers.add_egress_rule(listening, HTTPS, "the API")
                CfnOutput(self, "CallersGroup", value=callers.security_group_id)
        for caller in (self.functions, self.migration):
            # To an endpoint, the S3 prefix list or through the NAT: without a route there is no other address.
            caller.add_egress_rule(ec2.Peer.any_ipv4(), HTTPS, "AWS")
        return endpoint

    def _add_flow_log(self, settings: Settings) -> None:
        key = add_key(self, "Key", "flow logs of the network", settings)
        group = add_log_group(self, "FlowLogs", f"/atomic/{settings.environment}/network", settings, key)
        here = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        role = iam.Role(
            self,
            "FlowLogsRole",
            assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com", conditions=here),
        )
        self.vpc.add_flow_log(
            "Flow",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )
