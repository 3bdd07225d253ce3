"""One Lambda function per state: the table says what each may do, the construct makes exactly that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, SecretValue, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.bundling import handler_code
from stacks.documents import DocumentAccess, Documents
from stacks.retention import add_log_group
from stacks.settings import Settings


@dataclass(frozen=True, slots=True)
class StateFunction:
    """The function of one state, served by `lambdas/<module>.py`.

    `timeout_s` lies between the time-out of the client it waits for and the TimeoutSeconds of its state.
    """

    state: str
    module: str
    documents: DocumentAccess = "none"
    memory_mb: int = 256
    timeout_s: int = 45
    calls_models: bool = False


FUNCTIONS = (
    StateFunction("IngestTask", "ingest_task", documents="read", memory_mb=1_024),
    StateFunction("DecomposeTask", "decompose_task", documents="read_write", memory_mb=1_024),
    StateFunction("OpenAuction", "open_auction", documents="read", memory_mb=512),
    StateFunction("ClearAuction", "clear_auction", memory_mb=512),
    StateFunction("ExecuteLot", "execute_lot", "read_write", memory_mb=512, timeout_s=75, calls_models=True),
    StateFunction("SettleLot", "settle_lot"),
    StateFunction("RecordOutcome", "record_outcome", documents="read"),
    StateFunction("AssembleResult", "assemble_result", documents="read_write"),
    StateFunction("DeliverResult", "deliver_result", documents="read"),
    StateFunction("RecordFeedback", "record_feedback", documents="read", memory_mb=512),
    StateFunction("FoldPolicy", "fold_policy", memory_mb=512),
    StateFunction("MaintainLedger", "maintain_ledger"),
    StateFunction("SealReceipts", "seal_receipts", memory_mb=512),
    StateFunction("PlanReplay", "plan_replay", documents="write", memory_mb=512),
    StateFunction("ReplayChunk", "replay_chunk", documents="write", memory_mb=512),
    StateFunction("SummariseReplay", "summarise_replay", documents="read_write", memory_mb=512),
    StateFunction("Api", "api", documents="read_write", memory_mb=512, timeout_s=28),
)


class StateFunctions(Construct):
    """Every function of the market, in `by_state`."""

    def __init__(self, scope: Construct, construct_id: str, *, documents: Documents, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._documents = documents
        self._settings = settings
        self._code = handler_code()
        self.by_state: Mapping[str, lambda_.Function] = {each.state: self._add(each) for each in FUNCTIONS}

    def _add(self, function: StateFunction) -> lambda_.Function:
        scope = Construct(self, function.state)
        name = f"/atomic/{self._settings.environment}/{function.module}"
        log_group = add_log_group(scope, "Logs", name, self._settings)
        role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        _allow(role, ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn])
        self._documents.grant(role, function.documents)
        if function.calls_models:
            _allow(role, ["bedrock:InvokeModel"], self._model_arns())
        return lambda_.Function(
            scope,
            "Function",
            description=f"{function.state} of atomic {self._settings.environment}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=self._code,
            handler=f"lambdas.{function.module}.handler",
            memory_size=function.memory_mb,
            timeout=Duration.seconds(function.timeout_s),
            role=role,
            log_group=log_group,
            environment=self._environment(),
            environment_encryption=self._documents.key,
        )

    def _environment(self) -> dict[str, str]:
        """The variables of `lambdas/environment.py`.

        CloudFormation puts the URL in at deployment, so no template holds it; the function's configuration does,
        under our key. A database of our own, reached with IAM authentication, will need no password here.
        """
        url = SecretValue.secrets_manager(self._settings.database_secret, json_field="url")
        return {
            "ATOMIC_DATABASE_URL": url.unsafe_unwrap(),
            "ATOMIC_BUCKET": self._documents.bucket.bucket_name,
            "ATOMIC_DEFAULT_BUDGET_MICROS": str(self._settings.default_budget_micros),
        }

    def _model_arns(self) -> list[str]:
        """The models of the settings, directly and through any inference profile of this account.

        A profile runs a model in whichever region of its geography has room: the model is named, its region and
        the profile's geography are not.
        """
        stack = Stack.of(self)
        arns = []
        for model in self._settings.bedrock_models:
            arns.append(f"arn:{stack.partition}:bedrock:*::foundation-model/{model}")
            arns.append(
                stack.format_arn(
                    service="bedrock",
                    resource="inference-profile",
                    resource_name=f"*.{model}",
                    arn_format=ArnFormat.SLASH_RESOURCE_NAME,
                )
            )
        return arns


def _allow(role: iam.Role, actions: Sequence[str], resources: Sequence[str]) -> None:
    role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
