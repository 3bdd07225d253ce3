"""One model in this process: llama.cpp's own server on a local port, spoken to by the OpenAI client.

One slot, one thread: two threads collapse on busy cores, and one call at a time can be billed by processor time.
No prompt cache: an answer and its cost then follow from the prompt alone, not from what was asked before.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bidding.adapters.llama.grammar import type_adapter
from bidding.adapters.llama.labels import OPENING, Tokens, label_chances, label_ways
from bidding.adapters.llama.reading import PromptReader
from bidding.adapters.prompts import Messages
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import EngineFailure
from bidding.domain.records import JsonObject
from bidding.domain.usage import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

CONTEXT_TOKENS = 2_048
BATCH_TOKENS = 128
"""A call that timed out ends between two batches of its prompt: 0.6 s. Larger batches are no faster."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A call: messages, the schema of the answer and its bounds.

    `repetition_penalty` lowers the logit of a token by this much for each of its last appearances, those in the prompt
    among them: never for copied words.
    """

    messages: Messages
    schema: JsonObject
    max_tokens: int
    timeout_ms: int
    repetition_penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote."""

    text: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Weighed:
    """The chance of each label, and what reading the prompt took."""

    chances: Mapping[str, float]
    usage: Usage


class LlamaServer:
    """A running model. `complete` may be called from several threads: they queue."""

    def __init__(self, weights: Path) -> None:
        import httpx  # noqa: PLC0415 - imports take half a second that only a running model pays
        from openai import OpenAI  # noqa: PLC0415

        before = _threads()
        self._server = _start(weights)
        self._own_threads = _threads() - before
        self._lock = threading.Lock()
        self._adapter = type_adapter()
        self._http = httpx.Client(trust_env=False)
        self._label_ways: dict[tuple[str, ...], tuple[Tokens, ...]] = {}
        self._client = OpenAI(
            base_url=f"{self._server.listening_address}/v1", api_key="none", max_retries=0, http_client=self._http
        )

    @property
    def base_url(self) -> str:
        """Where its OpenAI-compatible endpoint answers on this host."""
        return str(self._client.base_url).rstrip("/")

    def complete(self, prompt: Prompt) -> Reply:
        """Answer within the schema, deterministically.

        A call that runs out of time is cancelled by hanging up. Raises EngineFailure `too_slow`, `truncated`,
        `over_context` or `unavailable`.
        """
        deadline = time.monotonic() + prompt.timeout_ms / 1_000
        if not self._lock.acquire(timeout=prompt.timeout_ms / 1_000):
            raise EngineFailure("too_slow", f"the model was busy for all of {prompt.timeout_ms} ms", started=False)
        try:
            return self._complete(prompt, max(deadline - time.monotonic(), 0.001))
        finally:
            self._lock.release()

    def weigh_labels(
        self, messages: Messages, labels: Sequence[str], timeout_ms: int, *, reuse: bool = False
    ) -> Weighed:
        """The chance of each label as the answer to `messages`, by reading the prompt alone.

        `reuse` keeps what was read of the last prompt where this one begins alike: quicker, but then the cost depends
        on what was asked before. Raises EngineFailure `too_slow`, `over_context` or `unavailable`.
        """
        deadline = time.monotonic() + timeout_ms / 1_000
        if not self._lock.acquire(timeout=timeout_ms / 1_000):
            raise EngineFailure("too_slow", f"the model was busy for all of {timeout_ms} ms", started=False)
        try:
            if self._server is None:
                raise EngineFailure("unavailable", "the model has been stopped", started=False)
            meter = _Meter(self._busy_ms)
            reader = PromptReader(self._http, self._server.listening_address, deadline)
            prompt = reader.prompt(messages)
            ways = self._ways(tuple(labels), reader)
            chances = label_chances(ways, lambda way: reader.next_tokens(prompt + way, reuse=reuse or bool(way)))
            opening = len(self._ways((), reader)[0])
            usage = Usage(len(prompt) - opening, opening + reader.readings, meter.cpu_ms())
        finally:
            self._lock.release()
        return Weighed(dict(zip(labels, chances, strict=True)), usage)

    def close(self) -> None:
        """Stop the server and free its memory. Waits for a call in progress."""
        with self._lock:
            self._http.close()
            self._server = None

    def _ways(self, labels: tuple[str, ...], reader: PromptReader) -> tuple[Tokens, ...]:
        """The tokens of each label; of the opening alone, for none."""
        if labels not in self._label_ways:
            ways = label_ways(labels, reader.tokenise) if labels else (reader.tokenise(OPENING),)
            self._label_ways[labels] = ways
        return self._label_ways[labels]

    def _complete(self, prompt: Prompt, seconds: float) -> Reply:
        if self._server is None:
            raise EngineFailure("unavailable", "the model has been stopped", started=False)
        meter = _Meter(self._busy_ms)
        completion = self._ask(prompt, seconds)
        usage = Usage(*_tokens(completion), meter.cpu_ms())
        choice = completion.choices[0]
        if choice.finish_reason == "length":
            raise EngineFailure("truncated", f"not finished after {prompt.max_tokens} tokens", usage=usage)
        return Reply(choice.message.content or "", usage)

    def _ask(self, prompt: Prompt, seconds: float) -> ChatCompletion:
        import openai  # noqa: PLC0415
        from outlines.inputs import Chat  # noqa: PLC0415
        from outlines.types import JsonSchema  # noqa: PLC0415

        constraint = self._adapter.format_output_type(JsonSchema(dict(prompt.schema)))
        extra = {**constraint.pop("extra_body"), "cache_prompt": False}
        try:
            completion: ChatCompletion = self._client.chat.completions.create(
                model="local",
                messages=self._adapter.format_input(Chat(list(prompt.messages))),
                max_tokens=prompt.max_tokens,
                temperature=0.0,
                frequency_penalty=prompt.repetition_penalty,
                timeout=seconds,
                extra_body=extra,
            )
        except openai.APITimeoutError:
            raise EngineFailure("too_slow", f"no answer within {seconds:.1f} s") from None
        except openai.BadRequestError as error:
            if "exceed_context_size" in str(error):
                raise EngineFailure("over_context", "the prompt is longer than the context", started=False) from None
            raise EngineFailure("unavailable", str(error)[:300], started=False) from None
        except openai.OpenAIError as error:
            raise EngineFailure("unavailable", str(error)[:300]) from error
        return completion

    def _busy_ms(self) -> float:
        """Processor time of the server's own threads; 0 where the system does not tell."""
        return sum(_thread_ms(thread) for thread in self._own_threads)


class _Meter:
    """Processor time since it was made, never more than the time that passed; that, where threads do not tell."""

    def __init__(self, busy_ms: Callable[[], float]) -> None:
        self._busy_ms = busy_ms
        self._began, self._busy = time.monotonic(), busy_ms()

    def cpu_ms(self) -> int:
        passed = 1_000 * (time.monotonic() - self._began)
        measured = self._busy_ms() - self._busy
        return max(1, round(min(measured, passed) if measured else passed))


def _start(weights: Path) -> Any:
    import xllamacpp  # noqa: PLC0415 - native code that only a running model needs

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx = CONTEXT_TOKENS
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_parallel = params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.n_threads_http = 2
    params.swa_full = True
    params.cache_ram_mib = params.n_ctx_checkpoints = 0
    params.warmup = False
    params.verbosity = -1
    return xllamacpp.Server(params)


def _tokens(completion: ChatCompletion) -> tuple[int, int]:
    usage = completion.usage
    return (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)


def _threads() -> frozenset[str]:
    """Ids of this process's threads; empty where there is no /proc."""
    try:
        return frozenset(os.listdir("/proc/self/task"))
    except OSError:
        return frozenset()


def _thread_ms(thread: str) -> float:
    try:
        return int(Path("/proc/self/task", thread, "schedstat").read_text().split()[0]) / 1_000_000
    except (OSError, ValueError, IndexError):
        return 0.0
