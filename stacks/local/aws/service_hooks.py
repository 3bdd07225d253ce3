"""Answer AWS requests in this process, before botocore builds an HTTP request of them.

botocore lets a handler of `before-call` supply the parsed response itself; that is public, works with every client
of a session, and costs neither signing nor serialising.
"""

import threading
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from stacks.local.aws.bedrock_access import BedrockAccess
from stacks.local.errors import RealNetworkRefused

Parameters = dict[str, Any]
Answer = tuple[AWSResponse, dict[str, Any]]
Responder = Callable[[Parameters], Answer | None]

_PARAMETERS = "atomic_parameters"  # the key of a request's context under which its parameters travel
_INTERPRETER_KEY = "ak"  # the access key with which moto's interpreter asks for its clients
_IMITATED_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn")
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def answer(members: dict[str, Any], status: int = 200) -> Answer:
    """What botocore takes for the parsed response of a service."""
    request_id = str(uuid.uuid4())
    metadata = {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("", status, HTTPHeaders(), None), {**members, "ResponseMetadata": metadata}


def refuse(code: str, message: str, status: int = 400) -> Answer:
    """What botocore raises as a ClientError of the modelled exception `code`."""
    return answer({"Error": {"Code": code, "Message": message}}, status)


class CachingSession(boto3.Session):
    """A session that makes a client once: the interpreter asks for one at every Task (10.8 → 4.9 ms)."""

    def __init__(self, region_name: str, bedrock: BedrockAccess | None = None) -> None:
        super().__init__(region_name=region_name)
        self._bedrock = bedrock
        self._clients: dict[tuple[str, str | None, bool], Any] = {}
        self._clients_lock = threading.RLock()
        self.events.register_first("before-send", _refuse_real_network)

    def client(self, service_name: str, region_name: str | None = None, **options: Any) -> Any:  # type: ignore[override]
        """A shared client where neither configuration nor credentials are asked for, else a new one."""
        if service_name == "bedrock-runtime" and self._bedrock is not None:
            return self._bedrock.client(**options)
        of_interpreter = options.get("aws_access_key_id") == _INTERPRETER_KEY
        key = (service_name, region_name, of_interpreter)
        with self._clients_lock:
            if options and not of_interpreter:
                return super().client(service_name, region_name=region_name, **options)
            if key not in self._clients:
                self._clients[key] = super().client(service_name, region_name=region_name, **options)
            return self._clients[key]

    def respond(self, service: str, operation: str, responder: Responder) -> None:
        """Let `responder` answer an operation, given its parameters; None leaves it to moto."""

        def keep_parameters(params: Parameters, context: dict[str, Any], **_: Any) -> None:
            context[_PARAMETERS] = params

        def respond(context: dict[str, Any], **_: Any) -> Answer | None:
            return responder(context[_PARAMETERS])

        self.events.register(f"before-parameter-build.{service}.{operation}", keep_parameters)
        events: Any = self.events  # its stubs do not know that a handler may answer
        events.register(f"before-call.{service}.{operation}", respond)


def _refuse_real_network(request: Any, **_: Any) -> None:
    """Moto answers every address of AWS, if only with 404; an address of this machine may be meant."""
    host = urlsplit(request.url).hostname or ""
    if not host.endswith(_IMITATED_DOMAINS) and host not in _LOCAL_HOSTS:
        raise RealNetworkRefused(f"{request.method} {request.url} is not imitated locally and was not sent")
