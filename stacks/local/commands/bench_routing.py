"""`atomic bench routing`: routers against each other on outcome data measured by others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import Progress

from stacks.local.commands.output import err, out, say


def routing(
    data: Annotated[Path, typer.Option("--data", help="Folder with queries.csv.gz and outcomes.csv.gz.")],
    test_data: Annotated[
        Path | None, typer.Option("--test-data", help="Report this folder, after learning on --data.")
    ] = None,
    policy: Annotated[list[str] | None, typer.Option("--policy", help="One of ours, by name; may be repeated.")] = None,
    peer: Annotated[
        list[str] | None, typer.Option("--peer", help="paretobandit, vowpalwabbit, mabwiser or litellm; repeatable.")
    ] = None,
    budget: Annotated[
        list[float] | None, typer.Option("--budget", help="Mean dollars per query; seven by default.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Random orders; the mean counts.")] = 20,
    models: Annotated[
        list[str] | None, typer.Option("--models", help="Only these models; repeatable, or commas between.")
    ] = None,
    kinds: Annotated[
        Literal["column", "clusters", "none"], typer.Option("--kinds", help="Where a query's kind comes from.")
    ] = "column",
    holdout: Annotated[
        float | None, typer.Option("--holdout", help="Report this random fraction, after learning on the rest.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="price-drop, silent-degradation or onboarding.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")] = None,
) -> None:
    """Score at a budget, online with bandit feedback, against single models, mixes, an oracle and peers."""
    del scenario
    from stacks.local.bench.routing import report  # noqa: PLC0415  `--help` should not wait for numpy
    from stacks.local.bench.routing.contenders import POLICIES  # noqa: PLC0415
    from stacks.local.bench.routing.experiment import Entry, Experiment, run_experiment  # noqa: PLC0415

    named = [Entry(name) for name in policy or []] + [Entry(name, "peer") for name in peer or []]
    experiment = Experiment(
        data=data,
        entries=tuple(named or [Entry(name) for name in POLICIES]),
        seeds=seeds,
        test_data=test_data,
        budgets=tuple(budget or ()),
        models=tuple(part for given in models or [] for part in given.split(",") if part),
        kinds=kinds,
        holdout=holdout,
    )
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("routing", total=None)
        count = workers or os.cpu_count() or 1
        measured = run_experiment(experiment, count, lambda done, total: bar.update(task, completed=done, total=total))
    for note in report.notes(measured):
        say("", note)
    for table in report.tables(measured):
        out.print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(report.as_json(measured), indent=2) + "\n")
