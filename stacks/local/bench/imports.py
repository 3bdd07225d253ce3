"""What it costs to start a function: processor time of its imports, and the unzipped size of its package.

Every import runs in a process of its own, with bytecode, as a cold start does. The floor is what an interpreter takes
for pydantic alone, in the same run.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

ROOT = Path(__file__).parents[3]
FLOOR = "pydantic"
_CPU = "import time; began = time.process_time(); import {}; print(1000 * (time.process_time() - began))"
_HEAVY = ("numpy", "boto3", "bs4", "onnxruntime", "baml_py", "opentelemetry", "dspy")
_LOADED = "import sys, {}; print(' '.join(name for name in {!r} if name in sys.modules))"
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
class ImportCost:
    """A module's import: median processor time, and which heavy packages came with it."""

    module: str
    cpu_ms: float
    heavy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportsReport:
    """The functions, the floor, and the bytes of each package; empty where sizes were not asked for."""

    functions: tuple[ImportCost, ...]
    floor: ImportCost
    bytes_by_bundle: dict[str, int]

    def tables(self) -> list[Table]:
        """For people."""
        table = Table(title="cold import by function (median processor time)")
        for name in ("function", "CPU ms", "to the floor", "heavy packages"):
            table.add_column(name, justify="left" if name in {"function", "heavy packages"} else "right")
        for cost in sorted(self.functions, key=lambda cost: cost.cpu_ms):
            ratio = f"{cost.cpu_ms / self.floor.cpu_ms:.1f}"
            table.add_row(cost.module, f"{cost.cpu_ms:.0f}", ratio, " ".join(cost.heavy))
        table.add_section()
        table.add_row(f"floor: {FLOOR}", f"{self.floor.cpu_ms:.0f}", "1.0", "")
        sizes = Table(title="unzipped size by package (a function may have 250 MB)")
        sizes.add_column("package")
        sizes.add_column("MB", justify="right")
        for name, size in self.bytes_by_bundle.items():
            sizes.add_row(name, f"{size / 1e6:.1f}")
        return [table, sizes] if self.bytes_by_bundle else [table]

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def measure_imports(runs: int, *, sizes: bool) -> ImportsReport:
    """Import every handler `runs` times; make every package where its size is wanted, which takes minutes."""
    modules = sorted(
        f"lambdas.{file.stem}" for file in (ROOT / "lambdas").glob("*.py") if "handler" in file.read_text("utf-8")
    )
    made: dict[str, int] = json.loads(_python(_SIZES)) if sizes else {}
    return ImportsReport(tuple(_cost(module, runs) for module in modules), _cost(FLOOR, runs), made)


def _cost(module: str, runs: int) -> ImportCost:
    _python(_CPU.format(module))  # writes the bytecode
    times = [float(_python(_CPU.format(module))) for _ in range(runs)]
    return ImportCost(module, statistics.median(times), tuple(_python(_LOADED.format(module, _HEAVY)).split()))


def _python(program: str) -> str:
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    return ran.stdout
