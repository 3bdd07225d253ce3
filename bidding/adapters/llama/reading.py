"""Reading a prompt: what a model server of llama.cpp says of the token that would come next."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bidding.adapters.llama.labels import OPENING, Tokens
from bidding.adapters.prompts import Messages
from bidding.domain.errors import EngineFailure

if TYPE_CHECKING:
    import httpx

TOKENS_TOLD = 500
"""How many tokens' probabilities are asked for at a fork; labels below them are told apart by nothing."""


class PromptReader:
    """One job's readings, all before `deadline`, a reading of the monotonic clock. `readings` counts them."""

    def __init__(self, http: httpx.Client, address: str, deadline: float) -> None:
        self._http = http
        self._address = address
        self._deadline = deadline
        self.readings = 0

    def prompt(self, messages: Messages) -> Tokens:
        """The messages in the model's own chat template, and the opening of an answer."""
        written = self._post("/apply-template", {"messages": messages})["prompt"]
        return self._tokens({"content": written + OPENING, "add_special": True, "parse_special": True})

    def tokenise(self, text: str) -> Tokens:
        """Plain text as tokens; nothing in it is taken for a control token."""
        return self._tokens({"content": text, "add_special": False, "parse_special": False})

    def next_tokens(self, tokens: Tokens, *, reuse: bool) -> Mapping[int, float]:
        """Log-probabilities of the likeliest next tokens."""
        self.readings += 1
        answer = self._post(
            "/completion",
            {
                "prompt": list(tokens),
                "n_predict": 1,
                "n_probs": TOKENS_TOLD,
                "temperature": 0.0,
                "cache_prompt": reuse,
            },
        )
        return {each["id"]: each["logprob"] for each in answer["completion_probabilities"][0]["top_logprobs"]}

    def _tokens(self, request: dict[str, Any]) -> Tokens:
        return tuple(self._post("/tokenize", request)["tokens"])

    def _post(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        """Raises EngineFailure: a reading that never came is one that began."""
        import httpx  # noqa: PLC0415 - only a running model pays for it

        seconds = max(self._deadline - time.monotonic(), 0.001)
        try:
            response = self._http.post(self._address + path, json=request, timeout=seconds)
        except httpx.TimeoutException:
            raise EngineFailure("too_slow", f"the prompt was not read within {seconds:.1f} s") from None
        except httpx.HTTPError as error:
            raise EngineFailure("unavailable", str(error)[:300]) from error
        if "exceed_context_size" in response.text:
            raise EngineFailure("over_context", "the prompt is longer than the context", started=False)
        if response.is_error:
            raise EngineFailure("unavailable", response.text[:300], started=False)
        answer: dict[str, Any] = response.json()
        return answer
