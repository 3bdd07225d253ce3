"""`atomic bench engines` and `atomic bench imports`: what answers, how well, and what it costs to start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import out

INBOX = Path(__file__).parents[3] / "examples" / "inbox"


def engines(
    data: Annotated[Path, typer.Option("--data", help="Folder of .eml files with labels.json.")] = INBOX,
    mails: Annotated[int, typer.Option(min=0, help="How many of them; 0 leaves the executors out.")] = 40,
    executor: Annotated[list[str] | None, typer.Option(help="Only these executors, one or more.")] = None,
    json_file: JsonFile = None,
) -> None:
    """Broken answers through every parser, and the same emails through every local executor."""
    from stacks.local.bench.engines.executors import measure_executors  # noqa: PLC0415  see `open_stack`
    from stacks.local.bench.engines.report import EnginesReport  # noqa: PLC0415
    from stacks.local.bench.engines.roads import measure_roads  # noqa: PLC0415

    lines = measure_executors(data, mails, executor or ()) if mails else []
    report = EnginesReport(measure_roads(), tuple(lines))
    for table in report.tables():
        out.print(table)
    write_figures(json_file, report.as_json())


def imports(
    runs: Annotated[int, typer.Option(min=1, help="Starts of each function, and tasks.")] = 5,
    sizes: Annotated[bool, typer.Option("--sizes", help="Weigh every package too: takes minutes.")] = False,
    python: Annotated[
        Path | None, typer.Option("--python", help="Start them on this interpreter instead of Lambda's version.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Cold start of every function as it is shipped, in processor time, and the unzipped size of its package."""
    from stacks.local.bench.imports import measure_imports  # noqa: PLC0415

    report = measure_imports(runs, sizes=sizes, interpreter=python)
    for table in report.tables():
        out.print(table)
    write_figures(json_file, report.as_json())
