"""`atomic bench routing`: routers against each other on outcome data measured by others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import Progress
from rich.table import Table

from stacks.local.commands.figures import JsonFile, write_figures
from stacks.local.commands.output import err, out, say
from stacks.local.commands.routers import DEFAULT_POLICY, PEERS, POLICIES

if TYPE_CHECKING:
    from stacks.local.bench.routing.experiment import Entry, Experiment


def routing(
    data: Annotated[Path, typer.Option("--data", help="Folder with queries.csv.gz and outcomes.csv.gz.")],
    test_data: Annotated[
        Path | None, typer.Option("--test-data", help="Report this folder, after learning on --data.")
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            help=f"Policies of ours, one or more: {POLICIES}. All by default, beside a --peer {DEFAULT_POLICY} alone.",
        ),
    ] = None,
    peer: Annotated[list[str] | None, typer.Option("--peer", help=f"Peers, one or more: {PEERS}.")] = None,
    budget: Annotated[
        list[float] | None, typer.Option("--budget", help="Mean dollars per query, one or more; seven by default.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Random orders; the mean counts.")] = 20,
    models: Annotated[
        list[str] | None, typer.Option("--models", help="Only these models, two or more; or commas between.")
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
    json_file: JsonFile = None,
) -> None:
    """Score at a budget, online with bandit feedback, against single models, mixes, an oracle and peers."""
    from stacks.local.bench.routing.experiment import Experiment  # noqa: PLC0415  `--help` should not wait for numpy

    experiment = Experiment(
        data=data,
        entries=entries(policy or [], peer or []),
        seeds=seeds,
        test_data=test_data,
        budgets=tuple(budget or ()),
        models=tuple(models or []),
        kinds=kinds,
        holdout=holdout,
    )
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("routing", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        figures = (
            _scenario(scenario, experiment, workers, progress) if scenario else _plain(experiment, workers, progress)
        )
    for note in figures.notes:
        say("", note)
    for table in figures.tables:
        out.print(table)
    write_figures(json_file, figures.as_json)


def entries(policies: list[str], peers: list[str]) -> tuple[Entry, ...]:
    """Who takes part. Where no policy is named it is all of ours, or beside peers the default one."""
    from bidding.domain.policies.names import POLICY_NAMES  # noqa: PLC0415  see `routing`
    from stacks.local.bench.routing.experiment import Entry  # noqa: PLC0415

    ours = policies or ([DEFAULT_POLICY] if peers else POLICY_NAMES)
    return (*(Entry(name) for name in ours), *(Entry(name, "peer") for name in peers))


@dataclass(frozen=True)
class _Figures:
    notes: list[str]
    tables: list[Table]
    as_json: dict[str, object]


def _plain(experiment: Experiment, workers: int | None, progress: Callable[[int, int], None]) -> _Figures:
    from stacks.local.bench.routing import report  # noqa: PLC0415  see `routing`
    from stacks.local.bench.routing.experiment import run_experiment  # noqa: PLC0415

    measured = run_experiment(experiment, workers, progress)
    return _Figures(
        report.notes(measured.world, measured.experiment), report.tables(measured), report.as_json(measured)
    )


def _scenario(name: str, experiment: Experiment, workers: int | None, progress: Callable[[int, int], None]) -> _Figures:
    from stacks.local.bench.routing import report, scenario_report  # noqa: PLC0415  see `routing`
    from stacks.local.bench.routing.scenarios import known  # noqa: PLC0415

    scenario = known(name)
    world = scenario_report.scenario_world(experiment)
    trials = scenario_report.measure_scenario(scenario, experiment, world.budgets, workers, progress)
    table = scenario_report.scenario_table(scenario, trials)
    figures = scenario_report.scenario_json(scenario, trials, world, experiment)
    return _Figures(report.notes(world, experiment), [table], figures)
