"""The state machines: each ASL file as it is, with its substitutions and the permissions that its text asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.acknowledge import acknowledge, as_reported
from stacks.documents import Documents
from stacks.machine_roles import executions, machine_role, reported_executions
from stacks.retention import add_log_group
from stacks.settings import Settings

DEFINITIONS = Path(__file__).resolve().parents[1] / "statemachines"

MACHINES = {
    "RunLot": sfn.StateMachineType.EXPRESS,
    "ApproveResult": sfn.StateMachineType.STANDARD,
    "JudgeAnswers": sfn.StateMachineType.STANDARD,
    "ProcessTask": sfn.StateMachineType.STANDARD,
    "ProcessBatch": sfn.StateMachineType.STANDARD,
    "ReplayPolicy": sfn.StateMachineType.STANDARD,
}
"""By file name in camel case. Those that others start come first. Not here is what nothing in the cloud would start."""

BUCKET = "DocumentsBucket"
"""What a definition calls the bucket of documents."""

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
_MANIFESTS = {"ReplayPolicy": "tenants/*/replays/*", "ProcessBatch": "tenants/*/batches/*"}
"""The objects that the map of a machine may read its items from."""


class UnknownSubstitution(LookupError):
    """A definition names a function or a machine that the stack does not have. The author of the ASL must act."""


class StateMachines(Construct):
    """Every state machine that something in the cloud starts, in `by_name`.

    A definition given as text gets no permissions from the CDK: the role of each is written here, from the names in
    its text. It may invoke those functions, start those machines synchronously, and nothing else of ours. One with a
    Distributed Map may also start and watch its own children and read the manifest of their items.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.Function],
        documents: Documents,
        key: kms.Key,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self._functions = functions
        self._documents = documents
        self._key = key
        self._settings = settings
        self.by_name: dict[str, sfn.StateMachine] = {}
        for name, kind in MACHINES.items():
            self.by_name[name] = self._add(name, kind)

    def _add(self, name: str, kind: sfn.StateMachineType) -> sfn.StateMachine:
        scope = Construct(self, name)
        file_name = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        definition = (DEFINITIONS / f"{file_name}.asl.json").read_text()
        invoked, started = self._references(file_name, definition)
        # Names under this prefix share one resource policy, which would be full after some ten log groups.
        log_name = f"/aws/vendedlogs/states/atomic-{self._settings.environment}-{file_name}"
        role = machine_role(scope, json.loads(definition), invoked, {each: self.by_name[each] for each in started})
        bucket = {BUCKET: self._documents.bucket.bucket_name} if _names_bucket(definition) else {}
        machine = sfn.StateMachine(
            scope,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(definition),
            definition_substitutions=invoked | started | bucket,
            state_machine_type=kind,
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=add_log_group(scope, "Logs", log_name, self._settings, self._key),
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            ),
        )
        acknowledge(
            machine,
            "failures are logged; what every state did is in the history of a Standard execution and in the ledger",
            "AwsSolutions-SF1",
        )
        if bucket:
            self._allow_map(scope, role, machine, _MANIFESTS[name])
        return machine

    def _references(self, file_name: str, definition: str) -> tuple[dict[str, str], dict[str, str]]:
        """ARNs of the functions and of the machines that a definition names."""
        names = sorted(set(_SUBSTITUTION.findall(definition)) - {BUCKET})
        invoked = {name: self._functions[name].function_arn for name in names if name in self._functions}
        started = {name: self.by_name[name].state_machine_arn for name in names if name in self.by_name}
        if unknown := set(names) - set(invoked) - set(started):
            raise UnknownSubstitution(f"{file_name}.asl.json: nothing here is called {', '.join(sorted(unknown))}")
        if ambiguous := set(invoked) & set(started):
            raise UnknownSubstitution(f"{file_name}.asl.json: function or machine? {', '.join(sorted(ambiguous))}")
        return invoked, started

    def _allow_map(self, scope: Construct, role: iam.Role, machine: sfn.StateMachine, manifests: str) -> None:
        """What a Distributed Map asks for: its children are executions of the same machine.

        In a policy of its own: in the role's, which is made before the machine, it would refer in a circle.
        """
        policy = iam.Policy(scope, "MapPolicy", roles=[role])
        children = executions(machine.state_machine_name)
        for actions, resources in (
            (["states:StartExecution"], [machine.state_machine_arn]),
            (["states:DescribeExecution", "states:StopExecution"], children),
            (["s3:GetObject"], [self._documents.bucket.arn_for_objects(manifests)]),
            (["kms:Decrypt"], [self._documents.key.key_arn]),
        ):
            policy.add_statements(iam.PolicyStatement(actions=actions, resources=resources))
        acknowledge(
            policy,
            "AWS names the children of a map; its manifests are under one prefix of one bucket",
            *(f"AwsSolutions-IAM5[Resource::{each}]" for each in reported_executions(as_reported(machine, "Name"))),
            f"AwsSolutions-IAM5[Resource::{as_reported(self._documents.bucket)}/{manifests}]",
        )


def _names_bucket(definition: str) -> bool:
    return f"${{{BUCKET}}}" in definition
