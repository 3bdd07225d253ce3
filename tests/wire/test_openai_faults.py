"""OpenAI-compatible servers on bad days, over real HTTP."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bidding.adapters.http import HttpCaller
from bidding.adapters.keys import KeyRing
from bidding.adapters.openai_compatible import OpenAiCompatibleEngine
from bidding.domain.calls import AnswerForm, CallSettings
from bidding.domain.errors import EngineFailure
from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from bidding.domain.usage import Usage
from tests.unit.engines.jobs import make_job
from tests.wire.servers import Behaviour, Server, cut, drip, events, flood, hang, hang_up, reply, serving

JOB = replace(make_job("classify"), award="award-1")
TEXT = '{"label":"billing","confidence":0.9}'
USAGE = {"prompt_tokens": 120, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 100}}
GOOD_USAGE = Usage(20, 9, cache_read_tokens=100)


def completion(text: str | None = TEXT, stop: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": stop, "message": {"role": "assistant", "content": text, **message}}
    return {"object": "chat.completion", "choices": [choice], "usage": USAGE}


def chunk(text: str, stop: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": stop}], **more}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that behaves as each test says."""
    with serving(reply(200, completion())) as server:
        yield server


@pytest.fixture
def engine() -> Iterator[OpenAiCompatibleEngine]:
    """The engine with a key in a variable."""
    made = OpenAiCompatibleEngine(KeyRing({"ATOMIC_KEY_TEST": "s3cret"}, _no_secret), HttpCaller())
    yield made
    made.close()


def _no_secret(name: str) -> str:
    raise LookupError(name)


def seat(server: Server, **call: Any) -> Seat:
    settings = CallSettings(base_url=f"{server.url}/v1", api_key="env:ATOMIC_KEY_TEST", **call)
    kinds = frozenset({"classify"})
    return Seat(SeatId("served/m"), "openai_compatible", "m", kinds, "on_host", PriceList(), call=settings)


def failure(engine: OpenAiCompatibleEngine, asked: Seat, timeout_ms: int = 5_000) -> EngineFailure:
    with pytest.raises(EngineFailure) as raised:
        engine.answer(asked, replace(JOB, timeout_ms=timeout_ms))
    return raised.value


def test_a_call_carries_key_bounds_and_award(server: Server, engine: OpenAiCompatibleEngine) -> None:
    """The key travels in the header only; the request bounds its tokens, and its usage tells cached tokens apart."""
    server.behave(reply(200, completion()))
    answer = engine.answer(seat(server), JOB)
    (request,) = server.requests
    assert (answer.text, answer.usage) == (TEXT, GOOD_USAGE)
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer s3cret"
    assert request.headers["x-request-id"] == "award-1"
    assert request.json["max_tokens"] == JOB.max_output_tokens
    assert b"s3cret" not in request.body


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({}, "response_format"),
        ({"form": "tool_use"}, "tool_choice"),
        ({"form": "constrained", "grammar": "llguidance"}, "grammar"),
        ({"form": "constrained", "grammar": "guided_json"}, "guided_json"),
        ({"form": "constrained", "grammar": "structured_outputs"}, "structured_outputs"),
        ({"form": "free_text"}, None),
    ],
)
def test_a_seat_says_how_it_is_held_to_its_type(
    server: Server, engine: OpenAiCompatibleEngine, call: dict[str, AnswerForm], field: str | None
) -> None:
    """Each form is one field of the request, and free text is described in the prompt instead."""
    server.behave(reply(200, completion()))
    engine.answer(seat(server, **call), JOB)
    request = server.requests[0].json
    forms = {"response_format", "tool_choice", "grammar", "guided_json", "structured_outputs"}
    assert forms & set(request) == ({field} if field else set())
    assert ("confidence: float" in request["messages"][0]["content"]) == (field is None)


def test_the_arguments_of_a_tool_are_an_answer(server: Server, engine: OpenAiCompatibleEngine) -> None:
    """A called tool's arguments are the text."""
    called = [{"id": "1", "type": "function", "function": {"name": "classification_v1", "arguments": TEXT}}]
    server.behave(reply(200, completion(None, "tool_calls", tool_calls=called)))
    assert engine.answer(seat(server, form="tool_use"), JOB).text == TEXT


_LONG = {"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 2048 tokens"}}


@pytest.mark.parametrize(
    ("behaviour", "reason", "started"),
    [
        (reply(429, {"error": "slow down"}), "throttled", False),
        (reply(401, {"error": "key"}), "unavailable", False),
        (reply(404, {"error": "no such model"}), "unavailable", False),
        (reply(400, _LONG), "over_context", False),
        (reply(400, {"error": {"code": "content_filter"}}), "unsafe", False),
        (reply(503, {"error": "loading"}), "unavailable", True),
        (reply(504, b""), "too_slow", True),
        (reply(302, b"", location="http://169.254.169.254/"), "unavailable", False),
        (reply(200, completion("{", "length")), "truncated", True),
        (reply(200, completion("", "content_filter")), "unsafe", True),
        (reply(200, completion(None, refusal="I must not.")), "refused", True),
        (reply(200, completion("  ")), "invalid", True),
        (reply(200, {"choices": []}), "unavailable", True),
        (reply(200, {"choices": [None]}), "unavailable", True),
        (reply(200, b"[" * 100_000), "unavailable", True),
        (reply(200, b"\xff\xfe"), "unavailable", True),
        (reply(200, b""), "unavailable", True),
        (cut(completion(), 60), "unavailable", True),
        (hang_up, "unavailable", True),
        (flood(3_000_000), "invalid", True),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_whatever_comes_back_is_a_typed_failure(
    server: Server,
    engine: OpenAiCompatibleEngine,
    behaviour: Behaviour,
    reason: str,
    started: bool,
    stream: bool,
) -> None:
    """Every status, refusal, cut and piece of nonsense has a reason, and says whether the model may have begun."""
    server.behave(behaviour)
    failed = failure(engine, seat(server, stream=stream))
    if stream and reason not in {"throttled", "over_context"} and failed.started:
        assert failed.reason in {reason, "unavailable"}  # a body that is no stream tells less
    else:
        assert (failed.reason, failed.started) == (reason, started)
    assert len(server.requests) == 1, "one attempt, no redirect"


def test_a_stream_is_put_together(server: Server, engine: OpenAiCompatibleEngine) -> None:
    """The pieces of a stream are the answer, and its last event has the usage."""
    server.behave(events(chunk(TEXT[:9]), chunk(TEXT[9:], "stop"), {"choices": [], "usage": USAGE}))
    answer = engine.answer(seat(server, stream=True), JOB)
    assert (answer.text, answer.usage) == (TEXT, GOOD_USAGE)
    assert server.requests[0].json["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("end", [True, False])
def test_a_stream_cut_in_the_middle_is_no_answer(server: Server, engine: OpenAiCompatibleEngine, end: bool) -> None:
    """A stream that stops before its answer ended is unavailable, was begun, and what had come is kept."""
    server.behave(events(chunk('{"label":'), chunk('"bil'), end=end))
    failed = failure(engine, seat(server, stream=True))
    assert (failed.reason, failed.started, failed.usage) == ("unavailable", True, None)
    assert failed.text == '{"label":"bil'


def test_an_error_in_a_stream_is_told(server: Server, engine: OpenAiCompatibleEngine) -> None:
    """A server that gives up in mid-stream says so in an event."""
    server.behave(events(chunk('{"la'), {"error": {"message": "out of memory"}}))
    assert "out of memory" in failure(engine, seat(server, stream=True)).detail


@pytest.mark.parametrize("behaviour", [hang(30), drip(30)])
@pytest.mark.parametrize("stream", [False, True])
def test_no_server_holds_a_call_beyond_its_time(
    server: Server, engine: OpenAiCompatibleEngine, behaviour: Behaviour, stream: bool
) -> None:
    """Silent or dripping, a server is too slow at the time-out."""
    server.behave(behaviour)
    began = time.monotonic()
    assert failure(engine, seat(server, stream=stream), timeout_ms=300).reason == "too_slow"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": -5, "completion_tokens": 10**12}, {"prompt_tokens": "1"}, [], 7]
)
def test_a_usage_that_cannot_be_is_not_believed(server: Server, engine: OpenAiCompatibleEngine, usage: Any) -> None:
    """Where a server tells no usage, or an impossible one, all that the call could take is billed."""
    server.behave(reply(200, {**completion(), "usage": usage}))
    answer = engine.answer(seat(server), JOB)
    assert answer.usage.output_tokens == JOB.max_output_tokens
    assert answer.usage.input_tokens == engine.count_tokens(seat(server), JOB)


def test_a_key_that_is_not_there_is_told_before_any_call(server: Server, engine: OpenAiCompatibleEngine) -> None:
    """A seat whose variable is not set makes no bid; a secret that cannot be read fails its call without one."""
    without = replace(seat(server), call=replace(seat(server).call, api_key="env:ATOMIC_KEY_GONE"))
    assert "ATOMIC_KEY_GONE" in (engine.unavailable_because(without) or "")
    secret = replace(without, call=replace(without.call, api_key="secret:atomic/seats/gone"))
    server.behave(reply(200, completion()))
    assert failure(engine, secret).started is False
    assert server.requests == []


def test_nobody_there_was_never_asked(engine: OpenAiCompatibleEngine, server: Server) -> None:
    """A refused connection is not started."""
    away = replace(seat(server), call=replace(seat(server).call, base_url="http://127.0.0.1:9/v1"))
    assert (failure(engine, away).reason, failure(engine, away).started) == ("unavailable", False)


def test_answers_are_read_as_the_type(server: Server, engine: OpenAiCompatibleEngine) -> None:
    """Text with quotes, line breaks and other scripts comes through the wire as it was written."""
    text = json.dumps({"body": 'Grüße,\n"再見" \u2028 \\ end'}, ensure_ascii=False)
    server.behave(reply(200, completion(text)))
    assert engine.answer(seat(server), JOB).text == text
