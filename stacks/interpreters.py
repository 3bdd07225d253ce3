"""Finding the Python that functions run on, to compile their bytecode."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def find_python(version: str) -> Path | None:
    """An interpreter of this version, such as 3.13; None where this machine has none. Downloads nothing."""
    for candidate in _candidates(version):
        if version_of(candidate) == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    found = _output(uv, "python", "find", "--no-python-downloads", version)
    if found:
        yield Path(found)
    if on_path := shutil.which(f"python{version}"):
        yield Path(on_path)
    # Versions that pyenv has installed but not switched on are behind shims that refuse to run.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/python{version}"))


def version_of(python: Path) -> str | None:
    """Such as 3.13; None for what is no interpreter."""
    return _output(str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])")


def _output(*command: str) -> str | None:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None
