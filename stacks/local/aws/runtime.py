"""Step Functions, Lambda and S3 in this process: moto interprets the state machines, the handlers are ours.

Nothing here is durable but the objects under home: the ledger is what a rerun resumes from.
"""

import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from stacks.local.aws import express, moto_patches, state_machines
from stacks.local.aws.bedrock_access import PASSED_THROUGH, BedrockAccess
from stacks.local.aws.environment import isolated_aws_environment
from stacks.local.aws.functions import FunctionCatalogue, Handler, LocalFunction
from stacks.local.aws.object_store import ObjectStore
from stacks.local.aws.service_hooks import CachingSession
from stacks.local.errors import ExecutionStillRunning, InvalidDefinition, RuntimeAlreadyOpen, UnknownExecution

StateMachineType = Literal["STANDARD", "EXPRESS"]
Status = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]

_CLOSING_SECONDS_MAX = 10.0
_ACCOUNT = "123456789012"  # moto's own
_REGION = "us-east-1"
_MOCK_SETTINGS: Any = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
    "core": {"passthrough": {"urls": PASSED_THROUGH, "services": []}},
}

_only_one = threading.Lock()  # moto replaces parts of the whole process


@dataclass(frozen=True)
class Result:
    """How an execution ended. `output` is the parsed document; `error` and `cause` are None unless it failed."""

    status: Status
    output: Any
    error: str | None
    cause: str | None


class LocalRuntime:
    """One AWS account in this process for as long as the context lasts; one at a time.

    `boto3.client(…)` inside the context reaches it. `handlers` gives each function name a callable, a
    `package.module:name`, or a `LocalFunction` where time-out or memory matter. Objects of `buckets` are kept under
    `home` and outlive the context. `bedrock` lets model calls, and nothing else, through to AWS. Executions may be
    started and awaited from several threads.
    """

    def __init__(
        self,
        home: Path,
        handlers: Mapping[str, LocalFunction | Handler | str],
        *,
        buckets: Sequence[str] = (),
        region: str = _REGION,
        bedrock: BedrockAccess | None = None,
    ) -> None:
        functions = {
            name: each if isinstance(each, LocalFunction) else LocalFunction(each) for name, each in handlers.items()
        }
        self.region = region
        self.catalogue = FunctionCatalogue(functions, region, _ACCOUNT)
        self.objects = ObjectStore(home.expanduser().absolute() / "objects")
        self._buckets = tuple(buckets)
        self._bedrock = bedrock
        self._started: dict[str, Any] = {}
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        if not _only_one.acquire(blocking=False):
            raise RuntimeAlreadyOpen("a LocalRuntime is open in this process: leave its context first")
        with ExitStack() as entering:
            entering.callback(_only_one.release)
            entering.enter_context(isolated_aws_environment(self.region))
            previous = boto3.DEFAULT_SESSION
            entering.callback(setattr, boto3, "DEFAULT_SESSION", previous)
            entering.enter_context(mock_aws(config=_MOCK_SETTINGS))
            moto_patches.apply()
            session = CachingSession(self.region, self._bedrock)
            boto3.DEFAULT_SESSION = session  # after mock_aws, which puts its own there
            session.respond("lambda", "Invoke", self.catalogue.invoke)
            session.respond(
                "sfn", "StartSyncExecution", lambda sent: express.start_sync_execution(self._backend(), sent)
            )
            session.events.register("before-parameter-build.sfn.StartExecution", _name_execution)
            self.objects.attach(session)
            for bucket in self._buckets:
                self.objects.create_bucket(bucket)
                _create_bucket_in_moto(bucket, self.region)
            entering.callback(self._stop_all)
            self._exits = entering.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.clear()
        self._exits.close()

    def state_machine_arn(self, name: str) -> str:
        """The ARN that a state machine of that name has here, created or not."""
        return machine_arn(name, self.region)

    def create(
        self,
        name: str,
        definition_text: str,
        substitutions: Mapping[str, str] | None = None,
        type: StateMachineType = "STANDARD",  # noqa: A002 - Step Functions' own word
    ) -> str:
        """Check a definition, create its state machine, and return the ARN.

        Raises:
            MissingSubstitution, InvalidDefinition, UnknownState, UnreachableState, UnknownFunction,
            UnknownStateMachine: the definition is at fault; nothing was created.
        """
        text = state_machines.substitute(name, definition_text, substitutions or {})
        known = {machine.arn for machine in self._backend().state_machines}
        state_machines.check(name, text, state_machines.Surroundings(self.catalogue.functions.keys(), known))
        try:
            created = boto3.client("stepfunctions").create_state_machine(
                name=name, definition=text, type=type, roleArn=f"arn:aws:iam::{_ACCOUNT}:role/local"
            )
        except ClientError as error:
            raise InvalidDefinition(f"{name}: {error.response['Error']['Message']}") from error
        return str(created["stateMachineArn"])

    def start(self, name: str, input: Any, execution_name: str | None = None) -> str:  # noqa: A002 - likewise
        """Start an execution with a JSON value as its input and return its ARN."""
        arn = str(
            boto3.client("stepfunctions").start_execution(
                stateMachineArn=self.state_machine_arn(name),
                name=execution_name or str(uuid.uuid4()),
                input=json.dumps(input),
            )["executionArn"]
        )
        self._started[arn] = self._find(arn)
        return arn

    def wait(self, arn: str, timeout: float | None = None) -> Result:
        """Block until the execution ends, `timeout` seconds at most. The runtime forgets it with that.

        Raises:
            ExecutionStillRunning: it did not end in time; it may be awaited again.
            UnknownExecution: it was not started here, or was forgotten.
        """
        execution = self._started.get(arn) or self._find(arn)
        if not execution.exec_worker.finished.wait(timeout):
            raise ExecutionStillRunning(f"{arn} has not ended after {timeout} s")
        self._started.pop(arn, None)
        return _result(execution)

    def run(self, name: str, input: Any, timeout: float | None = None) -> Result:  # noqa: A002 - likewise
        """Start an execution and wait for it."""
        return self.wait(self.start(name, input), timeout)

    def wait_for_all(self, name: str) -> None:
        """Block until every execution of a machine has ended, whoever started it."""
        arn = self.state_machine_arn(name)
        for machine in self._backend().state_machines:
            for execution in machine.executions if machine.arn == arn else ():
                execution.exec_worker.finished.wait()

    def stop(self, arn: str, error: str = "", cause: str = "") -> None:
        """Abort an execution: a handler that runs is not interrupted, but no state follows it."""
        execution = self._started.get(arn) or self._find(arn)
        execution.stop(stop_date=None, error=error, cause=cause)

    def _stop_all(self) -> None:
        """End what still runs while AWS is imitated: later, a handler would reach the real one."""
        running = [
            execution
            for machine in self._backend().state_machines
            for execution in machine.executions
            if execution.status == "RUNNING"
        ]
        for execution in running:
            execution.stop(stop_date=None, error="", cause="the local runtime was closed")
        deadline = time.monotonic() + _CLOSING_SECONDS_MAX
        for execution in running:
            execution.exec_worker.finished.wait(max(0.0, deadline - time.monotonic()))

    def _find(self, arn: str) -> Any:
        try:
            return self._backend().describe_execution(arn)
        except Exception as error:  # moto has one for an unknown name and another for a malformed one
            raise UnknownExecution(f"{arn} was not started here, or ended long ago and was forgotten") from error

    def _backend(self) -> Any:
        return stepfunctions_parser_backends[_ACCOUNT][self.region]


def machine_arn(name: str, region: str = _REGION) -> str:
    """The ARN of a state machine of that name in a runtime of that region."""
    return f"arn:aws:states:{region}:{_ACCOUNT}:stateMachine:{name}"


def _name_execution(params: dict[str, Any], **_: Any) -> None:
    """Give an unnamed execution a name as AWS does: moto would call all of them None."""
    params.setdefault("name", str(uuid.uuid4()))


def _result(execution: Any) -> Result:
    output = json.loads(execution.output) if execution.output is not None else None
    return Result(execution.status, output, execution.error, execution.cause)


def _create_bucket_in_moto(name: str, region: str) -> None:
    """So that the operations which the object store leaves to moto find the bucket too."""
    options: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    boto3.client("s3").create_bucket(Bucket=name, **options)
