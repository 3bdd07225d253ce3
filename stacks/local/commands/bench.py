"""`atomic bench`: measure, each figure against a floor or a peer in the same run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from stacks.local.commands.bench_adaptation import adaptation
from stacks.local.commands.bench_auction import auction
from stacks.local.commands.bench_engines import engines, imports
from stacks.local.commands.bench_ledger import durability, ledger
from stacks.local.commands.bench_quotes import quotes
from stacks.local.commands.bench_routing import routing
from stacks.local.commands.bench_scale import scale
from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.many_values import ManyValues
from stacks.local.commands.output import out

app = typer.Typer(no_args_is_help=True, help="Measure this installation; every figure comes with its floor or peer.")
app.command(cls=ManyValues)(routing)
app.command(cls=ManyValues)(adaptation)
app.command(cls=ManyValues)(auction)
app.command()(quotes)
app.command()(ledger)
app.command(cls=ManyValues)(engines)
app.command()(imports)
app.command()(durability)
app.command()(scale)


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
    write_figures(json_file, report.as_json())


@app.command()
def observability(
    pairs: Annotated[int, typer.Option(min=1, help="How often everything runs on and off, in turn.")] = 10,
    json_file: JsonFile = None,
) -> None:
    """What log lines, metrics and spans cost per lot, in milliseconds and on the CloudWatch bill."""
    from stacks.local.bench.observability import measure_observability  # noqa: PLC0415  see `open_stack`

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        report = measure_observability(Path(folder), pairs)
    out.print(report.table())
    write_figures(json_file, report.as_json())


@app.command()
def page(
    lots: Annotated[int, typer.Option(min=1_000, help="Lots in the ledger that is looked at.")] = 100_000,
    asks: Annotated[int, typer.Option(min=5, help="How often each route is asked.")] = 40,
    json_file: JsonFile = None,
) -> None:
    """How soon the page is there and how fast its API answers, over a ledger with a past. Needs Chromium."""
    from stacks.local.bench.page import measure_page  # noqa: PLC0415  see `open_stack`

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        report = measure_page(Path(folder), lots, asks)
    out.print(report.table())
    write_figures(json_file, report.as_json())


@app.command(name="graph")
def knowledge_graph(
    relations: Annotated[int, typer.Option(min=1_000, help="Size of the graph.")] = 1_000_000,
    json_file: JsonFile = None,
) -> None:
    """Two hops around an entity among a million relations, hubs included, and the nearest senders."""
    from bidding.adapters.postgres import PostgresLedger  # noqa: PLC0415  see `open_stack`
    from bidding.adapters.postgres.migrations import migrate  # noqa: PLC0415
    from stacks.local.bench.graph import measure_graph  # noqa: PLC0415
    from stacks.local.postgres.server import PostgresServer  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        with PostgresServer(Path(folder)) as server:
            dsn = server.acquire()
            migrate(dsn)
            ledger = PostgresLedger(dsn, default_budget_micros=0)
            report = measure_graph(dsn, ledger, relations)
            ledger.close()
    out.print(report.table())
    write_figures(json_file, report.as_json())
