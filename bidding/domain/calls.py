"""How a seat is called: where, in which form it answers, and what its provider offers.

A key is never part of a seat: `api_key` and `signing_key` say where it lies, `env:ATOMIC_KEY_…` for a variable of the
process that calls, `secret:atomic/seats/…` for a secret of the account.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest

AnswerForm = Literal["native_schema", "tool_use", "constrained", "free_text"]
"""How a seat is held to the output type.

`native_schema`: the provider takes a JSON schema. `tool_use`: the answer is the input of a tool that must be called.
`constrained`: a grammar masks what the model may write. `free_text`: the type is described in the prompt, and the
answer is aligned to it afterwards.
"""
Grammar = Literal["response_format", "structured_outputs", "guided_json", "llguidance"]
"""By server: the standard field, vLLM's and SGLang's own, vLLM's before 0.12, and llama.cpp's."""
ServiceTier = Literal["priority", "default", "flex", "reserved"]
CacheTtl = Literal["5m", "1h"]

CONCURRENCY_MAX = 1_000
_KEY = re.compile(r"env:ATOMIC_KEY_[A-Z0-9_]{1,100}|secret:atomic/seats/[A-Za-z0-9/_+=.@-]{1,200}")
_PLACES = "env:ATOMIC_KEY_NAME or secret:atomic/seats/NAME"
_GUARDRAIL = re.compile(r"[a-zA-Z0-9:/-]{1,200}:(DRAFT|\d{1,8})")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What an engine needs to know to call one seat; None is the engine's own default.

    `base_url` is where an OpenAI-compatible server or a third party's bidder answers. `concurrency` is how many calls
    may be under way at once, over all processes. `brief` writes the prompts for models below a billion parameters.
    `stream` reads the answer as it is written. `grammar` names the extension that a server takes for the form
    `constrained`. `service_tier`, `cache_ttl` (a cache point after the instructions) and `guardrail` (`id:version`)
    are for Amazon Bedrock.

    Raises InvalidRequest, saying what to write instead.
    """

    form: AnswerForm | None = None
    base_url: str | None = None
    api_key: str | None = None
    signing_key: str | None = None
    concurrency: int | None = None
    brief: bool = False
    stream: bool = False
    service_tier: ServiceTier | None = None
    cache_ttl: CacheTtl | None = None
    guardrail: str | None = None
    grammar: Grammar = "response_format"

    def __post_init__(self) -> None:
        for name, key in (("api_key", self.api_key), ("signing_key", self.signing_key)):
            if key is not None and not _KEY.fullmatch(key):
                raise InvalidRequest(f"{name}: say where the key lies, as {_PLACES}")
        if self.concurrency is not None and not 1 <= self.concurrency <= CONCURRENCY_MAX:
            raise InvalidRequest(f"concurrency: 1 to {CONCURRENCY_MAX} calls at once, not {self.concurrency}")
        if self.guardrail is not None and not _GUARDRAIL.fullmatch(self.guardrail):
            raise InvalidRequest("guardrail: write its id and its version, as abc123:1")
        if self.base_url is not None:
            _check_url(self.base_url)


USUAL = CallSettings()
"""Every engine's own way."""


def _check_url(url: str) -> None:
    """Raises InvalidRequest for what is no web address, or one whose traffic anybody could read or that names a key."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidRequest(f"base_url: {url[:200]!r} is no address: write https://host/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidRequest("base_url: no user, key or query in the address: put the key under api_key")
    if parts.hostname.startswith("169.254.") or parts.hostname == "metadata.google.internal":
        raise InvalidRequest("base_url: a machine's metadata service is no seat")


def travels_open(url: str) -> bool:
    """Whether what is sent to this address leaves the machine unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK
