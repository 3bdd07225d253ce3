"""The local runtime: state machines, functions and objects of one process, as AWS would treat them."""

import json
import os
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
import openai
import pytest
import requests

from stacks.local.aws.functions import Handler, LocalFunction
from stacks.local.aws.runtime import LocalRuntime, Result
from stacks.local.errors import (
    ExecutionStillRunning,
    RealNetworkRefused,
    RuntimeAlreadyOpen,
    UnknownExecution,
)
from tests.workflow.states import definition, invoke, task


class ModelError(Exception):
    """What a provider's failure looks like to a state machine."""


def execute_lot(event: Any, context: Any) -> Any:
    """Answer for the good seats and fail for the bad one."""
    if event["seat"] == "bad":
        raise ModelError("the model is gone")
    return {"seat": event["seat"], "function": context.function_name}


def describe_context(event: Any, context: Any) -> Any:
    """Return what the context tells a handler."""
    return {
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis() > 4000,
        "request": bool(context.aws_request_id),
        "key": os.environ["AWS_ACCESS_KEY_ID"],
    }


def linger(event: Any, _: Any) -> Any:
    """Take a while."""
    time.sleep(0.3)
    return event


RUN_LOT = definition(ExecuteLot=invoke("${ExecuteLotFunction}", TimeoutSeconds=20))
PROCESS_TASK = definition(
    RunLots={
        "Type": "Map",
        "Items": "{% $states.input.lots %}",
        "MaxConcurrency": 4,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "RunLot",
            "States": {
                "RunLot": task(
                    "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
                    {"StateMachineArn": "${RunLot}", "Input": "{% $states.input %}"},
                    Output={
                        "status": "{% $states.result.Status %}",
                        "error": "{% $states.result.Error ? $states.result.Error : null %}",
                        "output": "{% $states.result.Output ? $parse($states.result.Output) : null %}",
                    },
                )
            },
        },
        "End": True,
    }
)
HANDLERS: dict[str, LocalFunction | Handler | str] = {
    "execute_lot": f"{__name__}:execute_lot",
    "describe_context": LocalFunction(describe_context, timeout_s=5, memory_limit_mb=512),
    "linger": linger,
    "late": LocalFunction(linger, timeout_s=0.1),
}


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[LocalRuntime]:
    """A runtime with the handlers of this module and one bucket."""
    with LocalRuntime(tmp_path, HANDLERS, buckets=["documents"]) as opened:
        yield opened


def create_pair(runtime: LocalRuntime) -> None:
    """Create the Express child and its Standard parent."""
    child = runtime.create("run_lot", RUN_LOT, {"ExecuteLotFunction": "execute_lot"}, type="EXPRESS")
    runtime.create("process_task", PROCESS_TASK, {"RunLot": child})


def lot_result(seat: str) -> dict[str, Any]:
    """What the parent yields for a lot of a good seat."""
    return {"status": "SUCCEEDED", "error": None, "output": {"seat": seat, "function": "execute_lot"}}


def test_parent_sees_the_failure_of_an_express_child(runtime: LocalRuntime) -> None:
    """A failed Express child reaches its parent as a status and an error name, and its siblings are unharmed."""
    create_pair(runtime)
    result = runtime.run("process_task", {"lots": [{"seat": "a"}, {"seat": "bad"}, {"seat": "c"}]}, timeout=20)
    failed = {"status": "FAILED", "error": "ModelError", "output": None}
    assert result == Result("SUCCEEDED", [lot_result("a"), failed, lot_result("c")], None, None)


def test_executions_run_from_several_threads(runtime: LocalRuntime) -> None:
    """Executions started and awaited from several threads each get their own result."""
    create_pair(runtime)
    with ThreadPoolExecutor(6) as pool:
        runs = pool.map(lambda n: runtime.run("process_task", {"lots": [{"seat": str(n)}]}, 30).output, range(18))
        assert list(runs) == [[lot_result(str(n))] for n in range(18)]


def test_handler_gets_a_lambda_context(runtime: LocalRuntime) -> None:
    """The context has the function's ARN, memory, remaining time and a request id; credentials are dummies."""
    runtime.create("machine", definition(Ask=invoke("describe_context")))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:describe_context"
    told = {"arn": arn, "memory": 512, "remaining": True, "request": True, "key": "FOOBARKEY"}
    assert runtime.run("machine", {}, 20).output == told


def test_function_beyond_its_timeout_fails_as_in_lambda(runtime: LocalRuntime) -> None:
    """A handler that returns after its time-out has failed with Lambda's own error name."""
    runtime.create("machine", definition(Linger=invoke("late")))
    assert runtime.run("machine", {}, 20).error == "Sandbox.Timedout"


def test_impatient_caller_may_wait_again(runtime: LocalRuntime) -> None:
    """Waiting too briefly raises and loses nothing."""
    runtime.create("machine", definition(Linger=invoke("linger")))
    arn = runtime.start("machine", 7, execution_name="named")
    assert arn.endswith(":machine:named")
    with pytest.raises(ExecutionStillRunning):
        runtime.wait(arn, 0.01)
    assert runtime.wait(arn, 20).output == 7


def test_unknown_execution_is_refused(runtime: LocalRuntime) -> None:
    """Waiting for an execution that was never started is an error, not a hang."""
    with pytest.raises(UnknownExecution):
        runtime.wait("arn:aws:states:us-east-1:123456789012:execution:machine:never", 1)


def test_task_token_resumes_a_waiting_execution(tmp_path: Path) -> None:
    """An execution that waits for a token goes on with what is sent for it, as others start meanwhile."""
    tokens: queue.SimpleQueue[str] = queue.SimpleQueue()
    with LocalRuntime(tmp_path, {"ask": lambda event, _: tokens.put(event["token"])}) as runtime:
        arguments = {"FunctionName": "ask", "Payload": {"token": "{% $states.context.Task.Token %}"}}
        ask = task("arn:aws:states:::lambda:invoke.waitForTaskToken", arguments, Output="{% $states.result %}")
        runtime.create("approve", definition(Ask=ask))
        runtime.create("other", definition(Done={"Type": "Succeed"}))
        waiting = runtime.start("approve", {})
        token = tokens.get(timeout=10)
        others = [runtime.start("other", n) for n in range(5)]
        boto3.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": true}')
        assert runtime.wait(waiting, 10).output == {"approved": True}
        assert [runtime.wait(arn, 10).output for arn in others] == list(range(5))


def test_unnamed_executions_are_told_apart(runtime: LocalRuntime) -> None:
    """Executions that a client starts without a name get one each."""
    arn = runtime.create("machine", definition(Done={"Type": "Succeed"}))
    client = boto3.client("stepfunctions")
    first, second = (client.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(2))
    assert first != second
    assert runtime.wait(first, 10).status == runtime.wait(second, 10).status == "SUCCEEDED"


def test_stop_ends_an_execution_that_waits(runtime: LocalRuntime) -> None:
    """A stopped execution is aborted with the given reason, long before its Wait state is over."""
    runtime.create("machine", definition(Sleep={"Type": "Wait", "Seconds": 60, "End": True}))
    arn = runtime.start("machine", {})
    time.sleep(0.1)
    runtime.stop(arn, "Operator", "enough")
    assert runtime.wait(arn, 10) == Result("ABORTED", None, "Operator", "enough")


def test_no_state_follows_once_the_runtime_is_closed(tmp_path: Path) -> None:
    """Closing ends running executions, so that no handler runs later against the real AWS."""
    seen = []
    handlers = {"linger": linger, "note": lambda event, _: seen.append(event)}
    with LocalRuntime(tmp_path, handlers) as runtime:
        runtime.create("machine", definition(Linger=invoke("linger", Next="Note"), Note=invoke("note")))
        runtime.start("machine", {})
        time.sleep(0.1)
    time.sleep(0.4)
    assert seen == []


class _Model(BaseHTTPRequestHandler):
    """A model server on this machine."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": "hello"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        pass


def test_servers_of_this_machine_stay_reachable(runtime: LocalRuntime) -> None:
    """OpenAI's client, httpx and requests reach a model server on this machine from within the context."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        with openai.OpenAI(base_url=url, api_key="none") as client:
            chat = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
        assert chat.choices[0].message.content == "hello"
        assert httpx.post(f"{url}/x", json={}).status_code == 200
        assert requests.post(f"{url}/x", json={}, timeout=5).status_code == 200
    finally:
        server.shutdown()
        server.server_close()


def test_foreign_endpoint_is_refused(runtime: LocalRuntime) -> None:
    """An AWS client that points elsewhere than at this machine sends nothing."""
    with pytest.raises(RealNetworkRefused):
        boto3.client("sqs", endpoint_url="https://example.com").list_queues()


def test_environment_and_session_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, profile and default session of the surrounding process are hidden inside and back outside."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    before = (dict(os.environ), boto3.DEFAULT_SESSION)
    for _ in range(2):
        with LocalRuntime(tmp_path, HANDLERS) as runtime:
            assert "AWS_PROFILE" not in os.environ
            create_pair(runtime)
            assert runtime.run("process_task", {"lots": [{"seat": "a"}]}, 20).output == [lot_result("a")]
        assert (dict(os.environ), boto3.DEFAULT_SESSION) == before


def test_second_runtime_at_once_is_refused(runtime: LocalRuntime, tmp_path: Path) -> None:
    """Two runtimes cannot be open in one process at once, and the refusal leaves the first one working."""
    with pytest.raises(RuntimeAlreadyOpen), LocalRuntime(tmp_path, {}):
        pass
    runtime.create("machine", definition(Done={"Type": "Succeed"}))
    assert runtime.run("machine", 1, 20) == Result("SUCCEEDED", 1, None, None)
