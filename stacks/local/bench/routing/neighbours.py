"""An offline router with full information: what nearest neighbours know when every outcome was seen.

It is no contender: it learns from every model's outcome on every learning query, which a market never sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stacks.local.bench.routing.data import Floats, Outcomes, Rows
from stacks.local.bench.routing.splits import Split

_NEIGHBOURS = (10, 20, 40, 80, 160)
_CHUNK = 512
_DEAREST_LOG10 = 9.0  # score per dollar: dearer than any money
_BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class OfflineRouter:
    """Mean score and cost per query at each budget, on the reported rows."""

    score: tuple[float, ...]
    cost_usd: tuple[float, ...]


def offline_router(outcomes: Outcomes, split: Split, budgets: tuple[float, ...]) -> OfflineRouter:
    """KNN on the features, learned on the learning split, its price of money chosen there for each budget.

    Without a learning split it learns on the reported rows themselves, each query without its own outcome. The
    number of neighbours is the one with the least squared error on the learning split, each query without its own.
    """
    learn = np.sort(split.learn if split.learn.size else split.report)
    report = np.sort(split.report)
    points = _points(outcomes)
    nearest = _nearest(points[learn], points[learn], own=True)
    count = min(_NEIGHBOURS, key=lambda k: _error(outcomes.score[learn], nearest, k))
    learn_score, learn_cost = _means(outcomes, learn, nearest, count)
    if split.learn.size:
        report_score, report_cost = _means(outcomes, learn, _nearest(points[report], points[learn], own=False), count)
    else:
        report_score, report_cost = learn_score, learn_cost
    scores, costs = [], []
    for budget in budgets:
        price = _price_of_money(learn_score, learn_cost, outcomes.cost_usd[learn], budget)
        picks = (report_score - price * report_cost).argmax(axis=1)
        rows = np.arange(len(report))
        scores.append(float(outcomes.score[report][rows, picks].mean()))
        costs.append(float(outcomes.cost_usd[report][rows, picks].mean()))
    return OfflineRouter(tuple(scores), tuple(costs))


def _points(outcomes: Outcomes) -> Floats:
    """Where a query lies: its features, or its kind and log length where there are none."""
    if outcomes.features is not None:
        return outcomes.features.vectors
    kinds = sorted(set(outcomes.kinds))
    one_hot = np.array([[float(kind == name) for name in kinds] for kind in outcomes.kinds])
    length = np.log1p([[float(len(prompt))] for prompt in outcomes.prompts])
    return np.hstack([one_hot, (length - length.mean()) / (length.std() or 1.0)])


def _nearest(queries: Floats, known: Floats, *, own: bool) -> Rows:
    """The nearest known points of each query, nearest first; `own`: they are the same points, leave itself out."""
    count = min(max(_NEIGHBOURS), len(known) - int(own))
    lengths = (known**2).sum(axis=1)
    found = np.empty((len(queries), count), dtype=np.intp)
    for start in range(0, len(queries), _CHUNK):
        chunk = queries[start : start + _CHUNK]
        distance = lengths[None, :] - 2 * chunk @ known.T
        if own:
            here = np.arange(len(chunk))
            distance[here, start + here] = np.inf
        part = np.argpartition(distance, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(distance, part, axis=1).argsort(axis=1, kind="stable")
        found[start : start + _CHUNK] = np.take_along_axis(part, order, axis=1)
    return found


def _error(score: Floats, nearest: Rows, count: int) -> float:
    return float(((score[nearest[:, :count]].mean(axis=1) - score) ** 2).mean())


def _means(outcomes: Outcomes, learn: Rows, nearest: Rows, count: int) -> tuple[Floats, Floats]:
    neighbours = nearest[:, :count]
    return outcomes.score[learn][neighbours].mean(axis=1), outcomes.cost_usd[learn][neighbours].mean(axis=1)


def _price_of_money(score: Floats, cost: Floats, paid: Floats, budget: float) -> float:
    """The least multiplier at which picks by forecast cost at most the budget, as paid on the learning split."""
    rows = np.arange(len(score))

    def spends(price: float) -> float:
        return float(paid[rows, (score - price * cost).argmax(axis=1)].mean())

    if spends(0.0) <= budget:
        return 0.0
    low, high = -_DEAREST_LOG10, _DEAREST_LOG10
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if spends(10.0**middle) > budget else (low, middle)
    return float(10.0**high)
