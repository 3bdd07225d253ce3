"""The market in one stack: documents, a function per state, and the state machines that join them."""

from __future__ import annotations

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from stacks.documents import Documents
from stacks.functions import StateFunctions
from stacks.machines import StateMachines
from stacks.observability import Observability
from stacks.receipts import Receipts
from stacks.schedules import Schedules
from stacks.settings import Settings


class MarketStack(Stack):
    """Everything that a task passes through, except the database, which exists before (see `Settings`).

    `documents`, `functions`, `machines` and `receipts` are public: network, ledger and ingress attach to them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, env: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Atomic, {settings.environment}: every small task goes to the model that earns it",
            termination_protection=settings.retain_data,
        )
        self.documents = Documents(self, "Documents", settings=settings)
        self.functions = StateFunctions(self, "Functions", documents=self.documents, settings=settings)
        self.machines = StateMachines(
            self, "Machines", functions=self.functions.by_state, documents=self.documents, settings=settings
        )
        Schedules(self, "Schedules", maintain_ledger=self.functions.by_state["MaintainLedger"])
        self.receipts = Receipts(
            self, "Receipts", seal_receipts=self.functions.by_state["SealReceipts"], settings=settings
        )
        Observability(
            self,
            "Observability",
            environment=settings.environment,
            functions=self.functions.by_state,
            machines=self.machines.by_name,
            key=self.documents.key,
        )
        CfnOutput(self, "DocumentsBucket", value=self.documents.bucket.bucket_name)
        for name in ("ProcessTask", "RecordFeedback", "ReplayPolicy"):
            CfnOutput(self, f"{name}Arn", value=self.machines.by_name[name].state_machine_arn)
