"""`atomic bench scale`: what breaks first, by simulation."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from stacks.local.bench.scale.market import ScaleRun, default_deployment, raised, run_at
from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import out, say

_STEPS_MAX = 12


def scale(
    rates: Annotated[str, typer.Option(help="Lots a second, separated by commas.")] = "10,1000,10000",
    model_seconds: Annotated[float, typer.Option(min=0, help="How long a model takes for a lot.")] = 1.0,
    measured: Annotated[
        Path | None, typer.Option(help="What `atomic bench observability --json` wrote on your machine.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Simulate the queueing at each rate: what is full first, and after its setting was moved, what next.

    Fed with this repository's measurements and documented quotas, see stacks/local/bench/scale/measured.json.
    """
    told = []
    for rate in (float(each) for each in rates.split(",")):
        deployment = replace(
            default_deployment(), model_seconds=model_seconds, database_ms_per_lot=_database_ms(measured)
        )
        for _ in range(_STEPS_MAX):
            run = run_at(rate, deployment)
            out.print(_table(run))
            told.append({"deployment": asdict(deployment), "run": asdict(run), "breaks_first": run.breaks_first})
            if run.breaks_first is None:
                say(f"[green]{rate:,.0f} lots a second are carried[/green] by", str(deployment))
                break
            say("[yellow]breaks first:[/yellow]", f"{run.breaks_first}; its setting is moved")
            deployment = raised(deployment, run.breaks_first, rate)
    write_figures(json_file, told)


def _database_ms(measured: Path | None) -> float | None:
    return None if measured is None else float(json.loads(measured.read_text())["ledger_cpu_ms_per_lot"])


def _table(run: ScaleRun) -> Table:
    latency = f"p50 {run.latency_ms_p50:,.0f} ms, p99 {run.latency_ms_p99:,.0f} ms"
    title = (
        f"{run.lots_per_second:,.0f} lots a second for {run.seconds:.1f} s: {latency}, {run.finished_share:.0%} through"
    )
    table = Table(title=title, title_justify="left")
    for header in ("station", "full at lots/s", "used", "wait p50", "wait p99"):
        table.add_column(header, justify="left" if header == "station" else "right")
    for station in sorted(run.stations, key=lambda each: each.capacity):
        table.add_row(
            station.name,
            f"{station.capacity:,.0f}",
            f"{station.utilisation:.0%}",
            f"{station.wait_ms_p50:,.1f} ms",
            f"{station.wait_ms_p99:,.1f} ms",
        )
    return table
