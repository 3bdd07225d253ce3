"""MABWiser: LinUCB, one linear model per arm. Of α 1 (its default), 0.1 and 0.01 the best for it, 0.1, is taken.

Source: Strong, Kleynhans, Kadıoğlu, MABWiser, ICTAI 2019; Li et al., LinUCB, WWW 2010.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.peers.contexts import Context
from stacks.local.bench.routing.peers.pacing import SpendRule

_ALPHA = 0.1


class MabWiser:
    """Its upper bounds less the penalty of the budget rule; the largest wins, the first of equals."""

    name = "mabwiser"

    def __init__(self, setup: Setup) -> None:
        self._rule = SpendRule(setup)
        self._context = Context(setup)
        self._arms = list(range(len(setup.models)))
        self._bandit: Any = MAB(self._arms, LearningPolicy.LinUCB(alpha=_ALPHA), seed=setup.seed)
        # It must be fitted once before it can predict: with no score at all, of no query.
        self._bandit.fit(self._arms, [0.0] * len(self._arms), np.zeros((len(self._arms), self._context.size)))

    def route(self, query: Query) -> int:
        """The largest of upper bound − penalty."""
        bounds = self._bandit.predict_expectations(self._context.of(query)[None, :])
        return int((np.array([bounds[arm] for arm in self._arms]) - self._rule.penalty).argmax())

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *_: object) -> None:
        """One more row for the arm."""
        self._bandit.partial_fit([model], [score], self._context.of(query)[None, :])
        self._rule.observe(cost_usd)

    def reprice(self, model: int, listed_usd: float) -> None:
        """The budget rule is told."""
        self._rule.reprice(model, listed_usd)

    def add_model(self, name: str, listed_usd: float) -> None:  # noqa: ARG002
        """One more arm."""
        self._rule.add(listed_usd)
        self._bandit.add_arm(len(self._arms))
        self._arms.append(len(self._arms))


create = MabWiser
