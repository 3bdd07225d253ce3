"""Tokens of a chat prompt, counted without starting the model: the tokenizer is read from the weights' own header.

Quotes are made for every lot by every seat, often in a process that will never run the model.
Source: the GGUF specification, github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from bidding.domain.errors import Misconfigured

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_CACHED_TEXTS = 2_048

Value = str | float | list["Value"]
CountTokens = Callable[[str], int]


def read_header(path: Path) -> dict[str, Value]:
    """The key-value pairs of a GGUF file. Raises Misconfigured where it is none."""
    with path.open("rb") as file:
        magic, version, _, pairs = struct.unpack("<4sIQQ", file.read(24))
        if magic != b"GGUF" or version not in {2, 3}:
            raise Misconfigured(f"{path.name} is not a GGUF file of version 2 or 3")
        header = {}
        for _ in range(pairs):
            key = _string(file)
            header[key] = _value(file, _number(file, "I"))
        return header


def token_counter(path: Path) -> CountTokens | None:
    """Counts the tokens of plain text as the model does; None for a vocabulary without byte-level merges.

    Raises Misconfigured where the file is no GGUF file.
    """
    header = read_header(path)
    tokens, merges = header["tokenizer.ggml.tokens"], header.get("tokenizer.ggml.merges")
    if header["tokenizer.ggml.model"] != "gpt2" or not isinstance(tokens, list) or not isinstance(merges, list):
        return None
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415 - only a process that quotes needs it

    vocabulary = {str(token): index for index, token in enumerate(tokens)}
    pairs = [(left, right) for merge in merges for left, _, right in [str(merge).partition(" ")]]
    tokenizer = Tokenizer(models.BPE(vocabulary, pairs))
    # llama.cpp's pre-tokenizer `smollm`: digits one by one, then GPT-2's words.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )

    @lru_cache(_CACHED_TEXTS)
    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return count


def _number(file: BinaryIO, code: str) -> float:
    (value,) = struct.unpack(f"<{code}", file.read(struct.calcsize(code)))
    assert isinstance(value, int | float)
    return value


def _string(file: BinaryIO) -> str:
    return file.read(int(_number(file, "Q"))).decode("utf-8", "replace")


def _value(file: BinaryIO, kind: float) -> Value:
    if kind == _STRING:
        return _string(file)
    if kind == _ARRAY:
        item_kind, length = struct.unpack("<IQ", file.read(12))
        return [_value(file, item_kind) for _ in range(length)]
    return _number(file, _SCALARS[int(kind)])
