"""Models behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, or somebody's hosted one.

One attempt per call. A seat says how it is held to its type (`call.form`): the standard `response_format`, a server's
own grammar, a tool that must be called, or free text that is aligned afterwards.
Source: OpenAI API reference, Create chat completion; vLLM, Structured outputs; llama.cpp, tools/server/README.md.
"""

from __future__ import annotations

import json
from typing import Any

from bidding.adapters.answer_forms import estimated_tokens, provider_schema, schema_name, with_written_type
from bidding.adapters.http import HttpCaller, Reply
from bidding.adapters.keys import KeyRing
from bidding.adapters.prompts import Messages, build_messages
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import EngineFailure, FailureReason
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage

TOKENS_MAX = 10_000_000
"""No call has more; a server that says so does not know."""

_STOPS: dict[str, FailureReason] = {"length": "truncated", "content_filter": "unsafe"}
_TOO_LONG = ("context_length_exceeded", "exceed_context_size", "maximum context length", "context size", "too long")
_UNSAFE = ("content_filter", "content_policy", "content management policy")


@dataclass
class _Written:
    """What a server has sent of a completion so far."""

    text: str = ""
    stop: str | None = None
    refusal: str = ""
    usage: object = None


class OpenAiCompatibleEngine:
    """Implements `Engine`; `seat.model` is the server's name of a model, `seat.call.base_url` ends in `/v1`."""

    def __init__(self, keys: KeyRing, http: HttpCaller) -> None:
        self._keys = keys
        self._http = http

    def unavailable_because(self, seat: Seat) -> str | None:
        """A sentence where the seat's key is not set, else None: whether the server is up is known by calling."""
        return self._keys.missing(seat.call.api_key)

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """An estimate, by characters."""
        return estimated_tokens(build_messages(job, brief=seat.call.brief), job)

    def answer(self, seat: Seat, job: Job) -> Answer:
        """One call. Raises EngineFailure; `started` is False where the server turned the call away."""
        url = f"{str(seat.call.base_url).rstrip('/')}/chat/completions"
        body = json.dumps(_request(seat, job)).encode()
        headers = {"content-type": "application/json", "x-request-id": job.award or "none"}
        if seat.call.api_key:
            headers["authorization"] = f"Bearer {self._keys.key(seat.call.api_key)}"
        written = _Written()
        try:
            if seat.call.stream:
                with self._http.stream(url, body, headers, job.timeout_ms) as (status, lines):
                    if status != 200:
                        raise _refused(Reply(status, b"\n".join(lines)))
                    _read_stream(lines, written)
            else:
                _read_whole(self._http.post(url, body, headers, job.timeout_ms), written)
        except EngineFailure as failure:
            failure.text = failure.text or written.text or None
            raise
        return self._checked(seat, job, written)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _checked(self, seat: Seat, job: Job, written: _Written) -> Answer:
        usage = _usage(written.usage)
        reason: FailureReason | None = _STOPS.get(written.stop or "")
        if written.refusal:
            reason = "refused"
        elif reason is None and not written.text.strip():
            reason = "invalid"
        if reason is not None:
            detail = written.refusal or f"the answer ended with {written.stop}"
            raise EngineFailure(reason, detail[:300], usage=usage, text=written.text or None)
        # A server that does not tell is billed for all that the call could take.
        told = usage or Usage(self.count_tokens(seat, job), job.max_output_tokens)
        return Answer(written.text, told)


def _request(seat: Seat, job: Job) -> dict[str, Any]:
    form = seat.call.form or "native_schema"
    messages: Messages = build_messages(job, brief=seat.call.brief)
    request: dict[str, Any] = {"model": seat.model, "max_tokens": job.max_output_tokens, "temperature": 0.0}
    schema = provider_schema(job.json_schema)
    match form:
        case "native_schema":
            request |= _response_format(job, schema)
        case "constrained":
            request |= _grammar(seat, job, schema)
        case "tool_use":
            tool = {"name": schema_name(job), "parameters": schema, "strict": True}
            request["tools"] = [{"type": "function", "function": tool}]
            request["tool_choice"] = {"type": "function", "function": {"name": tool["name"]}}
        case "free_text":
            messages = with_written_type(messages, job)
    request["messages"] = messages
    if seat.call.stream:
        request |= {"stream": True, "stream_options": {"include_usage": True}}
    return request


def _response_format(job: Job, schema: dict[str, Any]) -> dict[str, Any]:
    named = {"name": schema_name(job), "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _grammar(seat: Seat, job: Job, schema: dict[str, Any]) -> dict[str, Any]:
    match seat.call.grammar:
        case "response_format":
            return _response_format(job, schema)
        case "structured_outputs":
            return {"structured_outputs": {"json": schema}}
        case "guided_json":
            return {"guided_json": schema}
        case "llguidance":  # without free white space, with which a small model fills its tokens
            lean = {**schema, "x-guidance": {"whitespace_flexible": False}}
            return {"grammar": f"%llguidance {{}}\nstart: %json {json.dumps(lean)}"}


def _read_whole(reply: Reply, written: _Written) -> None:
    if reply.status != 200:
        raise _refused(reply)
    try:
        body = json.loads(reply.body)
        (choice, *_) = body["choices"]
        _take(written, choice, choice["message"])
        written.usage = body.get("usage")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EngineFailure("unavailable", f"no chat completion: {error!r}"[:300]) from error


def _read_stream(lines: Any, written: _Written) -> None:
    """Server-sent events. A stream that ends before it said how is one that was cut."""
    for line in lines:
        event = line.strip()
        if not event.startswith(b"data:"):
            continue
        data = event.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            break
        try:
            body = json.loads(data)
            written.usage = body.get("usage") or written.usage
            for choice in body.get("choices") or []:
                _take(written, choice, choice.get("delta") or {})
            error = body.get("error")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
            raise EngineFailure("unavailable", f"no event of a chat completion: {cause!r}"[:300]) from cause
        if error:
            raise EngineFailure("unavailable", f"the server gave up: {error}"[:300])
    if written.stop is None:
        raise EngineFailure("unavailable", "the stream was cut before the answer ended")


def _take(written: _Written, choice: dict[str, Any], message: dict[str, Any]) -> None:
    calls = message.get("tool_calls") or [{}]
    arguments = (calls[0].get("function") or {}).get("arguments")
    written.text += str(message.get("content") or "") + str(arguments or "")
    written.refusal += str(message.get("refusal") or "")
    written.stop = choice.get("finish_reason") or written.stop


def _refused(reply: Reply) -> EngineFailure:
    """What a status other than 200 means. Providers bill nothing below 500; above, nobody knows."""
    told = reply.body[:2_000].decode("utf-8", "replace")
    detail = f"HTTP {reply.status}: {told[:240]}"
    if reply.status == 429:
        return EngineFailure("throttled", detail, started=False)
    if reply.status in {408, 504}:
        return EngineFailure("too_slow", detail)
    if 400 <= reply.status < 500:
        if any(phrase in told.lower() for phrase in _TOO_LONG):
            return EngineFailure("over_context", detail, started=False)
        if any(phrase in told.lower() for phrase in _UNSAFE):
            return EngineFailure("unsafe", detail, started=False)
    return EngineFailure("unavailable", detail, started=reply.status >= 500)


def _usage(told: object) -> Usage | None:
    """The usage as reported; None where a number is missing or is none."""
    if not isinstance(told, dict):
        return None
    details = told.get("prompt_tokens_details") or {}
    prompt, written = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    cached = _count(details.get("cached_tokens") if isinstance(details, dict) else None) or 0
    if prompt is None or written is None:
        return None
    return Usage(prompt - min(cached, prompt), written, cache_read_tokens=min(cached, prompt))


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= TOKENS_MAX else None  # type: ignore[operator,return-value]
