"""Models on Amazon Bedrock, through Converse with its native JSON schema output.

One attempt per call: who retries is decided by the workflow, which counts every call against a hold.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from bidding.adapters.prompts import Messages, build_messages
from bidding.domain.errors import EngineFailure, FailureReason
from bidding.domain.jobs import Answer, Job
from bidding.domain.records import Json
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseResponseTypeDef

CHARS_PER_TOKEN = 3.6
BYTES_PER_TOKEN = 4.0
"""Mean over English mail; lower for other scripts. The bill comes from the usage that Bedrock reports."""
CONNECT_SECONDS = 3

_FAILURES: dict[str, tuple[FailureReason, bool]] = {
    "ThrottlingException": ("throttled", False),
    "ServiceQuotaExceededException": ("throttled", False),
    "ModelNotReadyException": ("throttled", False),
    "ModelTimeoutException": ("too_slow", True),
    "ModelErrorException": ("unavailable", True),
    "ServiceUnavailableException": ("unavailable", True),
    "InternalServerException": ("unavailable", True),
    "ValidationException": ("unavailable", False),
    "AccessDeniedException": ("unavailable", False),
    "ResourceNotFoundException": ("unavailable", False),
}
"""Per error code: the reason, and whether the model may have begun."""

_STOPS: dict[str, FailureReason] = {
    "max_tokens": "truncated",
    "guardrail_intervened": "refused",
    "content_filtered": "refused",
    "malformed_model_output": "invalid",
    "model_context_window_exceeded": "over_context",
}
_TOO_LONG = ("too long", "too many input tokens", "maximum context", "context window", "exceeds the maximum")
_UNSUPPORTED_KEYS = frozenset(
    {"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "default", "title"}
)


class BedrockEngine:
    """Implements `Engine`; `seat.model` is a model or inference profile id.

    `unavailable` says why this installation may not call Bedrock. `client` is for tests; the usual one is made at
    the first call, from the environment's credentials.
    """

    def __init__(self, client: BedrockRuntimeClient | None = None, *, unavailable: str | None = None) -> None:
        self._given = client
        self._unavailable = unavailable
        self._clients: dict[int, BedrockRuntimeClient] = {}
        self._lock = threading.Lock()

    def unavailable_because(self, seat: Seat) -> str | None:
        """What this installation lacks to reach Bedrock at all, else None: access is known only by calling."""
        return self._unavailable

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """An estimate from the messages and the schema; by bytes where a script takes more than one a character."""
        texts = [message["content"] for message in build_messages(job)] + [json.dumps(job.json_schema)]
        by_chars = sum(len(text) for text in texts) / CHARS_PER_TOKEN
        by_bytes = sum(len(text.encode("utf-8", "replace")) for text in texts) / BYTES_PER_TOKEN
        return 1 + int(max(by_chars, by_bytes))

    def answer(self, seat: Seat, job: Job) -> Answer:
        """One call. Raises EngineFailure; `started` is False where Bedrock turned the call away."""
        import botocore.exceptions as failures  # noqa: PLC0415 - a process without Bedrock seats never loads it

        client = self._client(job.timeout_ms)
        try:
            response = client.converse(**_request(seat, job, build_messages(job)))
        except failures.ClientError as error:
            raise _client_failure(error.response["Error"]) from error
        except failures.ReadTimeoutError as error:
            raise EngineFailure("too_slow", f"no answer within {job.timeout_ms} ms") from error
        except (failures.ConnectTimeoutError, failures.EndpointConnectionError, failures.NoCredentialsError) as error:
            raise EngineFailure("unavailable", str(error), started=False) from error
        except failures.BotoCoreError as error:
            raise EngineFailure("unavailable", str(error)) from error
        return _answer(response)

    def _client(self, timeout_ms: int) -> BedrockRuntimeClient:
        """One client per time-out in whole seconds: botocore sets it per client, not per call."""
        if self._given is not None:
            return self._given
        seconds = max(1, timeout_ms // 1_000)
        with self._lock:
            if seconds not in self._clients:
                self._clients[seconds] = _make_client(seconds)
            return self._clients[seconds]


def _make_client(read_seconds: int) -> BedrockRuntimeClient:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    client: BedrockRuntimeClient = boto3.client("bedrock-runtime", config=config)
    return client


def _request(seat: Seat, job: Job, messages: Messages) -> dict[str, Any]:
    system, *turns = messages
    schema = {"schema": json.dumps(_supported(job.json_schema)), "name": job.output.replace(".", "_")}
    return {
        "modelId": seat.model,
        "system": [{"text": system["content"]}],
        "messages": [{"role": turn["role"], "content": [{"text": turn["content"]}]} for turn in turns],
        "inferenceConfig": {"maxTokens": job.max_output_tokens, "temperature": 0.0},
        "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}},
        "requestMetadata": {"seat": seat.seat_id[:256], "kind": job.kind, "output": job.output},
    }


def _supported(node: Json) -> Json:
    """The schema without the bounds that Bedrock's structured output refuses; parsing checks them."""
    if isinstance(node, list):
        return [_supported(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(properties := node.get("properties"), dict):
        kept: dict[str, Json] = {key: value for key, value in node.items() if key != "properties"}
        fields: dict[str, Json] = {name: _supported(field) for name, field in properties.items()}
        return {**_without_bounds(kept), "properties": fields, "required": list(properties)}
    return _without_bounds(node)


def _without_bounds(node: dict[str, Json]) -> dict[str, Json]:
    return {key: _supported(value) for key, value in node.items() if key not in _UNSUPPORTED_KEYS}


def _client_failure(error: Any) -> EngineFailure:
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    if code == "ValidationException" and any(phrase in message.lower() for phrase in _TOO_LONG):
        return EngineFailure("over_context", message, started=False)
    reason, started = _FAILURES.get(code, ("unavailable", True))
    return EngineFailure(reason, f"{code}: {message}", started=started)


def _answer(response: ConverseResponseTypeDef) -> Answer:
    usage = Usage(response["usage"]["inputTokens"], response["usage"]["outputTokens"])
    stop = response["stopReason"]
    if reason := _STOPS.get(stop):
        raise EngineFailure(reason, f"stopped because of {stop}", usage=usage)
    content = response["output"].get("message", {}).get("content", [])
    text = "".join(block.get("text", "") for block in content)
    if not text:
        raise EngineFailure("invalid", f"no text in the answer, which ended with {stop}", usage=usage)
    return Answer(text, usage)
