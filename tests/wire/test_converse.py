"""Bedrock over real HTTP: a server on this host checks every request by the service's own model."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bidding.adapters.bedrock import BedrockEngine
from bidding.adapters.outputs import TypedOutputs
from bidding.domain.calls import CallSettings
from bidding.domain.errors import EngineFailure
from bidding.domain.usage import Usage
from tests.unit.engines.jobs import make_demonstration, make_job, make_seat
from tests.wire.servers import Behaviour, Server, converse, converse_error, cut, drip, hang, hang_up, reply, serving

SEAT = make_seat("bedrock", "us.amazon.nova-micro-v1:0", "classify")
TEXT = '{"label":"billing","confidence":0.9}'
GOOD = converse([{"text": TEXT}])
JOB = replace(
    make_job("classify", demonstrations=(make_demonstration("Refund?", {"label": "billing"}),)), award="award-1"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stand-in for the service, where the engine's own client finds it."""
    with serving(GOOD) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "none")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield server


def failure(server: Server, behaviour: Behaviour, timeout_ms: int = 5_000) -> EngineFailure:
    """How a call ends that cannot end well; it was made exactly once."""
    server.behave(behaviour)
    with pytest.raises(EngineFailure) as raised:
        BedrockEngine().answer(SEAT, replace(JOB, timeout_ms=timeout_ms))
    assert len(server.requests) == 1
    return raised.value


@pytest.mark.parametrize(
    "call",
    [
        CallSettings(),
        CallSettings(form="constrained"),
        CallSettings(form="free_text"),
        CallSettings(service_tier="flex", cache_ttl="1h", guardrail="abc123:DRAFT"),
    ],
)
def test_requests_are_right_by_the_services_model(server: Server, call: CallSettings) -> None:
    """Every form of a request passes the service's own validation, bounds its tokens and names its award."""
    answer = BedrockEngine().answer(replace(SEAT, call=call), JOB)
    request = server.requests[0].json
    assert answer.text == TEXT
    assert request["inferenceConfig"]["maxTokens"] == JOB.max_output_tokens
    assert request["requestMetadata"]["award"] == "award-1"
    assert ("outputConfig" in request) == (call.form != "free_text")
    assert request.get("serviceTier") == ({"type": "flex"} if call.service_tier else None)
    assert ("cachePoint" in request["system"][-1]) == (call.cache_ttl is not None)


def test_a_tool_that_must_be_called_is_an_answer(server: Server) -> None:
    """Where the form is a tool, it is offered strictly and has to be used; its input is the answer."""
    used = {"toolUse": {"toolUseId": "1", "name": "classification_v1", "input": json.loads(TEXT)}}
    server.behave(converse([used], stop="tool_use"))
    answer = BedrockEngine().answer(replace(SEAT, call=CallSettings(form="tool_use")), JOB)
    config = server.requests[0].json["toolConfig"]
    assert config["toolChoice"] == {"tool": {"name": "classification_v1"}}
    assert config["tools"][0]["toolSpec"]["strict"] is True
    assert TypedOutputs().parse(JOB.output, JOB.payload, answer.text)[1] == "strict"


def test_cached_tokens_are_told_apart(server: Server) -> None:
    """Cache reads and writes reach the usage, so that each is billed at its price."""
    server.behave(converse([{"text": TEXT}], cacheReadInputTokens=1_024, cacheWriteInputTokens=256))
    assert BedrockEngine().answer(SEAT, JOB).usage == Usage(120, 9, cache_read_tokens=1_024, cache_write_tokens=256)


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        ("ThrottlingException", "Too many requests", ("throttled", False)),
        ("ModelNotReadyException", "Loading", ("throttled", False)),
        ("ModelTimeoutException", "Timed out", ("too_slow", True)),
        ("ModelErrorException", "Broke", ("unavailable", True)),
        ("ServiceUnavailableException", "Down", ("unavailable", True)),
        ("InternalServerException", "Oops", ("unavailable", True)),
        ("ValidationException", "Input is too long for requested model.", ("over_context", False)),
        ("ValidationException", "1 validation error", ("unavailable", False)),
        ("AccessDeniedException", "No access", ("unavailable", False)),
        ("ResourceNotFoundException", "No such model", ("unavailable", False)),
    ],
)
def test_every_class_of_error_is_told_apart(
    server: Server, name: str, message: str, expected: tuple[str, bool]
) -> None:
    """Each error of the service's model has a reason, and says whether the model may have begun; none is retried."""
    failed = failure(server, converse_error(name, message))
    assert (failed.reason, failed.started) == expected


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("max_tokens", "truncated"),
        ("guardrail_intervened", "unsafe"),
        ("content_filtered", "unsafe"),
        ("malformed_model_output", "invalid"),
        ("model_context_window_exceeded", "over_context"),
    ],
)
def test_a_stop_that_is_none_is_billed_and_kept(server: Server, stop: str, reason: str) -> None:
    """An answer that was stopped is a typed failure with its usage, and what was written is kept."""
    failed = failure(server, converse([{"text": '{"label": "bil'}], stop=stop))
    assert (failed.reason, failed.usage, failed.text) == (reason, Usage(120, 9), '{"label": "bil')


_WHOLE: dict[str, Any] = {"output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}}, "stopReason": "x"}


@pytest.mark.parametrize(
    ("behaviour", "reason", "started"),
    [
        (hang_up, "unavailable", True),
        (cut(_WHOLE, 40), "unavailable", True),
        (reply(200, b"<html>gateway</html>"), "unavailable", True),
        (reply(200, {}), "unavailable", True),
        (reply(200, {**_WHOLE, "usage": None}), "unavailable", True),
        (reply(502, b"bad gateway"), "unavailable", True),
        (converse([]), "invalid", True),
    ],
)
def test_whatever_comes_back_is_a_typed_failure(
    server: Server, behaviour: Behaviour, reason: str, started: bool
) -> None:
    """Dropped, cut and malformed answers never raise anything else."""
    failed = failure(server, behaviour)
    assert (failed.reason, failed.started) == (reason, started)


@pytest.mark.parametrize("behaviour", [hang(30), drip(30, pause=2)])
def test_a_silent_service_is_too_slow(server: Server, behaviour: Behaviour) -> None:
    """A call ends at its time-out, whatever the service does."""
    began = time.monotonic()
    assert failure(server, behaviour, timeout_ms=1_000).reason in {"too_slow", "unavailable"}
    assert time.monotonic() - began < 10


def test_nobody_there_was_never_asked(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """A refused connection is not started: its hold costs nothing."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    with pytest.raises(EngineFailure) as raised:
        BedrockEngine().answer(SEAT, JOB)
    assert (raised.value.reason, raised.value.started) == ("unavailable", False)
