"""`atomic bench quotes`: do prices, tokens, latencies and failures come out as the quotes say?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import out


def quotes(
    data: Annotated[Path, typer.Option("--data", help="Folder with queries.csv.gz and outcomes.csv.gz.")],
    seeds: Annotated[int, typer.Option(min=1, help="Orders and picks to repeat it with.")] = 5,
    json_file: JsonFile = None,
) -> None:
    """Coverage of the quotes' upper ends and calibration of their failure chances, on outcomes measured by others."""
    # Imported late, as in the other benches: `atomic` starts without them.
    from stacks.local.bench.quotes import measure_quotes  # noqa: PLC0415
    from stacks.local.bench.routing.data import load_outcomes  # noqa: PLC0415

    report = measure_quotes(load_outcomes(data), seeds)
    out.print(report.table())
    write_figures(json_file, report.as_json())
