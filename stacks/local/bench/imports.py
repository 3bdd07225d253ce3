"""What it costs to start a function: processor time until it is imported and until its first answer, and its size.

Measured is what is shipped: our sources, the locked dependencies and bytecode that nothing checks, for this machine's
processor, on the Python that Lambda runs or another one. Every start has a process of its own. The floor is pydantic
alone.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from stacks.local.bench.first_calls import SIGNING_IN, measure_first_calls
from stacks.local.errors import NotMeasurable

ROOT = Path(__file__).parents[3]
FLOOR = "pydantic"
_HERE = f"{platform.machine()}-unknown-linux-gnu"
_CPU = "import time; began = time.process_time(); import {}; print(1000 * (time.process_time() - began))"
_HEAVY = ("numpy", "boto3", "bs4", "onnxruntime", "baml_py", "opentelemetry", "dspy")
_LOADED = "import sys, {}; print(' '.join(name for name in {!r} if name in sys.modules))"
_PACKAGE = """
import sys
from pathlib import Path
from stacks.bundling import PYTHON, make_package
from stacks.interpreters import find_python, version_of
python = Path(sys.argv[3]) if sys.argv[3] else find_python(PYTHON)
if python and version_of(python):
    make_package("mail", Path(sys.argv[1]), sys.argv[2], python)
    print(python)
"""
_SIZES = """
import json, tempfile
from pathlib import Path
from stacks.bundling import BUNDLES, make_package
sizes = {}
for bundle in BUNDLES:
    with tempfile.TemporaryDirectory() as folder:
        make_package(bundle, Path(folder))
        sizes[bundle] = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
print(json.dumps(sizes))
"""


@dataclass(frozen=True, slots=True)
class StartCost:
    """A module's start: least and median processor time of its import, median of import and first call.

    `answered_ms` is None for what no task calls. `heavy` are packages that came with the import.
    """

    module: str
    least_ms: float
    imported_ms: float
    answered_ms: float | None
    heavy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportsReport:
    """The functions, the floor, what a token takes, and the bytes of each package; empty where not asked for."""

    functions: tuple[StartCost, ...]
    floor: StartCost
    token_ms: float
    bytes_by_bundle: dict[str, int]

    def tables(self) -> list[Table]:
        """For people."""
        table = Table(title="cold start by function (processor time, ms)")
        for name in ("function", "import, least", "median", "with first call", "to the floor", "heavy packages"):
            table.add_column(name, justify="left" if name in {"function", "heavy packages"} else "right")
        for cost in sorted(self.functions, key=lambda cost: cost.least_ms):
            table.add_row(*_row(cost, self.floor))
        table.add_section()
        table.add_row(*_row(self.floor, self.floor))
        table.add_row("a token for the ledger", "", f"{self.token_ms:.0f}", "", "", "")
        sizes = Table(title="unzipped size by package (a function may have 262 MB)")
        sizes.add_column("package")
        sizes.add_column("MB", justify="right")
        for name, size in self.bytes_by_bundle.items():
            sizes.add_row(name, f"{size / 1e6:.1f}")
        return [table, sizes] if self.bytes_by_bundle else [table]

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def measure_imports(runs: int, *, sizes: bool, interpreter: Path | None = None) -> ImportsReport:
    """Start every function `runs` times; make every package where its size is wanted, which takes minutes.

    Functions start on `interpreter`, or else on a Python of the version that Lambda runs. Raises NotMeasurable without
    one.
    """
    handlers = (file for file in (ROOT / "lambdas").glob("*.py") if "\ndef handler(" in file.read_text("utf-8"))
    modules = sorted(f"lambdas.{file.stem}" for file in handlers)
    made: dict[str, int] = json.loads(_python(sys.executable, ROOT, _SIZES)) if sizes else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's own user looks into its home
        package = folder / "package"
        package.mkdir()
        python = _python(sys.executable, ROOT, _PACKAGE, str(package), _HERE, str(interpreter or "")).strip()
        if not python:
            raise NotMeasurable("no such Python here; that of Lambda: `uv python install 3.13`")
        calls = measure_first_calls(python, package, folder, runs)
        answered = {module: statistics.median(total for _, total in taken) for module, taken in calls.items()}
        costs = _costs(python, package, (*modules, FLOOR), runs, answered)
        token = statistics.median(float(_python(python, package, SIGNING_IN)) for _ in range(runs))
        return ImportsReport(costs[:-1], costs[-1], token, made)


def _costs(
    python: str, package: Path, modules: Sequence[str], runs: int, answered_ms: Mapping[str, float]
) -> tuple[StartCost, ...]:
    """Of each module, started in turns: a machine that is slow for a while is slow for all of them."""
    turns = [[float(_python(python, package, _CPU.format(module))) for module in modules] for _ in range(runs)]
    costs = []
    for module, *times in zip(modules, *turns, strict=True):
        heavy = tuple(_python(python, package, _LOADED.format(module, _HEAVY)).split())
        costs.append(StartCost(module, min(times), statistics.median(times), answered_ms.get(module), heavy))
    return tuple(costs)


def _row(cost: StartCost, floor: StartCost) -> Sequence[str]:
    answered = "" if cost.answered_ms is None else f"{cost.answered_ms:.0f}"
    ratio = f"{cost.least_ms / floor.least_ms:.1f}"
    name = cost.module.removeprefix("lambdas.")
    return name, f"{cost.least_ms:.0f}", f"{cost.imported_ms:.0f}", answered, ratio, " ".join(cost.heavy)


def _python(python: str, folder: Path, program: str, *arguments: str) -> str:
    command = [python, "-c", program, *arguments]
    ran = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout
