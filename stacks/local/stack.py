"""The whole system on one machine: database, state machines, functions and models, in one folder."""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.migrations import migrate
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.seats import Seat
from bidding.notary import Notary
from bidding.ports.market import Market
from lambdas import maintain_ledger
from lambdas.environment import forget_market, market, notary
from schemas.adaptation import CompiledVariant, CompileRequest
from schemas.batches import BatchRequest
from schemas.execution import FeedbackRequest
from schemas.replay import ReplayReport, ReplayRequest
from schemas.results import TaskResult
from schemas.tasks import IngestedTask, TaskRequest
from schemas.terms import TaskOptions
from stacks.local.aws.bedrock_access import bedrock_access
from stacks.local.aws.functions import Handler, LocalFunction
from stacks.local.aws.runtime import LocalRuntime, Result
from stacks.local.errors import AdaptationFailed, BatchFailed, FeedbackRefused, ReplayFailed
from stacks.local.logs import log_to
from stacks.local.machines import BUCKET as BUCKET_REFERENCE
from stacks.local.machines import MACHINES, snake
from stacks.local.minding import Minding
from stacks.local.owners import free_dead_owners, this_owner
from stacks.local.postgres.server import PostgresServer
from stacks.local.postgres.supervisor import Supervisor
from stacks.local.reports import TaskReport
from stacks.local.sealing import Sealing, seal
from stacks.local.seats import LOCAL_SEATS
from stacks.local.variables import environment_of, variables

BUCKET = "atomic-documents"
DEFAULT_BUDGET_MICROS = 5_000_000
"""Five dollars: some hundred thousand local lots."""
FUNCTION_TIMEOUT_S = 75.0
"""Above the time-out of any local seat, below ExecuteLot's TimeoutSeconds."""
COMPILE_TIMEOUT_S = 880.0
"""Of the one function that searches instead of answering."""
ABANDONED_EXIT_CODE = 130
Observe = Callable[[str, Handler], Handler]
"""Wraps a function's handler, given its name: for measuring."""
_POLL_SECONDS = 0.2


class LocalStack:
    """Everything `cdk deploy` would make, in `home`. A context manager; may be used from several threads.

    `seats` are added to the registry where it lacks them. `script` answers for scripted seats, in tests.
    `observe` wraps every function, for measuring. `upload_base` is where its API takes uploads.
    """

    def __init__(
        self,
        home: Path,
        *,
        tenant: str = "default",
        seats: Iterable[Seat] = LOCAL_SEATS,
        budget_micros: int = DEFAULT_BUDGET_MICROS,
        script: Path | None = None,
        observe: Observe | None = None,
        upload_base: str | None = None,
    ) -> None:
        self.home = home.expanduser().absolute()
        self.tenant = TenantId(tenant)
        self._seats = tuple(seats)
        self._budget_micros = budget_micros
        self._script = script
        self._observe = observe
        self._upload_base = upload_base
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            bedrock = bedrock_access()
            self._server = server = stack.enter_context(PostgresServer(self.home))
            migrate(server.acquire())
            stack.enter_context(Supervisor(server))
            stack.enter_context(variables(self._environment(bedrock is not None)))
            stack.enter_context(log_to(self.home / "atomic.log"))
            names = {name for machine in MACHINES for name in machine.functions}
            functions = {name: self._function(name) for name in names}
            self._runtime = stack.enter_context(LocalRuntime(self.home, functions, buckets=[BUCKET], bedrock=bedrock))
            stack.callback(forget_market)
            self.market: Market = market()
            self.maintain()
            self._create_machines()
            self._register_seats()
            free_dead_owners(self.ledger)
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def ledger(self) -> PostgresLedger:
        """The ledger, for questions that no workflow answers."""
        assert isinstance(self.market.ledger, PostgresLedger)
        return self.market.ledger

    def maintain(self) -> None:
        """Do what the cloud does by schedule: make the months' partitions, resolve expired holds."""
        maintain_ledger.handler({"duty": "daily"}, None)

    @property
    def notary(self) -> Notary:
        """What verifies the ledger, and proves what it holds."""
        return notary()

    def sealing(self) -> Sealing:
        """A context in which the ledger is sealed all along, and at its end."""
        return Sealing()

    def minding(self) -> Minding:
        """A context in which this process does what schedules do in the cloud."""
        return Minding(self.market, self.tenant)

    def seal(self) -> None:
        """Seal what is committed."""
        seal()

    def abandon(self) -> NoReturn:
        """End this process at once, leaving what is under way to the next run; the database is given back first."""
        self._server.release()
        os._exit(ABANDONED_EXIT_CODE)

    def submit(self, document: bytes, source: str, options: TaskOptions | None = None) -> TaskReport:
        """Store a document, run `process_task` on it to its end, and report."""
        started = time.monotonic()
        digest = hashlib.sha256(document).hexdigest()
        key = f"tenants/{self.tenant}/inbox/{digest}"
        self.market.documents.put(key, document)
        request = TaskRequest(
            tenant=self.tenant,
            document_key=key,
            source=source.encode("utf-8", "replace").decode()[:1_024],
            owner=this_owner(),
            options=options or TaskOptions(),
        )
        while True:
            result = self._run("process_task", request.model_dump(mode="json"), digest[:24])
            report = self._report(result, source, started)
            if report is not None:
                return report

    def finish_judging(self) -> None:
        """Wait for the judges of answers that were delivered: a process that ends before them loses their verdicts."""
        self._runtime.wait_for_all("judge_answers")

    def feedback(self, request: FeedbackRequest) -> float | None:
        """Run `record_feedback` and return the reward that now stands.

        Raises UnknownRecord where there is no such lot, FeedbackRefused with the reason where the lot or the correction
        does not fit.
        """
        result = self._run("record_feedback", request.model_dump(mode="json"), request.lot_id)
        if result.error == "UnknownRecord":
            raise UnknownRecord(_message(result.cause))
        if result.status != "SUCCEEDED":
            raise FeedbackRefused(_message(result.cause))
        reward: float | None = result.output["reward"]
        return reward

    def batch(self, request: BatchRequest) -> None:
        """Run `process_batch` on a stored manifest, to its end. Raises BatchFailed where too many tasks failed."""
        result = self._run("process_batch", request.model_dump(mode="json"), request.batch)
        if result.status != "SUCCEEDED":
            raise BatchFailed(f"{result.error}: {_message(result.cause)}")

    def replay(self, request: ReplayRequest) -> ReplayReport:
        """Run `replay_policy` on this ledger. Raises ReplayFailed with the reason."""
        result = self._run("replay_policy", request.model_dump(mode="json"), "replay")
        if result.status != "SUCCEEDED":
            raise ReplayFailed(_message(result.cause))
        return ReplayReport.model_validate(result.output)

    def adapt(self, request: CompileRequest) -> CompiledVariant:
        """Run `adapt_variants`. Raises AdaptationFailed with the reason."""
        result = self._run("adapt_variants", request.model_dump(mode="json"), "adapt")
        if result.status != "SUCCEEDED":
            raise AdaptationFailed(_message(result.cause))
        return CompiledVariant.model_validate(result.output)

    def _function(self, name: str) -> LocalFunction:
        module = f"lambdas.{snake(name)}"
        if self._observe is None:
            timeout_s = COMPILE_TIMEOUT_S if name == "CompileVariant" else FUNCTION_TIMEOUT_S
            return LocalFunction(f"{module}:handler", timeout_s=timeout_s)
        handler = self._observe(name, import_module(module).handler)
        return LocalFunction(handler, timeout_s=FUNCTION_TIMEOUT_S)

    def _environment(self, may_call_bedrock: bool) -> dict[str, str]:
        return environment_of(
            self.home,
            app_dsn=self._server.app_dsn,
            owner_dsn=self._server.acquire(),
            bucket=BUCKET,
            budget_micros=self._budget_micros,
            machines=[machine.name for machine in MACHINES],
            script=self._script,
            may_call_bedrock=may_call_bedrock,
            upload_base=self._upload_base,
        )

    def _create_machines(self) -> None:
        for machine in MACHINES:
            references = {name: self._runtime.state_machine_arn(snake(name)) for name in machine.machines}
            references |= {name: name for name in machine.functions} | {BUCKET_REFERENCE: BUCKET}
            self._runtime.create(machine.name, machine.definition, references, machine.type)

    def _register_seats(self) -> None:
        known = {seat.seat_id for seat in self.ledger.seats()}
        for seat in self._seats:
            if seat.seat_id not in known:
                self.ledger.put_seat(seat, self.market.clock())

    def _run(self, machine: str, request: dict[str, object], name: str) -> Result:
        return self._runtime.wait(self._runtime.start(machine, request, f"{name}-{uuid.uuid4().hex[:8]}"))

    def _report(self, result: Result, source: str, started: float) -> TaskReport | None:
        """What came of an execution; None where whoever had the task died over it, so that it is ours to take."""
        output = result.output or {}
        if result.status != "SUCCEEDED":
            reason = f"{result.error}: {_message(result.cause)}"
            return TaskReport(output.get("task_id"), source, "failed", reason, (), 0, time.monotonic() - started)
        if "result_key" in output:
            return self._finished(output["result_key"], source, None, started)
        ingested = IngestedTask.model_validate(output)
        if ingested.status == "refused":
            spent = time.monotonic() - started
            return TaskReport(ingested.task_id, source, "refused", ingested.reason, (), 0, spent)
        return self._known(TaskId(ingested.task_id), source, started)

    def _known(self, task_id: TaskId, source: str, started: float) -> TaskReport | None:
        """Report a task that was claimed before, once whoever claimed it is through with it."""
        while (task := self.ledger.task(self.tenant, task_id)).status == "running":
            if free_dead_owners(self.ledger):
                return None
            time.sleep(_POLL_SECONDS)
        if task.result_key:
            return self._finished(task.result_key, source, "already_processed", started)
        return TaskReport(task_id, source, task.status, task.reason, (), 0, time.monotonic() - started)

    def _finished(self, result_key: str, source: str, reason: str | None, started: float) -> TaskReport:
        result = TaskResult.model_validate_json(self.market.documents.get(result_key))
        return TaskReport(
            task_id=result.task_id,
            source=source,
            status=result.status,
            reason=result.reason or reason,
            lots=result.lots,
            cost_micros=result.cost_micros,
            seconds=time.monotonic() - started,
        )


def _message(cause: str | None) -> str:
    """The sentence in a cause: Lambda's is a JSON document."""
    try:
        return str(json.loads(cause or "")["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause or "no cause given"
