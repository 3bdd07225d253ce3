"""Which engine serves which seat. Engines are made, and what they need is imported, when one is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from bidding.adapters.keys import KeyRing
from bidding.domain.errors import Misconfigured
from bidding.domain.seats import EngineName, Seat
from bidding.ports.engines import Embedder, Engine


class EngineShop:
    """Implements `Engines` over every adapter there is. `no_bedrock` says why Bedrock may not be called.

    `reuse_prompts`: see `LlamaCppEngine`.
    """

    def __init__(
        self,
        embedder: Embedder,
        cache_dir: Path | None = None,
        script: Path | None = None,
        no_bedrock: str | None = None,
        keys: KeyRing | None = None,
        *,
        reuse_prompts: bool = False,
    ) -> None:
        self._embedder = embedder
        self._cache_dir = cache_dir
        self._script = script
        self._no_bedrock = no_bedrock
        self._keys = keys or KeyRing({}, _no_secrets)
        self._reuse_prompts = reuse_prompts
        self._made: dict[EngineName, Engine] = {}
        self._lock = threading.Lock()

    def engine_of(self, seat: Seat) -> Engine:
        """Raises Misconfigured for a scripted seat without a script."""
        with self._lock:
            if seat.engine not in self._made:
                self._made[seat.engine] = self._make(seat.engine)
            return self._made[seat.engine]

    def close(self) -> None:
        """Give back what the engines hold: model servers and their memory."""
        for engine in self._made.values():
            close: Callable[[], None] | None = getattr(engine, "close", None)
            if close is not None:
                close()

    def _make(self, name: EngineName) -> Engine:
        if name in {"openai_compatible", "third_party"}:
            return self._over_http(name)
        match name:
            case "llama_cpp":
                from bidding.adapters.llama_cpp import LlamaCppEngine  # noqa: PLC0415

                engine: Engine = LlamaCppEngine(self._cache_dir, reuse_prompts=self._reuse_prompts)
            case "classifier":
                from bidding.adapters.classifier import ClassifierEngine  # noqa: PLC0415

                engine = ClassifierEngine(self._embedder)
            case "rules":
                from bidding.adapters.rules import RulesEngine  # noqa: PLC0415

                engine = RulesEngine()
            case "bedrock":
                from bidding.adapters.bedrock import BedrockEngine  # noqa: PLC0415

                engine = BedrockEngine(unavailable=self._no_bedrock)
            case "human" | "worker":
                from bidding.adapters.deferred import DeferredEngine  # noqa: PLC0415

                engine = DeferredEngine()
            case "scripted":
                from bidding.adapters.scripted import ScriptedEngine, load_script  # noqa: PLC0415

                if self._script is None:
                    raise Misconfigured("a scripted seat needs ATOMIC_SCRIPT: the path of its answers")
                engine = ScriptedEngine(load_script(self._script))
            case _:
                raise Misconfigured(f"no engine {name!r} in this installation")
        return engine

    def _over_http(self, name: EngineName) -> Engine:
        from bidding.adapters.http import HttpCaller  # noqa: PLC0415
        from bidding.adapters.openai_compatible import OpenAiCompatibleEngine  # noqa: PLC0415
        from bidding.adapters.third_party import ThirdPartyEngine  # noqa: PLC0415

        if name == "third_party":
            return ThirdPartyEngine(self._keys, HttpCaller())
        return OpenAiCompatibleEngine(self._keys, HttpCaller())


def _no_secrets(name: str) -> str:
    raise LookupError(f"this installation has no secrets: {name}")
