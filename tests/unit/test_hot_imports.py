"""What answers lots imports nothing that only compiling needs."""

import subprocess
import sys
from pathlib import Path

import lambdas

HANDLERS = sorted(file.stem for file in Path(lambdas.__file__).parent.glob("*.py") if file.stem != "__init__")


def test_no_handler_imports_dspy() -> None:
    """Not one of them, not even the one that compiles, which imports it at its first call."""
    script = (
        "import importlib, sys\n"
        f"for name in {HANDLERS!r}:\n"
        "    importlib.import_module(f'lambdas.{name}')\n"
        "print(sorted(m for m in ('dspy', 'litellm', 'optuna') if m in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
