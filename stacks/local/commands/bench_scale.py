"""`atomic bench scale`: what breaks first, by simulation."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from stacks.local.bench.scale.market import Environment, ScaleRun, deployed
from stacks.local.bench.scale.walls import capacities_table, described, moved, walls, walls_table
from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import out, say


def scale(
    rates: Annotated[str, typer.Option(help="Lots a second, separated by commas.")] = "10,1000,10000",
    environment: Annotated[Environment, typer.Option(help="Whose settings of cdk.json.")] = "prod",
    model_seconds: Annotated[float, typer.Option(min=0, help="How long a model takes for a lot.")] = 1.0,
    measured: Annotated[
        Path | None, typer.Option(help="What `atomic bench observability --json` wrote on your machine.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of docs/concepts/scale.md.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Simulate the queueing at each rate: what is full first, and after its setting was moved, what next.

    Fed with this repository's measurements and documented quotas, see stacks/local/bench/scale/measured.json.
    """
    numbers = _rates(rates)
    deployment = replace(deployed(environment), model_seconds=model_seconds, database_ms_per_lot=_database_ms(measured))
    told = []
    if markdown:
        out.print(capacities_table(), soft_wrap=True)
    for rate in numbers:
        met = walls(rate, deployment)
        told += [
            {"deployment": asdict(each.deployment), "run": asdict(each.run), "breaks_first": each.breaks}
            for each in met
        ]
        if markdown:
            out.print("\n" + walls_table(met), soft_wrap=True)
            continue
        for each in met:
            out.print(_table(each.run))
            if each.breaks is not None:
                say("[yellow]breaks first:[/yellow]", f"{each.breaks}; its setting is moved: {moved(each)}")
        say(f"[green]{rate:,.0f} lots a second are carried[/green] by", described(met[-1].deployment))
    write_figures(json_file, told)


def _rates(listed: str) -> list[float]:
    try:
        numbers = [float(each) for each in listed.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--rates: {listed!r} is no list of lots a second such as 10,1000") from None
    if not all(math.isfinite(each) and each > 0 for each in numbers):
        raise typer.BadParameter(f"--rates: every rate is above 0 lots a second, not {listed!r}")
    return numbers


def _database_ms(measured: Path | None) -> float | None:
    if measured is None:
        return None
    try:
        found = float(json.loads(measured.read_text())["ledger_cpu_ms_per_lot"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise typer.BadParameter(
            f"--measured: {measured} is not what `atomic bench observability --json` writes: {error!r}"
        ) from error
    if not (math.isfinite(found) and found > 0):
        raise typer.BadParameter(f"--measured: a lot takes some of the database's time, not {found} ms")
    return found


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
