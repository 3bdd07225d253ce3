"""`atomic bench ledger` and `atomic bench durability`: how fast the ledger is, and whether it keeps its word."""

from __future__ import annotations

from typing import Annotated

import typer

from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import out, say


def ledger(
    clients: Annotated[str, typer.Option(help="Numbers of clients, separated by commas.")] = "1,4,16",
    seconds: Annotated[float, typer.Option(min=1, help="Length of one run.")] = 10,
    runs: Annotated[int, typer.Option(min=1, help="Repetitions; the median counts.")] = 3,
    bids: Annotated[int, typer.Option(min=1_000, help="Bids in the ledger that is asked.")] = 1_000_000,
    ablation: Annotated[bool, typer.Option("--ablation", help="Also measure what each safeguard costs.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Auctions a second, holds, folds and questions, each beside `pgbench -N` on the same server."""
    from stacks.local.bench.ledger.measure import Plan, measure_ledger  # noqa: PLC0415  `--help` should not wait

    report = measure_ledger(Plan(_numbers(clients), seconds, runs, bids, ablation), say)
    out.print(*report.tables(), sep="\n")
    write_figures(json_file, report.as_json())


def durability(
    kills: Annotated[int, typer.Option(min=0, help="How often to kill -9 the server, and as often a client.")] = 20,
    clients: Annotated[int, typer.Option(min=1, help="Client processes.")] = 16,
    seconds: Annotated[float, typer.Option(min=1, help="How long to hammer one budget.")] = 60,
    seed: Annotated[int, typer.Option(help="Picks victims and moments.")] = 1,
    json_file: JsonFile = None,
) -> None:
    """Is a budget ever overspent, an acknowledged award ever lost? Exit code 1, and the row, where it is."""
    from stacks.local.bench.durability.measure import measure_durability  # noqa: PLC0415  `--help` should not wait

    report = measure_durability(kills, clients, seconds, seed)
    out.print(report.table())
    write_figures(json_file, report.as_json())
    for fault in report.faults:
        say("[red]fault:[/]", fault)
    if report.faults:
        raise typer.Exit(1)


def _numbers(listed: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(number) for number in listed.split(","))
    except ValueError:
        raise typer.BadParameter(f"{listed!r} is not a list of numbers such as 1,4,16") from None
    if min(numbers) < 1:
        raise typer.BadParameter("a load needs one client at least")
    return numbers
