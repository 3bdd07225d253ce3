"""From trials to figures: one row per contender and budget, one line per contender."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stacks.local.bench.routing.experiment import Measured
from stacks.local.bench.routing.metrics import Estimate, estimate
from stacks.local.bench.routing.references import References
from stacks.local.bench.routing.trial import Trial


@dataclass(frozen=True, slots=True)
class Row:
    """A contender at a budget, over all seeds. `capped_worst` is the largest `capped_ratio` of a seed."""

    policy: str
    budget_usd: float
    score: Estimate
    spend_ratio: Estimate
    capped_ratio: Estimate
    capped_worst: float
    shares: dict[str, float]
    route_us: float
    learn_us: float


@dataclass(frozen=True, slots=True)
class Line:
    """A contender over all budgets and seeds. `aiq` is over the seeds that have one, None where no seed has.

    `regret` is the mean over budgets of the oracle's score at that budget less the contender's. `cost_to_95` is in
    dollars, over the seeds that reach 95 % of the best single model's score; `reached` is how many do.
    """

    policy: str
    aiq: Estimate | None
    mean_over_budgets: Estimate
    regret: Estimate
    cost_to_95: Estimate | None
    reached: int


def contenders(measured: Measured) -> tuple[str, ...]:
    """Names in the order they were given; two of the same name are one."""
    return tuple(dict.fromkeys(trial.contender for trial in measured.trials))


def rows(measured: Measured) -> list[Row]:
    """One row per contender and budget."""
    return [
        _row(_of(measured, name, budget), measured.world.outcomes.models)
        for name in contenders(measured)
        for budget in measured.world.budgets
    ]


def lines(measured: Measured) -> list[Line]:
    """One line per contender; each seed is judged against that seed's own references."""
    return [_line(measured, name) for name in contenders(measured)]


def _of(measured: Measured, name: str, budget: float) -> list[Trial]:
    return [trial for trial in measured.trials if trial.contender == name and trial.budget_usd == budget]


def _row(trials: list[Trial], models: tuple[str, ...]) -> Row:
    shares = np.mean([trial.shares for trial in trials], axis=0)
    return Row(
        policy=trials[0].contender,
        budget_usd=trials[0].budget_usd,
        score=_over(trial.mean_score for trial in trials),
        spend_ratio=_over(trial.spend_ratio for trial in trials),
        capped_ratio=_over(trial.capped_ratio for trial in trials),
        capped_worst=max(trial.capped_ratio for trial in trials),
        shares={model: float(share) for model, share in zip(models, shares, strict=True)},
        route_us=float(np.median([trial.route_us for trial in trials])),
        learn_us=float(np.median([trial.learn_us for trial in trials])),
    )


def _line(measured: Measured, name: str) -> Line:
    areas, means, regrets, costs = [], [], [], []
    for seed, reference in enumerate(measured.references):
        trials = [trial for trial in measured.trials if trial.contender == name and trial.seed == seed]
        scores = [trial.mean_score for trial in trials]
        curve = reference.singles.curve([trial.mean_cost_usd for trial in trials], scores)
        areas.append(reference.singles.aiq(curve))
        means.append(float(np.mean(scores)))
        regrets.append(float(np.mean(reference.oracle.score)) - means[-1])
        costs.append(reference.singles.cost_to_95_percent(curve))
    reached = [cost for cost in costs if cost is not None]
    return Line(
        policy=name,
        aiq=_over_known(areas),
        mean_over_budgets=estimate(means),
        regret=estimate(regrets),
        cost_to_95=estimate(reached) if reached else None,
        reached=len(reached),
    )


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A reference over all seeds: see `Curve`."""

    name: str
    aiq: Estimate | None
    aiq_at_budgets: Estimate | None
    mean_over_budgets: Estimate
    score: tuple[float, ...]
    cost_usd: tuple[float, ...]


REFERENCE_NAMES = ("best_single", "zero_router", "oracle", "knn_offline")


def reference_lines(found: tuple[References, ...]) -> list[ReferenceLine]:
    """One line per reference."""
    result = []
    for name in REFERENCE_NAMES:
        curves = [getattr(reference, name) for reference in found]
        result.append(
            ReferenceLine(
                name=name,
                aiq=_over_known(curve.aiq for curve in curves),
                aiq_at_budgets=_over_known(curve.aiq_at_budgets for curve in curves),
                mean_over_budgets=_over(float(np.mean(curve.score)) for curve in curves),
                score=tuple(float(x) for x in np.mean([curve.score for curve in curves], axis=0)),
                cost_usd=tuple(float(x) for x in np.mean([curve.cost_usd for curve in curves], axis=0)),
            )
        )
    return result


def _over(values: Iterable[float]) -> Estimate:
    return estimate(list(values))


def _over_known(values: Iterable[float | None]) -> Estimate | None:
    known = [value for value in values if value is not None]
    return estimate(known) if known else None
