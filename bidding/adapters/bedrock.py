"""Models on Amazon Bedrock, through Converse: native JSON schema output, a tool that must be called, or free text.

One attempt per call: who retries is decided by the workflow, which counts every call against a hold.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from bidding.adapters.answer_forms import estimated_tokens, provider_schema, schema_name, with_written_type
from bidding.adapters.prompts import build_messages
from bidding.domain.errors import EngineFailure, FailureReason
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseResponseTypeDef

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
    "guardrail_intervened": "unsafe",
    "content_filtered": "unsafe",
    "malformed_model_output": "invalid",
    "model_context_window_exceeded": "over_context",
}
_TOO_LONG = ("too long", "too many input tokens", "maximum context", "context window", "exceeds the maximum")


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
        """An estimate, by characters."""
        return estimated_tokens(build_messages(job, brief=seat.call.brief), job)

    def answer(self, seat: Seat, job: Job) -> Answer:
        """One call. Raises EngineFailure; `started` is False where Bedrock turned the call away."""
        import botocore.exceptions as failures  # noqa: PLC0415 - a process without Bedrock seats never loads it
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        client = self._client(job.timeout_ms)
        try:
            response = client.converse(**_request(seat, job))
        except failures.ClientError as error:
            raise _client_failure(error.response["Error"]) from error
        except failures.ReadTimeoutError as error:
            raise EngineFailure("too_slow", f"no answer within {job.timeout_ms} ms") from error
        except (
            failures.ConnectTimeoutError,
            failures.EndpointConnectionError,
            failures.NoCredentialsError,
            failures.ParamValidationError,
        ) as error:
            raise EngineFailure("unavailable", str(error), started=False) from error
        except (failures.BotoCoreError, ResponseParserError) as error:
            raise EngineFailure("unavailable", f"{type(error).__name__}: {error}") from error
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


def _request(seat: Seat, job: Job) -> dict[str, Any]:
    messages = build_messages(job, brief=seat.call.brief)
    form = seat.call.form or "native_schema"
    if form == "free_text":
        messages = with_written_type(messages, job)
    system, *turns = messages
    instructions: list[dict[str, Any]] = [{"text": system["content"]}]
    if seat.call.cache_ttl:
        instructions.append({"cachePoint": {"type": "default", "ttl": seat.call.cache_ttl}})
    request: dict[str, Any] = {
        "modelId": seat.model,
        "system": instructions,
        "messages": [{"role": turn["role"], "content": [{"text": turn["content"]}]} for turn in turns],
        "inferenceConfig": {"maxTokens": job.max_output_tokens, "temperature": 0.0},
        "requestMetadata": _metadata(seat, job),
    }
    if form in {"native_schema", "constrained"}:
        schema = {"schema": json.dumps(provider_schema(job.json_schema)), "name": schema_name(job)}
        request["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}
    elif form == "tool_use":
        spec = {
            "name": schema_name(job),
            "description": "Give the answer.",
            "inputSchema": {"json": provider_schema(job.json_schema)},
            "strict": True,
        }
        request["toolConfig"] = {"tools": [{"toolSpec": spec}], "toolChoice": {"tool": {"name": spec["name"]}}}
    if seat.call.service_tier:
        request["serviceTier"] = {"type": seat.call.service_tier}
    if seat.call.guardrail:
        name, _, version = seat.call.guardrail.rpartition(":")
        request["guardrailConfig"] = {"guardrailIdentifier": name, "guardrailVersion": version}
    return request


def _metadata(seat: Seat, job: Job) -> dict[str, str]:
    """What Bedrock writes beside its invocation log: by the award a bill is found again in the ledger."""
    known = {"award": job.award, "seat": seat.seat_id[:256], "kind": job.kind, "output": job.output}
    return {name: value for name, value in known.items() if value}


def _client_failure(error: Any) -> EngineFailure:
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    if code == "ValidationException" and any(phrase in message.lower() for phrase in _TOO_LONG):
        return EngineFailure("over_context", message, started=False)
    reason, started = _FAILURES.get(code, ("unavailable", True))
    return EngineFailure(reason, f"{code}: {message}", started=started)


def _answer(response: ConverseResponseTypeDef) -> Answer:
    try:
        usage = _usage(response["usage"])
        stop = response["stopReason"]
        content = response["output"].get("message", {}).get("content", [])
        text = "".join(_text(block) for block in content)
    except (KeyError, TypeError, AttributeError) as error:
        raise EngineFailure("unavailable", f"no Converse response: {error!r}") from error
    if reason := _STOPS.get(stop):
        raise EngineFailure(reason, f"stopped because of {stop}", usage=usage, text=text or None)
    if not text:
        raise EngineFailure("invalid", f"no text in the answer, which ended with {stop}", usage=usage)
    return Answer(text, usage)


def _text(block: Any) -> str:
    """A block's text, or the input of the tool that was called."""
    if "toolUse" in block:
        return json.dumps(block["toolUse"]["input"], ensure_ascii=False)
    return str(block.get("text", ""))


def _usage(told: Any) -> Usage:
    """Bedrock counts cached tokens apart from `inputTokens`."""
    return Usage(
        max(0, told["inputTokens"]),
        max(0, told["outputTokens"]),
        cache_read_tokens=max(0, told.get("cacheReadInputTokens", 0)),
        cache_write_tokens=max(0, told.get("cacheWriteInputTokens", 0)),
    )
