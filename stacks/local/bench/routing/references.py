"""What the contenders are measured against: hindsight and full information, which no bidder has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stacks.local.bench.routing.data import Outcomes
from stacks.local.bench.routing.metrics import Hull, Singles, hull
from stacks.local.bench.routing.neighbours import offline_router
from stacks.local.bench.routing.splits import Split


@dataclass(frozen=True, slots=True)
class Curve:
    """A reference at each budget (b,): mean score, mean cost, and the area under its hull.

    `aiq` is under the whole of a hull that is known at every cost, `aiq_at_budgets` under what the budgets show of it:
    a contender is known there alone.
    """

    score: tuple[float, ...]
    cost_usd: tuple[float, ...]
    aiq: float | None
    aiq_at_budgets: float | None


@dataclass(frozen=True, slots=True)
class References:
    """All references on the reported rows of one split; `best_model` is the best single model there."""

    singles: Singles
    best_model: str
    best_single: Curve
    zero_router: Curve
    oracle: Curve
    knn_offline: Curve


def references(outcomes: Outcomes, split: Split, budgets: tuple[float, ...]) -> References:
    """Compute them; see the module's functions for each."""
    report = outcomes.take(np.sort(split.report))
    singles = singles_of(report)
    mixes = hull(singles.cost_usd, singles.score)
    frontier = oracle(report)
    knn = offline_router(outcomes, split, budgets)
    return References(
        singles=singles,
        best_model=outcomes.models[singles.best],
        best_single=best_affordable(singles, budgets),
        zero_router=_along(mixes, budgets, singles),
        oracle=_along(frontier, budgets, singles),
        knn_offline=_at_budgets(knn.score, knn.cost_usd, singles),
    )


def singles_of(report: Outcomes) -> Singles:
    """Every model alone."""
    return Singles(report.cost_usd.mean(axis=0), report.score.mean(axis=0))


def best_affordable(singles: Singles, budgets: tuple[float, ...]) -> Curve:
    """The best single model that fits each budget in hindsight; the cheapest where none does."""
    picks = []
    for budget in budgets:
        affordable = np.flatnonzero(singles.cost_usd <= budget)
        picks.append(int(affordable[singles.score[affordable].argmax()]) if affordable.size else singles.cheapest)
    score = tuple(float(singles.score[pick]) for pick in picks)
    cost = tuple(float(singles.cost_usd[pick]) for pick in picks)
    return _at_budgets(score, cost, singles)


def oracle(report: Outcomes) -> Hull:
    """The best mean score at every mean cost when all outcomes are known: the knapsack's linear relaxation.

    Per query, the concave hull of its models' (cost, score) points; over queries, the steps along these hulls in
    order of score gained per dollar. At a corner it is an exact knapsack; between corners it splits one query, so
    it is never below what whole picks can reach.

    Source: Sinha and Zoltners, The Multiple-Choice Knapsack Problem, Operations Research 27(3), 1979.
    """
    cost_steps, score_steps, cost_base, score_base = [], [], 0.0, 0.0
    for costs, scores in zip(report.cost_usd, report.score, strict=True):
        corners = hull(costs, scores)
        cost_base += corners.cost_usd[0]
        score_base += corners.score[0]
        cost_steps.append(np.diff(corners.cost_usd))
        score_steps.append(np.diff(corners.score))
    cost_step, score_step = np.concatenate(cost_steps), np.concatenate(score_steps)
    order = np.argsort(-score_step / cost_step, kind="stable")
    count = len(report)
    cost = np.concatenate([[cost_base], cost_base + np.cumsum(cost_step[order])]) / count
    score = np.concatenate([[score_base], score_base + np.cumsum(score_step[order])]) / count
    return Hull(cost, score)


def _along(curve: Hull, budgets: tuple[float, ...], singles: Singles) -> Curve:
    score = tuple(curve.at(budget) for budget in budgets)
    lowest, highest = float(curve.cost_usd[0]), float(curve.cost_usd[-1])
    cost = tuple(min(max(budget, lowest), highest) for budget in budgets)
    return replace(_at_budgets(score, cost, singles), aiq=singles.aiq(curve))


def _at_budgets(score: tuple[float, ...], cost_usd: tuple[float, ...], singles: Singles) -> Curve:
    area = singles.aiq(singles.curve(cost_usd, score))
    return Curve(score, cost_usd, area, area)
