"""A scenario for every contender, budget and seed, and what it says."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from rich import box
from rich.table import Table

from stacks.local.bench.routing.experiment import Entry, Experiment, Workers, World, load_world, seeded
from stacks.local.bench.routing.metrics import Estimate
from stacks.local.bench.routing.report import protocol
from stacks.local.bench.routing.scenario_summary import lines, rows
from stacks.local.bench.routing.scenarios import Scenario, ScenarioTrial, run_scenario


def scenario_world(experiment: Experiment) -> World:
    """The data of a scenario. Without budgets it takes the third to fifth of the seven default ones.

    Raises:
        InvalidRequest: see `Experiment.check` and `load_outcomes`.
    """
    experiment.check()
    world = load_world(experiment)
    return world if experiment.budgets else replace(world, budgets=world.budgets[2:5])


def measure_scenario(
    scenario: Scenario,
    experiment: Experiment,
    budgets: tuple[float, ...],
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[ScenarioTrial]:
    """Run it at these budgets, see `scenario_world`.

    Raises:
        InvalidRequest: see `load_outcomes` and `run_scenario`.
    """
    cells = [(entry, budget) for entry in experiment.entries for budget in budgets]
    tasks = [(entry, budget, seed) for entry, budget in cells for seed in range(experiment.seeds)]
    trials: list[ScenarioTrial] = []
    with Workers(workers or os.cpu_count() or 1) as pool:
        for trial in pool.map(partial(_trial, scenario, experiment), tasks):
            trials.append(trial)
            progress(len(trials), len(tasks))
    return trials


def scenario_table(scenario: Scenario, trials: Sequence[ScenarioTrial]) -> Table:
    """For people: one line per phase, and over all budgets one of recovery; in dollars per query."""
    table = Table(
        title=f"{scenario}: spend / budget, / cap, share of the changed model",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    headers = ["who", "$", "score", "spend", "/cap", "changed"]
    if scenario == "onboarding":  # who joins stays: nothing was lost that could be recovered
        headers += ["phase 3 / 1", "adopted", "step", "paper's"]
    else:
        headers.append("recovery")
    for header in headers:
        table.add_column(header, justify="left" if header == "who" else "right")
    for row in rows(trials):
        cells = [
            row.policy,
            f"{row.budget_usd:.2e}",
            "\n".join(f"{score:.4f}" for score in row.score),
            "\n".join(f"{ratio:.3f}" for ratio in row.spend_ratio),
            "\n".join(f"{ratio:.3f}" for ratio in row.capped_ratio),
            "\n".join(f"{share:.1%}" for share in row.changed_share),
            _recovery(row.recovery),
        ]
        if scenario == "onboarding":
            cells += [f"{row.adopted}/{row.seeds}", _steps(row.steps_to_adoption), _steps(row.steps_after_washout)]
        table.add_row(*cells)
    table.add_section()
    for line in lines(trials):
        table.add_row(line.policy, "all", "", "", "", "", _recovery(line.recovery))
    return table


def scenario_json(
    scenario: Scenario, trials: Sequence[ScenarioTrial], world: World, experiment: Experiment
) -> dict[str, object]:
    """For machines."""
    return {
        "scenario": scenario,
        "rows": [
            {
                "policy": row.policy,
                "budget_usd": row.budget_usd,
                "phases": [
                    {"mean_score": score, "spend_ratio": spend, "capped_ratio": capped, "changed_share": share}
                    for score, spend, capped, share in zip(
                        row.score, row.spend_ratio, row.capped_ratio, row.changed_share, strict=True
                    )
                ],
                "recovery_ratio": row.recovery.mean,
                "recovery_margin": row.recovery.margin,
                "adopted": row.adopted,
                "steps_to_adoption": row.steps_to_adoption,
                "steps_after_washout": row.steps_after_washout,
                "seeds": row.seeds,
            }
            for row in rows(trials)
        ],
        "summary": [
            {
                "policy": line.policy,
                "recovery_ratio": line.recovery.mean,
                "recovery_margin": line.recovery.margin,
                "capped_most": line.capped_most,
            }
            for line in lines(trials)
        ],
        "protocol": protocol(world, experiment),
    }


def _trial(scenario: Scenario, experiment: Experiment, task: tuple[Entry, float, int]) -> ScenarioTrial:
    entry, budget, seed = task
    outcomes, split = seeded(experiment, seed)
    return run_scenario(scenario, outcomes, split, entry.factory(), budget, seed)


def _recovery(recovery: Estimate) -> str:
    return f"{recovery.mean:.3f}" + ("" if recovery.margin is None else f"\n±{recovery.margin:.3f}")


def _steps(steps: float | None) -> str:
    return "never" if steps is None else f"{steps:.0f}"
