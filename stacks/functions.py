"""One Lambda function per state, and one for the API: the table says what each may do, the construct makes that."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.acknowledge import acknowledge, acknowledge_wildcard
from stacks.bundling import Bundle, handler_code
from stacks.documents import DocumentAccess, Documents
from stacks.ledger import LedgerStack
from stacks.migration import CONCURRENCY as MIGRATIONS
from stacks.models import model_arns, reported_models
from stacks.network import NetworkStack
from stacks.retention import add_log_group
from stacks.roles import allow, function_role
from stacks.settings import InvalidSettings, Settings

UNRESERVABLE = 100
"""What AWS keeps of an account's quota of concurrent executions for functions that reserve none."""
APP_ROLE = "ledger_app"
READER_ROLE = "ledger_reader"


@dataclass(frozen=True, slots=True)
class StateFunction:
    """The function of one state, served by `lambdas/<module>.py`.

    `timeout_s` lies between the time-out of the client it waits for and the TimeoutSeconds of its state. `starts` are
    machines that it may start and whose waits it may end. `audits` lets it read the rows of all tenants. One that
    `asks_seats` may read their keys, `secret:atomic/seats/…`. One that is `by_schedule` is called without anybody
    waiting: what it fails at is kept in the queue of dead letters.
    """

    state: str
    module: str
    documents: DocumentAccess = "none"
    memory_mb: int = 256
    timeout_s: int = 45
    bundle: Bundle = "core"
    calls_models: bool = False
    asks_seats: bool = False
    audits: bool = False
    by_schedule: bool = False
    starts: tuple[str, ...] = ()


FUNCTIONS = (
    StateFunction("IngestTask", "ingest_task", documents="read", memory_mb=1_024, bundle="mail"),
    StateFunction("DecomposeTask", "decompose_task", documents="read_write", memory_mb=1_024, bundle="mail"),
    StateFunction("OpenAuction", "open_auction", documents="read", memory_mb=512, bundle="classifier", asks_seats=True),
    StateFunction("ClearAuction", "clear_auction", memory_mb=512),
    StateFunction(
        "ExecuteLot",
        "execute_lot",
        documents="read_write",
        memory_mb=512,
        timeout_s=75,
        bundle="executor",
        calls_models=True,
        asks_seats=True,
    ),
    StateFunction("SettleLot", "settle_lot"),
    StateFunction("RecordOutcome", "record_outcome", documents="read"),
    StateFunction("AssembleResult", "assemble_result", documents="read_write"),
    StateFunction("DeliverResult", "deliver_result", documents="read"),
    StateFunction("DeferLot", "defer_lot", documents="read_write"),
    StateFunction("RequestApproval", "request_approval"),
    StateFunction("ConcludeApproval", "conclude_approval", documents="read_write"),
    StateFunction("FoldPolicy", "fold_policy", memory_mb=512),
    StateFunction("ChooseAnswers", "choose_answers"),
    StateFunction("RecordVerdict", "record_verdict", documents="read"),
    StateFunction("MaintainLedger", "maintain_ledger", by_schedule=True),
    StateFunction("SealReceipts", "seal_receipts", memory_mb=512, audits=True, by_schedule=True),
    StateFunction("PlanReplay", "plan_replay", documents="write", memory_mb=512),
    StateFunction("ReplayChunk", "replay_chunk", documents="write", memory_mb=512),
    StateFunction("MarketWidget", "market_widget"),
    StateFunction("SummariseReplay", "summarise_replay", documents="read_write", memory_mb=512),
    StateFunction(
        "Api",
        "api",
        documents="read_write",
        memory_mb=512,
        timeout_s=28,
        bundle="api",
        starts=("ProcessTask", "ReplayPolicy", "ApproveResult"),
    ),
)


def reserved_concurrency(settings: Settings) -> dict[str, int]:
    """How many executions each function has reserved, by its state.

    Raises InvalidSettings where all together, the migration's too, are more than AWS lets the account reserve.
    """
    reserved = {
        each.state: settings.model_concurrency if each.calls_models else settings.concurrency for each in FUNCTIONS
    }
    total, most = sum(reserved.values()) + MIGRATIONS, settings.account_concurrency - UNRESERVABLE
    if total > most:
        raise InvalidSettings(
            f"environment {settings.environment!r}: concurrency, model_concurrency: the functions reserve {total} "
            f"executions in all, and of a quota of {settings.account_concurrency} AWS lets {most} be reserved; "
            "lower them, or have the quota raised and say so in account_concurrency"
        )
    return reserved


class StateFunctions(Construct):
    """Every function of the market, in `by_state`. All stand in the network and reach the ledger with a token."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        documents: Documents,
        network: NetworkStack,
        ledger: LedgerStack,
        key: kms.Key,
        dead_letters: sqs.Queue,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self._documents = documents
        self._network = network
        self._ledger = ledger
        self._key = key
        self._dead_letters = dead_letters
        self._settings = settings
        self._reserved = reserved_concurrency(settings)
        self._code = {bundle: handler_code(bundle) for bundle in sorted({each.bundle for each in FUNCTIONS})}
        self.by_state: Mapping[str, lambda_.Function] = {each.state: self._add(each) for each in FUNCTIONS}

    def allow_machines(self, machines: Mapping[str, sfn.StateMachine]) -> None:
        """Let those functions that start machines do so, and tell them the ARNs by the names of the files."""
        for each in FUNCTIONS:
            if not each.starts:
                continue
            arns = {snake(name): machines[name].state_machine_arn for name in each.starts}
            function = self.by_state[each.state]
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["states:StartExecution", "states:SendTaskSuccess", "states:SendTaskHeartbeat"],
                    resources=list(arns.values()),
                )
            )
            function.add_environment("ATOMIC_MACHINES", Stack.of(self).to_json_string(arns))

    def _add(self, function: StateFunction) -> lambda_.Function:
        scope = Construct(self, function.state)
        name = f"/atomic/{self._settings.environment}/{function.module}"
        log_group = add_log_group(scope, "Logs", name, self._settings, self._key)
        role = function_role(scope, "Role", log_group)
        self._permit(role, function)
        made = lambda_.Function(
            scope,
            "Function",
            description=f"{function.state} of atomic {self._settings.environment}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=self._code[function.bundle],
            handler=f"lambdas.{function.module}.handler",
            memory_size=function.memory_mb,
            timeout=Duration.seconds(function.timeout_s),
            role=role,
            log_group=log_group,
            vpc=self._network.vpc,
            vpc_subnets=self._network.function_subnets,
            security_groups=[self._network.functions],
            reserved_concurrent_executions=self._reserved[function.state],
            dead_letter_queue=self._dead_letters if function.by_schedule else None,
            environment=self._environment(function),
            environment_encryption=self._key,
            tracing=lambda_.Tracing.ACTIVE,
        )
        if not function.by_schedule:
            acknowledge(
                made,
                "somebody waits for its answer: a state machine that catches the failure, or the caller of the API",
                "Serverless-LambdaDLQ",
                "NIST.800.53.R5-LambdaDLQ",
            )
        return made

    def _permit(self, role: iam.Role, function: StateFunction) -> None:
        self._documents.grant(role, function.documents)
        self._ledger.allow_connect(role, APP_ROLE)
        if function.audits:
            self._ledger.allow_connect(role, READER_ROLE)
        if function.calls_models:
            allow(role, ["bedrock:InvokeModel"], model_arns(self._settings))
            acknowledge_wildcard(
                role,
                "the model is named; which region of its geography runs it is the profile's choice",
                *reported_models(self._settings),
            )
        if function.asks_seats:
            allow(role, ["secretsmanager:GetSecretValue"], [_seats_keys(Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)])
            acknowledge_wildcard(
                role,
                "keys of seats and nothing else: seats come and go without a deployment, and AWS ends the ARNs",
                _seats_keys("<AWS::Partition>", "<AWS::Region>", "<AWS::AccountId>"),
            )
        if function.by_schedule:  # the queue of dead letters is under this key
            allow(role, ["kms:GenerateDataKey", "kms:Decrypt"], [self._key.key_arn])

    def _environment(self, function: StateFunction) -> dict[str, str]:
        """The variables of `lambdas/environment.py`. None is a secret: the ledger is reached with a token."""
        variables = {
            "ATOMIC_DATABASE_URL": self._ledger.url(APP_ROLE),
            "ATOMIC_BUCKET": self._documents.bucket.bucket_name,
            "ATOMIC_DEFAULT_BUDGET_MICROS": str(self._settings.default_budget_micros),
            "ATOMIC_DATA_CLASS": self._settings.data_class,
            "ATOMIC_JUDGING": self._settings.judging.model_dump_json(),
        }
        if function.audits:
            variables["ATOMIC_AUDIT_URL"] = self._ledger.url(READER_ROLE)
        if function.state == "Api":
            principals = {arn: each.model_dump() for arn, each in self._settings.ingress.principals.items()}
            variables["ATOMIC_PRINCIPALS"] = json.dumps(principals, sort_keys=True)
        return variables


def _seats_keys(partition: str, region: str, account: str) -> str:
    return f"arn:{partition}:secretsmanager:{region}:{account}:secret:atomic/seats/*"


def snake(name: str) -> str:
    """`ClearAuction` as `clear_auction`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
