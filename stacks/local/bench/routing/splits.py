"""What is learnt on and what is reported, in which order: the same for every contender of a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stacks.local.bench.routing.data import Floats, Outcomes, Rows

FREE_USD = 1e-12
"""What a free model is listed at: budgets and prices are compared by their ratios."""


@dataclass(frozen=True, slots=True)
class Split:
    """Rows in order of arrival. `priced` are the rows that give the price list: the learning split, or all."""

    learn: Rows
    report: Rows
    priced: Rows


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are divided. `learn_count` leading rows are the learning set of `--test-data`, 0 without it."""

    learn_count: int = 0
    holdout: float | None = None

    def split(self, count: int, seed: int) -> Split:
        """The division of `count` rows for a seed."""
        rng = np.random.default_rng([seed, 0])
        if self.learn_count:
            learn = rng.permutation(self.learn_count)
            return Split(learn, self.learn_count + rng.permutation(count - self.learn_count), learn)
        order = rng.permutation(count)
        if self.holdout is None:
            return Split(order[:0], order, order)
        kept = count - max(1, round(self.holdout * count))
        return Split(order[:kept], order[kept:], order[:kept])

    @property
    def varies_with_seed(self) -> bool:
        """Whether another seed reports other rows, and not just another order."""
        return self.holdout is not None

    def base(self, count: int) -> Rows:
        """The rows that the learning split is drawn from, for whatever must be the same for all seeds."""
        return np.arange(self.learn_count or count)


def listed_usd(outcomes: Outcomes, split: Split) -> Floats:
    """The price list (n,): each model's mean cost per call where prices may be known from; above 0 for free ones."""
    prices: Floats = np.maximum(outcomes.cost_usd[np.sort(split.priced)].mean(axis=0), FREE_USD)
    return prices


def default_budgets(outcomes: Outcomes, plan: Plan) -> tuple[float, ...]:
    """Seven budgets, log-spaced from the cheapest to the dearest model's mean cost on the learning set."""
    means = outcomes.cost_usd[plan.base(len(outcomes))].mean(axis=0)
    lowest = max(float(means.min()), FREE_USD)
    return tuple(float(budget) for budget in np.geomspace(lowest, max(float(means.max()), lowest), 7))
