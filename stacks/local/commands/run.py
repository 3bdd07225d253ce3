"""`atomic run`: documents in, results out."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, NoReturn, Protocol

import typer
from pydantic import ValidationError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bidding.adapters.mail.sources import read_sources
from bidding.domain.errors import RefusedDocument
from schemas.terms import ApprovalTerms, TaskOptions
from stacks.local.cards import task_card
from stacks.local.commands.output import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    ProfileOption,
    err,
    in_one_sentence,
    open_stack,
    out,
    say,
)
from stacks.local.reports import TaskReport

Source = tuple[str, bytes | RefusedDocument]


def run(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Emails (.eml), folders, Maildir, mbox or JSON tasks.", show_default=False, readable=False),
    ],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Tasks under way at the same time.")] = 3,
    approve: Annotated[
        bool, typer.Option("--approve", help="Let drafts and unsure answers wait for a person: see atomic approvals.")
    ] = False,
    options: Annotated[
        Path | None, typer.Option("--options", help="JSON file of task options: labels, kinds, data_class, terms.")
    ] = None,
) -> None:
    """Process documents end to end and print a card, or with --json a line, for each.

    Every document becomes one task: it is decomposed into lots, every lot is auctioned, the winner does it.
    A document that was processed before is not processed again; one that was interrupted is resumed.
    The exit code is 0 only if no task failed.
    """
    chosen = _options(options)
    if approve:
        chosen = chosen.model_copy(update={"approval": chosen.approval or ApprovalTerms()})
    sources = chain.from_iterable(_sources(path) for path in paths)
    ended: Counter[str] = Counter()
    with _market(profile, home) as market, _progress(quiet=as_json) as progress:
        bar = progress.add_task("processed", total=None)
        for report in _run_all(market, sources, chosen, jobs):
            ended[report.status] += 1
            _print(report, as_json)
            progress.advance(bar)
    say(", ".join(f"{count} {status}" for status, count in sorted(ended.items())) or "nothing to process")
    if ended["awaiting_approval"]:
        say("[cyan]awaiting approval[/cyan]:", "see atomic approvals, or the page of atomic serve")
    if ended["failed"]:
        say("[red]failed tasks are kept[/red]; run the same command again to retry them")
    if ended["failed"] or not all(path.exists() for path in paths):
        raise typer.Exit(1)


class Submits(Protocol):
    """A market on this machine or behind an API."""

    def submit(self, document: bytes, source: str, options: TaskOptions | None = None) -> TaskReport:
        """Process a document to its end."""

    def abandon(self) -> NoReturn:
        """End this process at once."""


@contextmanager
def _market(profile: str | None, home: Path) -> Iterator[Submits]:
    if profile:
        from stacks.local.remote.connect import connect  # noqa: PLC0415  only a remote run needs it
        from stacks.local.remote.market import RemoteMarket  # noqa: PLC0415

        with connect(profile, home) as api:
            yield RemoteMarket(api)
        return
    with open_stack(home) as stack, stack.sealing():
        yield stack
        stack.finish_judging()
        stack.maintain()


def _options(file: Path | None) -> TaskOptions:
    if file is None:
        return TaskOptions()
    try:
        return TaskOptions.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise typer.BadParameter(f"{file}: {in_one_sentence(error)}; see docs/reference/tasks.md") from error


def _sources(path: Path) -> Iterator[Source]:
    """The documents of a path; one that is not there is a refusal like any other, so that the others go on."""
    try:
        yield from read_sources(path)
    except RefusedDocument as refusal:
        yield str(path), refusal


def _run_all(stack: Submits, sources: Iterable[Source], options: TaskOptions, jobs: int) -> Iterator[TaskReport]:
    """Reports as they come; Ctrl-C lets the tasks under way finish and starts no more, a second one ends it all."""
    stopping = threading.Event()
    todo = iter(sources)
    with ThreadPoolExecutor(jobs) as pool:
        running: set[Future[TaskReport]] = {
            pool.submit(_run_one, stack, source, options) for source in islice(todo, jobs)
        }
        while running:
            try:
                done, running = wait(running, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                if stopping.is_set():
                    stack.abandon()
                stopping.set()
                say("[yellow]finishing the tasks under way[/yellow]; press Ctrl-C again to stop at once")
                continue
            for future in done:
                yield future.result()
            if not stopping.is_set():
                running |= {pool.submit(_run_one, stack, source, options) for source in islice(todo, len(done))}
    if stopping.is_set():
        raise KeyboardInterrupt


def _run_one(stack: Submits, source: Source, options: TaskOptions) -> TaskReport:
    name, document = source
    if isinstance(document, RefusedDocument):
        return TaskReport(None, name, "refused", str(document), (), 0, 0.0)
    try:
        return stack.submit(document, name, options)
    except Exception as error:  # one document's trouble is told in its place, and the others go on
        reason = f"{type(error).__name__}: {in_one_sentence(error)}"
        return TaskReport(None, name, "failed", reason, (), 0, 0.0)


def _print(report: TaskReport, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=True) + "\n")
        sys.stdout.flush()
    else:
        out.print(task_card(report))


def _progress(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:.0f}"), BarColumn(20), TimeElapsedColumn())
    return Progress(*columns, console=err, disable=quiet and not err.is_terminal)
