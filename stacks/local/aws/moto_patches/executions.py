"""Patches to the life of an execution: it always ends, tells who waits, and does not stay in memory for ever."""

import datetime
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus, StateMachineType
from moto.stepfunctions.parser.asl.eval.program_state import (
    ProgramEnded,
    ProgramError,
    ProgramStopped,
    ProgramTimedOut,
)
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution, SyncExecution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.parser.utils import TMP_THREADS

from stacks.local.aws.moto_patches import guard

FINISHED_KEPT_PER_MACHINE = 100
"""Finished executions that stay visible through the API; older ones give their memory back."""

_retirement = threading.Lock()


def apply() -> None:
    """Install the life cycle; each execution worker gets an event `finished`."""
    guard.wrap(ExecutionWorker, "__init__", _with_finished_event, fingerprint="104812d8266d")
    guard.wrap(ExecutionWorker, "_execution_logic", _always_ending, fingerprint="baa3e2a48fd2")
    guard.replace(
        BaseExecutionWorkerCommunication, "_reflect_execution_status", _reflect_status, fingerprint="038a396107af"
    )
    guard.wrap(StepFunctionsParserBackend, "_get_executions", _only_reachable, fingerprint="99c66bbf9dd9")
    guard.require(SyncExecution, "_get_start_execution_worker", fingerprint="f8326da314d4")


def run_to_end(machine: Any, name: str, execution_input: str) -> Execution:
    """Run an Express state machine in this thread and return the finished execution, which nothing else keeps.

    Raises:
        ValueError: the input is not JSON.
    """
    json.loads(execution_input)
    execution = SyncExecution(
        name=name,
        sm_type=StateMachineType(machine.type),
        role_arn=machine.roleArn,
        exec_arn=f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{uuid.uuid4()}",
        account_id=machine.backend.account_id,
        region_name=machine.backend.region_name,
        state_machine=machine,
        start_date=_now(),
        cloud_watch_logging_session=None,
        activity_store={},
        input_data=execution_input,
    )
    execution.start()
    return execution


def _with_finished_event(stock: Callable[..., None]) -> Callable[..., None]:
    def initialise(self: Any, *arguments: Any, **options: Any) -> None:
        stock(self, *arguments, **options)
        self.finished = threading.Event()

    return initialise


def _always_ending(stock: Callable[[Any], None]) -> Callable[[Any], None]:
    def run(self: Any) -> None:
        execution = self._execution_communication.execution
        try:
            stock(self)
        except Exception as error:  # a thread has no caller: unreported, the execution would stay RUNNING for ever
            execution.stop_date = _now()
            execution.error, execution.cause = "States.Runtime", f"{type(error).__name__}: {error}"
            execution.exec_status = ExecutionStatus.FAILED
        finally:
            _retire_old_ones(execution)
            self.finished.set()

    return run


def _reflect_status(self: Any) -> None:
    """Copy the outcome to the execution, its output as a JSON document, and its status last."""
    execution = self.execution
    outcome = execution.exec_worker.env.program_state()
    execution.stop_date = _now()
    if isinstance(outcome, ProgramEnded):
        execution.output = to_json_str(execution.exec_worker.env.states.get_input(), separators=(",", ":"))
        execution.exec_status = ExecutionStatus.SUCCEEDED
    elif isinstance(outcome, ProgramStopped):
        execution.error, execution.cause = outcome.error or None, outcome.cause or None
        execution.exec_status = ExecutionStatus.ABORTED
    elif isinstance(outcome, ProgramError):
        reported = outcome.error or {}
        execution.error, execution.cause = reported.get("error"), reported.get("cause")
        execution.exec_status = ExecutionStatus.FAILED
    elif isinstance(outcome, ProgramTimedOut):
        execution.error = "States.Timeout"
        execution.exec_status = ExecutionStatus.TIMED_OUT
    else:
        raise RuntimeError(f"the execution ended in state {type(outcome).__name__}")


def _only_reachable(stock: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Task tokens are looked for in every execution; one about to start, and a retired one, has no environment."""

    def get_executions(self: Any, *arguments: Any) -> list[Any]:
        found = stock(self, *arguments)
        return [each for each in found if each.exec_worker is not None and each.exec_worker.env is not None]

    return get_executions


def _retire_old_ones(execution: Any) -> None:
    """Forget the oldest finished executions of the same machine, and the threads moto keeps of all of them."""
    TMP_THREADS.clear()
    with _retirement:
        for machine in execution.state_machine.backend.state_machines:
            if machine.arn != execution.state_machine.arn:
                continue
            finished = [each for each in machine.executions if each.exec_status != ExecutionStatus.RUNNING]
            for old in finished[:-FINISHED_KEPT_PER_MACHINE]:
                machine.executions.remove(old)
                old.exec_worker.env = None


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)
