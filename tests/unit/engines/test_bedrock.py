"""Bedrock calls, answered by botocore's stubber."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.stub import ANY, Stubber

from bidding.adapters.bedrock import BedrockEngine
from bidding.domain.errors import EngineFailure
from bidding.domain.jobs import Answer
from bidding.domain.usage import Usage
from tests.unit.engines.jobs import make_job, make_seat

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

SEAT = make_seat("bedrock", "amazon.nova-micro-v1:0", "classify")
TEXT = '{"label":"billing","confidence":0.9}'


@pytest.fixture
def stubbed() -> Iterator[tuple[BedrockEngine, Stubber]]:
    """An engine whose client answers what it is told."""
    client = boto3.client(
        "bedrock-runtime", region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    with Stubber(client) as stubber:
        yield BedrockEngine(client), stubber


def _response(stop: str, text: str = TEXT) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": stop,
        "usage": {"inputTokens": 120, "outputTokens": 9, "totalTokens": 129},
        "metrics": {"latencyMs": 300},
    }


def test_a_call_bounds_its_tokens_and_states_its_schema(stubbed: tuple[BedrockEngine, Stubber]) -> None:
    """The request carries maxTokens, the schema of the answer and metadata; the answer carries the real usage."""
    engine, stubber = stubbed
    expected = {
        "modelId": "amazon.nova-micro-v1:0",
        "system": ANY,
        "messages": ANY,
        "inferenceConfig": {"maxTokens": 160, "temperature": 0.0},
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"schema": ANY, "name": "classification_v1"}},
            }
        },
        "requestMetadata": {"seat": SEAT.seat_id, "kind": "classify", "output": "classification.v1"},
    }
    stubber.add_response("converse", _response("end_turn"), expected)
    assert engine.answer(SEAT, make_job("classify")) == Answer(TEXT, Usage(120, 9))


@pytest.mark.parametrize(
    ("code", "message", "reason", "started"),
    [
        ("ThrottlingException", "Too many requests", "throttled", False),
        ("ModelNotReadyException", "Loading", "throttled", False),
        ("ModelTimeoutException", "Timed out", "too_slow", True),
        ("ServiceUnavailableException", "Down", "unavailable", True),
        ("InternalServerException", "Oops", "unavailable", True),
        ("ValidationException", "Input is too long for requested model.", "over_context", False),
        ("ValidationException", "Malformed", "unavailable", False),
        ("AccessDeniedException", "No access", "unavailable", False),
        ("SomethingNewException", "?", "unavailable", True),
    ],
)
def test_errors_have_a_reason_and_say_whether_the_model_began(
    stubbed: tuple[BedrockEngine, Stubber], code: str, message: str, reason: str, started: bool
) -> None:
    """A call that was turned away is not started, so its hold can be voided."""
    engine, stubber = stubbed
    stubber.add_client_error("converse", code, message)
    with pytest.raises(EngineFailure) as raised:
        engine.answer(SEAT, make_job("classify"))
    assert (raised.value.reason, raised.value.started) == (reason, started)


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("max_tokens", "truncated"),
        ("content_filtered", "unsafe"),
        ("guardrail_intervened", "unsafe"),
        ("malformed_model_output", "invalid"),
        ("model_context_window_exceeded", "over_context"),
    ],
)
def test_an_unfinished_answer_is_a_failure_that_was_billed(
    stubbed: tuple[BedrockEngine, Stubber], stop: str, reason: str
) -> None:
    """Stop reasons other than the end of the turn are failures, with the usage that Bedrock billed."""
    engine, stubber = stubbed
    stubber.add_response("converse", _response(stop))
    with pytest.raises(EngineFailure) as raised:
        engine.answer(SEAT, make_job("classify"))
    assert (raised.value.reason, raised.value.started, raised.value.usage) == (reason, True, Usage(120, 9))


class _Broken:
    """A client whose connection fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def converse(self, **_: object) -> object:
        raise self._error


@pytest.mark.parametrize(
    ("error", "reason", "started"),
    [
        (ReadTimeoutError(endpoint_url="x"), "too_slow", True),
        (ConnectTimeoutError(endpoint_url="x"), "unavailable", False),
    ],
)
def test_a_silent_connection_is_too_slow(error: Exception, reason: str, started: bool) -> None:
    """A read that times out may have been billed; a connection never made was not."""
    engine = BedrockEngine(cast("BedrockRuntimeClient", _Broken(error)))
    with pytest.raises(EngineFailure) as raised:
        engine.answer(SEAT, make_job("classify"))
    assert (raised.value.reason, raised.value.started) == (reason, started)


def test_bounds_that_bedrock_refuses_are_left_out_of_the_schema(stubbed: tuple[BedrockEngine, Stubber]) -> None:
    """Lengths and ranges are checked when the answer is parsed, not by Bedrock; every field is required."""
    engine, stubber = stubbed
    seen: list[dict[str, Any]] = []
    engine._given.meta.events.register(  # type: ignore[union-attr]
        "provide-client-params.bedrock-runtime.Converse", lambda params, **_: seen.append(params)
    )
    stubber.add_response("converse", _response("end_turn"))
    engine.answer(SEAT, make_job("extract"))
    structure = seen[0]["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    schema = json.loads(structure["schema"])
    assert schema["required"] == ["people", "dates", "amounts", "asks"]
    assert "maxLength" not in structure["schema"]
    assert "maxItems" not in structure["schema"]
