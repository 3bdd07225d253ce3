"""Lambda functions as Python callables of this process, under the contract of the real Python runtime."""

import importlib
import io
import json
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.response import StreamingBody

from stacks.local.aws.service_hooks import Answer, Parameters, answer, refuse

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class LocalFunction:
    """A function: its handler as a callable or as `package.module:name`, imported at its first call."""

    handler: Handler | str
    timeout_s: float = 60.0
    memory_limit_mb: int = 256


@dataclass(frozen=True)
class LambdaContext:
    """The `context` argument of a handler, with the attributes that the Lambda runtime gives it."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    deadline: float
    """Reading of the monotonic clock at which the function times out."""

    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function times out, 0 when it has."""
        return max(0, round((self.deadline - time.monotonic()) * 1000))


@dataclass
class FunctionCatalogue:
    """The functions of a stack by name; answers `lambda:Invoke`."""

    functions: Mapping[str, LocalFunction]
    region: str
    account: str
    _imported: dict[str, Handler] = field(default_factory=dict)

    def invoke(self, parameters: Parameters) -> Answer:
        """Run the function and answer as Lambda does: a raised exception is a 200 that names its class."""
        name = function_name(parameters["FunctionName"])
        arn = f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"
        function = self.functions.get(name)
        if function is None:
            return refuse("ResourceNotFoundException", f"Function not found: {arn}", 404)
        started = time.monotonic()
        context = LambdaContext(
            str(uuid.uuid4()), name, arn, function.memory_limit_mb, deadline=started + function.timeout_s
        )
        try:
            result = self._handler(function)(json.loads(parameters.get("Payload") or b"{}"), context)
            payload = json.dumps(result, ensure_ascii=False, allow_nan=False)
        except Exception as error:  # whatever a handler raises is an outcome of the function
            return _answer(json.dumps(_failure(error, context)), failed=True)
        if context.get_remaining_time_in_millis() == 0:
            late = f"{context.aws_request_id} Task timed out after {function.timeout_s:.2f} seconds"
            return _answer(json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": late}), failed=True)
        return _answer(payload, failed=False)

    def _handler(self, function: LocalFunction) -> Handler:
        if callable(function.handler):
            return function.handler
        if function.handler not in self._imported:
            module, _, attribute = function.handler.partition(":")
            self._imported[function.handler] = getattr(importlib.import_module(module), attribute)
        return self._imported[function.handler]


def function_name(reference: str) -> str:
    """The plain name in a function's name, partial or full ARN, with or without a qualifier."""
    parts = reference.split(":")
    return parts[parts.index("function") + 1] if "function" in parts else parts[0]


def _failure(error: Exception, context: LambdaContext) -> dict[str, Any]:
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": context.aws_request_id,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def _answer(payload: str, *, failed: bool) -> Answer:
    body = payload.encode()
    members: dict[str, Any] = {
        "StatusCode": 200,
        "ExecutedVersion": "$LATEST",
        "Payload": StreamingBody(io.BytesIO(body), len(body)),
    }
    if failed:
        members["FunctionError"] = "Unhandled"
    return answer(members)
