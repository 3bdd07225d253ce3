"""LiteLLM's adaptive router: Thompson sampling from a Beta posterior per model × request type, plus a cost weight.

Its own classifier sorts the prompts into request types. In its proxy the posterior is moved by signals in the
conversation; here it gets the score itself, α + score and β + 1 − score, which is more than it would ever see. Its
weights of quality and cost are fixed settings; here quality weighs 1 and cost what the budget rule says. Its
cost-based strategy is not run: it always calls the cheapest, and that point is every contender's anchor already.
"""

from __future__ import annotations

import os
import random

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")  # otherwise importing it calls the network

from litellm.router_strategy.adaptive_router.bandit import (
    BanditCell,
    apply_delta,
    initial_cell,
    pick_best,
)
from litellm.router_strategy.adaptive_router.classifier import classify_prompt
from litellm.types.router import AdaptiveRouterPreferences, RequestType

from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.peers.pacing import SpendRule

_MIDDLE_TIER = 2


class LiteLlm:
    """Its bandit; every model starts in its middle tier, for nothing is known of any."""

    name = "litellm"

    def __init__(self, setup: Setup) -> None:
        self._rule = SpendRule(setup)
        self._models = list(setup.models)
        self._listed_usd = [float(price) for price in setup.listed_usd]
        self._rng = random.Random(setup.seed)  # noqa: S311  a draw, no secret
        self._cells: dict[tuple[RequestType, str], BanditCell] = {}

    def route(self, query: Query) -> int:
        """Its pick for the prompt's request type."""
        request_type = classify_prompt(query.prompt)
        penalty = self._rule.penalty
        best = pick_best(
            {model: self._cell(request_type, model) for model in self._models},
            dict(zip(self._models, self._listed_usd, strict=True)),
            quality_weight=1.0,
            cost_weight=float(penalty.max() - penalty.min()),
            rng=self._rng,
        )
        return self._models.index(best)

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *_: object) -> None:
        """The score, as so much success and so much failure."""
        request_type = classify_prompt(query.prompt)
        cell = self._cell(request_type, self._models[model])
        self._cells[request_type, self._models[model]] = apply_delta(cell, score, 1.0 - score)
        self._rule.observe(cost_usd)

    def reprice(self, model: int, listed_usd: float) -> None:
        """A new price in its table, and in the budget rule."""
        self._listed_usd[model] = listed_usd
        self._rule.reprice(model, listed_usd)

    def add_model(self, name: str, listed_usd: float) -> None:
        """One more model, in the middle tier."""
        self._models.append(name)
        self._listed_usd.append(listed_usd)
        self._rule.add(listed_usd)

    def _cell(self, request_type: RequestType, model: str) -> BanditCell:
        found = self._cells.get((request_type, model))
        return found or initial_cell(AdaptiveRouterPreferences(quality_tier=_MIDDLE_TIER), request_type)


create = LiteLlm
