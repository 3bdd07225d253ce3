"""Which engine serves which seat. Engines are made when first asked for, and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from bidding.adapters.bedrock import BedrockEngine
from bidding.adapters.classifier import ClassifierEngine
from bidding.adapters.llama_cpp import LlamaCppEngine
from bidding.adapters.rules import RulesEngine
from bidding.adapters.scripted import ScriptedEngine, load_script
from bidding.domain.errors import Misconfigured
from bidding.domain.seats import EngineName, Seat
from bidding.ports import Embedder, Engine


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
        *,
        reuse_prompts: bool = False,
    ) -> None:
        self._embedder = embedder
        self._cache_dir = cache_dir
        self._script = script
        self._no_bedrock = no_bedrock
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
        match name:
            case "llama_cpp":
                return LlamaCppEngine(self._cache_dir, reuse_prompts=self._reuse_prompts)
            case "classifier":
                return ClassifierEngine(self._embedder)
            case "rules":
                return RulesEngine()
            case "bedrock":
                return BedrockEngine(unavailable=self._no_bedrock)
            case "scripted":
                if self._script is None:
                    raise Misconfigured("a scripted seat needs ATOMIC_SCRIPT: the path of its answers")
                return ScriptedEngine(load_script(self._script))
            case _:
                assert_never(name)
