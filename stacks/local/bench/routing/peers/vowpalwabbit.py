"""Vowpal Wabbit: its contextual bandit with action-dependent features (MTR) learns the scores, one action per model.

Its own exploration knows no budget, and a penalty that moves cannot be learnt into its costs: SquareCB, ε-greedy,
RegCB and online cover on score − penalty all did worse here, or spent many budgets. So it forecasts, the budget rule
picks, and one pick in two hundred is a uniform draw among models listed at no more than ten budgets.

Source: Bietti, Agarwal, Langford, A Contextual Bandit Bake-off, JMLR 22, 2021.
"""

from __future__ import annotations

import numpy as np
from vowpalwabbit import Workspace

from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.peers.pacing import SpendRule

_EXPLORED = 0.005
_EXPLORED_BUDGETS_MAX = 10.0


class VowpalWabbit:
    """The context is the kind, the length and the features, crossed with the model."""

    name = "vowpalwabbit"

    def __init__(self, setup: Setup) -> None:
        self._rule = SpendRule(setup)
        self._count = len(setup.models)
        self._rng = np.random.default_rng(setup.seed)
        self._workspace = Workspace(f"--cb_adf --cb_type mtr -q CM --quiet --random_seed {setup.seed}")
        self._chance = 1.0

    def route(self, query: Query) -> int:
        """The least forecast loss with its penalty, or rarely a draw; what was never tried is forecast as perfect."""
        forecast = np.array(self._workspace.predict(self._example(query)))
        pick = best = int((forecast + self._rule.penalty).argmin())
        explored = np.flatnonzero(self._rule.budgets_per_call <= _EXPLORED_BUDGETS_MAX)
        if explored.size and self._rng.random() < _EXPLORED:
            pick = int(self._rng.choice(explored))
        drawn = _EXPLORED / explored.size if pick in explored else 0.0
        self._chance = drawn + (1 - _EXPLORED if explored.size else 1.0) * (pick == best)
        return pick

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *_: object) -> None:
        """The loss of the pick, with the chance it had."""
        self._workspace.learn(self._example(query, (model, 1.0 - score)))
        self._rule.observe(cost_usd)

    def reprice(self, model: int, listed_usd: float) -> None:
        """The budget rule is told."""
        self._rule.reprice(model, listed_usd)

    def add_model(self, name: str, listed_usd: float) -> None:  # noqa: ARG002
        """One more action."""
        self._rule.add(listed_usd)
        self._count += 1

    def _example(self, query: Query, outcome: tuple[int, float] | None = None) -> list[str]:
        kind = "".join(letter if letter.isalnum() else "_" for letter in query.kind) or "none"
        features = "" if query.features is None else " ".join(f"f{i}:{x:.5g}" for i, x in enumerate(query.features))
        lines = [f"shared |C k_{kind} length:{np.log1p(len(query.prompt)) / 10:.4f} {features}"]
        for model in range(self._count):
            label = f"0:{outcome[1]:.6f}:{self._chance:.6f} " if outcome and outcome[0] == model else ""
            lines.append(f"{label}|M m{model}")
        return lines


create = VowpalWabbit
