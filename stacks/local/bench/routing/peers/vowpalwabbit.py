"""Vowpal Wabbit: contextual bandit with action-dependent features and SquareCB exploration.

Source: Foster and Rakhlin, Beyond UCB: Optimal and Efficient Contextual Bandits with Regression Oracles, ICML 2020.
"""

from __future__ import annotations

import numpy as np
from vowpalwabbit import Workspace

from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.peers.pacing import SpendRule


class VowpalWabbit:
    """One action per model; the context is the kind and the features, crossed with the model."""

    name = "vowpalwabbit"

    def __init__(self, setup: Setup) -> None:
        self._rule = SpendRule(setup)
        self._count = len(setup.models)
        self._rng = np.random.default_rng(setup.seed)
        self._workspace = Workspace(
            f"--cb_explore_adf --squarecb -q CM --cb_type mtr --quiet --random_seed {setup.seed}"
        )
        self._chance = 1.0

    def route(self, query: Query) -> int:
        """A draw from its distribution over models."""
        chances = np.array(self._workspace.predict(self._example(query)))
        pick = int(self._rng.choice(self._count, p=chances / chances.sum()))
        self._chance = float(chances[pick])
        return pick

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *_: object) -> None:
        """Its cost to minimise is 1 − score + penalty, at the penalty of the moment."""
        loss = 1.0 - score + float(self._rule.penalty[model])
        self._workspace.learn(self._example(query, (model, loss)))
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
