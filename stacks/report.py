"""What a deployment weighs, and whether two syntheses are the same: `python -m stacks.report sizes|twice`."""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stacks.bundling import BUNDLES, PYTHON, ROOT, make_package
from stacks.functions import FUNCTIONS
from stacks.interpreters import find_python

LIMIT_BYTES = 250 * 1024 * 1024
"""What a function's package may measure unzipped."""

_COMPARED = ("*.template.json", "*.assets.json", "manifest.json")


def package_sizes() -> int:
    """Make every package, and print what it measures and how long it took; 1 where one is too large."""
    print(f"bytecode: {find_python(PYTHON) or 'none, no Python ' + PYTHON + ' here'}")
    print("| package | unzipped, MB | of it numpy and onnxruntime | seconds | functions |")
    print("| --- | ---: | ---: | ---: | --- |")
    too_large = 0
    for bundle in BUNDLES:
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            make_package(bundle, Path(folder))
            seconds = time.perf_counter() - started
            size = _bytes_in(Path(folder))
            native = sum(_bytes_in(path) for path in Path(folder).glob("numpy*")) + _bytes_in(
                Path(folder, "onnxruntime")
            )
        too_large += size > LIMIT_BYTES
        users = ", ".join(each.state for each in FUNCTIONS if each.bundle == bundle)
        print(f"| {bundle} | {size / 1e6:.0f} | {native / 1e6:.0f} | {seconds:.0f} | {users} |")
    return int(too_large > 0)


def synthesise_twice(environment: str) -> int:
    """Synthesise in two processes and compare templates and asset manifests byte for byte; 1 where they differ."""
    with tempfile.TemporaryDirectory() as folder:
        made = [Path(folder, name) for name in ("first", "second")]
        for outdir in made:
            started = time.perf_counter()
            synthesise_apart(outdir, environment)
            print(f"{outdir.name}: {time.perf_counter() - started:.1f} s")
        first, second = (digests(outdir) for outdir in made)
    differing = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    print(json.dumps(first, indent=2))
    print(f"differ: {', '.join(differing)}" if differing else f"{len(first)} files, identical byte for byte")
    return int(bool(differing))


def synthesise_apart(outdir: Path, environment: str) -> None:
    """Synthesise, without rules, in a process of its own: what differs between processes would differ in it."""
    synthesis = (
        "import sys; from app import build_app; build_app(sys.argv[1], rules=False, environment=sys.argv[2]).synth()"
    )
    given = [sys.executable, "-c", synthesis, str(outdir), environment]
    subprocess.run(given, cwd=ROOT, check=True)  # noqa: S603


def digests(outdir: Path) -> dict[str, str]:
    """A digest of every template and asset manifest of a synthesis, by the file's name."""
    paths = sorted(path for pattern in _COMPARED for path in outdir.glob(pattern))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in paths}


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m stacks.report", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("sizes", help="make every package and measure it")
    twice = commands.add_parser("twice", help="synthesise twice and compare")
    twice.add_argument("environment", nargs="?", default="dev")
    given = parser.parse_args()
    return package_sizes() if given.command == "sizes" else synthesise_twice(given.environment)


if __name__ == "__main__":
    raise SystemExit(main())
