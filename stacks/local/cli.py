"""The `atomic` command."""

from __future__ import annotations

import sys

import typer

from bidding.domain.errors import AtomicError
from stacks.local.commands import (
    adapt,
    approvals,
    archive,
    bench,
    budget,
    cost,
    erase,
    explain,
    feedback,
    graph,
    migrate,
    receipt,
    replay,
    run,
    seats,
    serve,
    verify,
    worker,
)
from stacks.local.commands.many_values import ManyValues
from stacks.local.commands.output import say
from stacks.local.errors import LocalStackError

app = typer.Typer(
    name="atomic",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="An auction house for language models: every small task goes to the model that earns it.\n\n"
    "Try [bold]atomic run examples/inbox[/bold], then [bold]atomic explain LOT[/bold] on any lot of a card. "
    "Everything is kept in one folder, --home, by default ./.atomic.",
)
app.command("run")(run.run)
app.command("explain")(explain.explain_lot)
app.command("feedback")(feedback.feedback)
app.command("adapt")(adapt.adapt)
app.command("archive")(archive.archive_months)
app.command("erase")(erase.erase_sender_or_task)
app.command("graph")(graph.graph)
app.command("serve", cls=ManyValues)(serve.serve)
app.command("worker", cls=ManyValues)(worker.worker)
app.command("replay", cls=ManyValues)(replay.replay)
app.command("cost", cls=ManyValues)(cost.cost)
app.command("migrate")(migrate.migrate)
app.add_typer(budget.app, name="budget")
app.command("verify")(verify.verify)
app.command("receipt")(receipt.receipt)
app.add_typer(approvals.app, name="approvals")
app.add_typer(seats.app, name="seats")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run a command; an error that was meant for people is printed as one sentence."""
    try:
        app()
    except (LocalStackError, AtomicError) as error:
        say("[red]atomic:[/red]", str(error))
        sys.exit(2)
    except OSError as error:
        say("[red]atomic:[/red]", f"{error.strerror or error}: {error.filename or 'see --home'}")
        sys.exit(2)
    except KeyboardInterrupt:
        say("[yellow]stopped[/yellow];", "run the same command again to go on where it stopped")
        sys.exit(130)
