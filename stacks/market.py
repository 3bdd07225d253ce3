"""The market: documents, a function per state, the state machines that join them, and what runs by the clock."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.access_logs import add_access_logs
from stacks.documents import Documents
from stacks.functions import StateFunctions
from stacks.keys import add_key
from stacks.ledger import LedgerStack
from stacks.machines import StateMachines
from stacks.network import NetworkStack
from stacks.queues import add_dead_letters
from stacks.receipts import Receipts
from stacks.schedules import Schedules
from stacks.settings import Settings


class MarketStack(Stack):
    """Everything that a task passes through.

    `functions` and `machines` are all there are, by the names of their states and of their files in camel case;
    `queues` by what they hold; `documents`, `receipts` and `key` by themselves. Ingress and observability attach to
    these.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: NetworkStack,
        ledger: LedgerStack,
        settings: Settings,
        env: Environment,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Atomic, {settings.environment}: every small task goes to the model that earns it",
            termination_protection=settings.retain_data,
        )
        self.key = add_key(
            self,
            "Key",
            "logs, queues and the environment variables of functions",
            settings,
            senders=["events.amazonaws.com", "cloudwatch.amazonaws.com"],
        )
        self.dead_letters = add_dead_letters(self, "DeadLetters", self.key, settings)
        access_logs = add_access_logs(self, "AccessLogs", settings)
        self.documents = Documents(self, "Documents", access_logs=access_logs, settings=settings)
        functions = StateFunctions(
            self,
            "Functions",
            documents=self.documents,
            network=network,
            ledger=ledger,
            key=self.key,
            dead_letters=self.dead_letters,
            settings=settings,
        )
        self.functions: Mapping[str, lambda_.Function] = functions.by_state
        self.machines: Mapping[str, sfn.StateMachine] = StateMachines(
            self, "Machines", functions=self.functions, documents=self.documents, key=self.key, settings=settings
        ).by_name
        functions.allow_machines(self.machines)
        self.queues: Mapping[str, sqs.Queue] = {"DeadLetters": self.dead_letters}
        Schedules(
            self,
            "Schedules",
            maintain_ledger=self.functions["MaintainLedger"],
            dead_letters=self.dead_letters,
        )
        self.receipts = Receipts(
            self,
            "Receipts",
            seal_receipts=self.functions["SealReceipts"],
            access_logs=access_logs,
            dead_letters=self.dead_letters,
            settings=settings,
        )
        CfnOutput(self, "DocumentsBucket", value=self.documents.bucket.bucket_name)
        CfnOutput(self, "DeadLettersUrl", value=self.dead_letters.queue_url)
        for name, machine in self.machines.items():
            CfnOutput(self, f"{name}Arn", value=machine.state_machine_arn)
