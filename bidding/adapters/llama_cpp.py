"""Small language models in this process, by llama.cpp: answers are held to the output type while they are written."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bidding.adapters.llama.gguf import CountTokens, token_counter
from bidding.adapters.llama.grammar import answer_schema
from bidding.adapters.llama.server import CONTEXT_TOKENS, LlamaServer, Prompt, Reply
from bidding.adapters.llama.weights import missing_weights, weights_file
from bidding.adapters.prompts import Messages, build_messages
from bidding.domain.errors import EngineFailure
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat

PROSE_PENALTY = 0.4
"""Without it a small model says its sentence again until its tokens run out; above it drifts from the mail."""
_PROSE = frozenset({"summarise", "draft"})
_PACKAGES = ("xllamacpp", "openai", "outlines", "tokenizers")
BYTES_PER_TOKEN = 3.0
"""For a vocabulary that cannot be counted exactly: low, so that a prompt is rather thought too long."""


class LlamaCppEngine:
    """Implements `Engine` for `smollm2-135m` and, where installed, `gemma3-270m`.

    `classify` is answered with the likeliest label, by reading the prompt alone; other kinds are written, held to their
    type. A model is loaded when it is first asked, once per process, and answers one call at a time. `cpu_ms` is the
    processor time of the model's own threads (Linux), never more than the time that passed; elsewhere, where
    threads do not tell, it is the time that passed: the model runs on one thread. `reuse_prompts`
    keeps what a prompt has in common with the one before: quicker for many alike, but a call's cost then depends on it.
    """

    def __init__(self, cache_dir: Path | None = None, *, reuse_prompts: bool = False) -> None:
        self._cache_dir = cache_dir
        self._reuse_prompts = reuse_prompts
        self._servers: dict[str, LlamaServer] = {}
        self._counters: dict[str, CountTokens | None] = {}
        self._lock = threading.Lock()

    def unavailable_because(self, seat: Seat) -> str | None:
        """A sentence naming the missing package or weights, else None."""
        return _missing(seat.model)

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """Exact for SmolLM2, from the tokenizer in its weights; a third of the bytes for other vocabularies."""
        messages = build_messages(job, brief=True)
        count = self._counter(seat.model) or _estimate
        # ChatML: <|im_start|>, role and text, <|im_end|>, line break; then <|im_start|> and the role that answers.
        asked = sum(count(f"{turn['role']}\n{turn['content']}") + 3 for turn in messages)
        return asked + count("assistant\n") + 1

    def answer(self, seat: Seat, job: Job) -> Answer:
        """One call, greedy. Raises EngineFailure `too_slow`, `truncated`, `over_context`, `refused`, `unavailable`."""
        messages = build_messages(job, brief=True)
        room = min(seat.context_tokens, CONTEXT_TOKENS) - self.count_tokens(seat, job)
        if room < job.max_output_tokens:
            detail = f"the prompt leaves {room} tokens of the {job.max_output_tokens} that an answer may take"
            raise EngineFailure("over_context", detail, started=False)
        labels = [label.name for label in job.payload.labels]
        if job.kind == "classify" and labels:
            weighed = self._server(seat.model).weigh_labels(messages, labels, job.timeout_ms, reuse=self._reuse_prompts)
            return Answer(_likeliest(weighed.chances), weighed.usage, weighed.chances)
        reply = self._reply(seat, job, messages)
        return Answer(reply.text, reply.usage)

    def close(self) -> None:
        """Stop the models that were started."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()

    def _reply(self, seat: Seat, job: Job, messages: Messages) -> Reply:
        prompt = Prompt(
            messages=messages,
            schema=answer_schema(job.kind, job.json_schema),
            max_tokens=job.max_output_tokens,
            timeout_ms=job.timeout_ms,
            repetition_penalty=PROSE_PENALTY if job.kind in _PROSE else 0.0,
        )
        return self._server(seat.model).complete(prompt)

    def _server(self, model: str) -> LlamaServer:
        with self._lock:
            if model not in self._servers:
                self._servers[model] = LlamaServer(weights_file(model, self._cache_dir))
            return self._servers[model]

    def _counter(self, model: str) -> CountTokens | None:
        with self._lock:
            if model not in self._counters:
                self._counters[model] = token_counter(weights_file(model, self._cache_dir))
            return self._counters[model]


@cache
def _missing(model: str) -> str | None:
    """Looked up once per process: every quote asks."""
    for package in _PACKAGES:
        if find_spec(package) is None:
            return f"package {package} is not installed: pip install 'atomic-market[local]'"
    return missing_weights(model)


def _estimate(text: str) -> int:
    return 1 + int(len(text.encode()) / BYTES_PER_TOKEN)


def _likeliest(chances: Mapping[str, float]) -> str:
    """The likeliest label as an answer; the first of those that tie."""
    label = max(chances, key=lambda each: chances[each])
    return json.dumps({"label": label, "confidence": round(chances[label], 4)}, ensure_ascii=False)
