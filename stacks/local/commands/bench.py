"""`atomic bench`: measure, each figure against a floor or a peer in the same run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from stacks.local.commands.output import out, say

app = typer.Typer(no_args_is_help=True, help="Measure this installation; every figure comes with its floor or peer.")

JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")]


@app.command()
def workflow(
    runs: Annotated[int, typer.Option(min=1, help="Repetitions; the median counts.")] = 5,
    json_file: JsonFile = None,
) -> None:
    """Overhead of the whole orchestration per lot: everything but model time, and where it goes."""
    from stacks.local.bench.workflow import measure_workflow  # noqa: PLC0415  see `open_stack`

    with tempfile.TemporaryDirectory() as folder:
        report = measure_workflow(Path(folder), runs)
    out.print(report.table())
    _write(json_file, report.as_json())


@app.command()
def adaptation(
    data: Annotated[Path, typer.Option("--data", help="Folder of the mail data, with enron_categories/ in it.")],
    emails: Annotated[int, typer.Option(min=20, help="How many labelled emails to run.")] = 200,
    json_file: JsonFile = None,
) -> None:
    """Does the market move to what earns more? Labelled emails with feedback after each, against every seat alone."""
    from stacks.local.bench.adaptation import measure_adaptation  # noqa: PLC0415  see `open_stack`

    with tempfile.TemporaryDirectory() as folder:
        report = measure_adaptation(Path(folder), data, emails)
    out.print(report.table())
    _write(json_file, report.as_json())


@app.command()
def ledger(
    clients: Annotated[str, typer.Option(help="Numbers of client processes, separated by commas.")] = "1,4,16",
    seconds: Annotated[float, typer.Option(min=1, help="Length of one run.")] = 10,
    runs: Annotated[int, typer.Option(min=1, help="Repetitions; the median counts.")] = 3,
    bids: Annotated[int, typer.Option(min=1_000, help="Bids in the ledger that is asked.")] = 1_000_000,
    json_file: JsonFile = None,
) -> None:
    """Auctions a second, holds, folds and questions, each beside `pgbench -N` on the same server."""
    from stacks.local.bench.ledger.measure import Plan, measure_ledger  # noqa: PLC0415  see `open_stack`

    report = measure_ledger(Plan(tuple(int(number) for number in clients.split(",")), seconds, runs, bids))
    out.print(*report.tables(), sep="\n")
    _write(json_file, report.as_json())


@app.command()
def durability(
    kills: Annotated[int, typer.Option(min=0, help="How often to kill -9 the server, and as often a client.")] = 20,
    clients: Annotated[int, typer.Option(min=1, help="Client processes.")] = 16,
    seconds: Annotated[float, typer.Option(min=1, help="How long to hammer one budget.")] = 60,
    seed: Annotated[int, typer.Option(help="Picks victims and moments.")] = 1,
    json_file: JsonFile = None,
) -> None:
    """Is a budget ever overspent, an acknowledged award ever lost? Exit code 1, and the row, where it is."""
    from stacks.local.bench.durability.measure import measure_durability  # noqa: PLC0415  see `open_stack`

    report = measure_durability(kills, clients, seconds, seed)
    out.print(report.table())
    _write(json_file, report.as_json())
    for fault in report.faults:
        say("[red]fault:[/]", fault)
    if report.faults:
        raise typer.Exit(1)


def _write(path: Path | None, figures: dict[str, object]) -> None:
    if path is not None:
        path.write_text(json.dumps(figures, indent=2) + "\n")
