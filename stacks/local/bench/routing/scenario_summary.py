"""From the trials of a scenario to figures: one row per contender and budget, one line per contender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stacks.local.bench.routing.metrics import Estimate, estimate
from stacks.local.bench.routing.scenarios import ScenarioTrial


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A contender at a budget, over all seeds; three values (p,) each for the phases."""

    policy: str
    budget_usd: float
    score: tuple[float, ...]
    spend_ratio: tuple[float, ...]
    capped_ratio: tuple[float, ...]
    changed_share: tuple[float, ...]
    recovery: Estimate
    adopted: int
    steps_to_adoption: float | None
    steps_after_washout: float | None
    seeds: int


@dataclass(frozen=True, slots=True)
class ScenarioLine:
    """A contender over all budgets and seeds. `recovery` is a seed's mean over the budgets, over the seeds.

    `capped_most` is the largest of the rows' `capped_ratio`, over budgets and phases.
    """

    policy: str
    recovery: Estimate
    capped_most: float


def rows(trials: Sequence[ScenarioTrial]) -> list[ScenarioRow]:
    """One row per contender and budget, in the order of the trials."""
    cells = dict.fromkeys((trial.contender, trial.budget_usd) for trial in trials)
    return [_row([t for t in trials if (t.contender, t.budget_usd) == cell]) for cell in cells]


def lines(trials: Sequence[ScenarioTrial]) -> list[ScenarioLine]:
    """One line per contender, in the order of the trials."""
    found = []
    for name in dict.fromkeys(trial.contender for trial in trials):
        own = [trial for trial in trials if trial.contender == name]
        by_seed = [
            float(np.mean([trial.recovery_ratio for trial in own if trial.seed == seed]))
            for seed in dict.fromkeys(trial.seed for trial in own)
        ]
        most = max(ratio for row in rows(own) for ratio in row.capped_ratio)
        found.append(ScenarioLine(name, estimate(by_seed), most))
    return found


def _row(trials: list[ScenarioTrial]) -> ScenarioRow:
    phases = np.array(
        [[(p.mean_score, p.spend_ratio, p.capped_ratio, p.changed_share) for p in trial.phases] for trial in trials]
    ).mean(axis=0)
    score, spend, capped, share = (tuple(float(value) for value in column) for column in phases.T)
    adopted = [trial.adopted_at for trial in trials if trial.adopted_at is not None]
    washed = [trial.adopted_after_washout for trial in trials if trial.adopted_after_washout is not None]
    return ScenarioRow(
        policy=trials[0].contender,
        budget_usd=trials[0].budget_usd,
        score=score,
        spend_ratio=spend,
        capped_ratio=capped,
        changed_share=share,
        recovery=estimate([trial.recovery_ratio for trial in trials]),
        adopted=len(adopted),
        steps_to_adoption=float(np.mean(adopted)) if adopted else None,
        steps_after_washout=float(np.mean(washed)) if washed else None,
        seeds=len(trials),
    )
