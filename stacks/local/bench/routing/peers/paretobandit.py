"""ParetoBandit 0.1.1 as its authors publish it: its hyper-parameters, its priors, its budget pacer.

With its own 26 features and any of its own three models: the published warm-start settings and the shipped priors;
a model without a prior gets its heuristic one. Otherwise: the published cold-start settings, as its README asks.
Its paper feeds the pacer the actual cost of the pick, so do we. A newcomer gets the twenty forced calls of its
onboarding experiment.

Source: Taberner-Miller, ParetoBandit, arXiv 2604.00136, and experiments/ of github.com/ParetoBandit/ParetoBandit.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
from pareto_bandit import BanditRouter
from pareto_bandit.budget_pacer import BudgetPacer, PacingMode
from pareto_bandit.config import (
    BEST_K3_HPARAMS,
    BEST_K3_TABULA_RASA_HPARAMS,
    DEFAULT_MODEL_REGISTRY_PATH,
    DEFAULT_PACER_EMA_ALPHA,
    DEFAULT_PACER_LAMBDA_MAX,
    DEFAULT_PACER_LR,
    K3_ARM_ORDER,
)
from pareto_bandit.feature_service import FeatureService
from pareto_bandit.storage import EphemeralContextStore

from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.data import Floats
from stacks.local.bench.routing.peers.contexts import Context

# The newcomer of its onboarding experiment, in dollars per million tokens; its other models are in its registry.
_FLASH = {"input_cost_per_m": 0.30, "output_cost_per_m": 2.50}
_TOKENS_PER_CALL = 600  # its own assumption for a call; turns a listed price per call into one per token
_FORCED_CALLS = 20
_OWN_FEATURES = "pca26"

for _noisy in ("router", "feature_service", "policy"):
    logging.getLogger(f"pareto_bandit.{_noisy}").setLevel(logging.ERROR)


class ParetoBandit:
    """Its router under our protocol."""

    name = "paretobandit"

    def __init__(self, setup: Setup) -> None:
        self._models = list(setup.models)
        self._listed_usd = [float(price) for price in setup.listed_usd]
        self._own = setup.features_name == _OWN_FEATURES
        self._context = Context(setup)
        self._forced: dict[int, int] = {}
        warm = self._own and not set(self._models).isdisjoint(K3_ARM_ORDER)
        settings = BEST_K3_HPARAMS if warm else BEST_K3_TABULA_RASA_HPARAMS
        self._pacer = BudgetPacer(
            target_avg_spend_usd=setup.budget_usd,
            mode=PacingMode.ADAPTIVE,
            lr=DEFAULT_PACER_LR,
            lambda_max=DEFAULT_PACER_LAMBDA_MAX,
            ema_alpha=DEFAULT_PACER_EMA_ALPHA,
        )
        self._router: Any = BanditRouter.create(
            model_registry={
                model: _registered(model, price) for model, price in zip(self._models, self._listed_usd, strict=True)
            },
            feature_service=FeatureService.for_precomputed(setup.pull_features if self._own else self._context.size),
            context_store=EphemeralContextStore(),
            priors="warmup" if warm else "none",
            prior_n_effective=settings["prior_n_effective"],
            alpha=settings["alpha"],
            forgetting_factor=settings["forgetting_factor"],
            cost_penalty=0.0,
            budget_pacer=self._pacer,
            bandit_seed=setup.seed,
        )
        self._log: Any = None

    def route(self, query: Query) -> int:
        """Its pick, or the newcomer while its forced calls last."""
        for model, left in self._forced.items():
            if left > 0:
                self._log = None
                return model
        chosen, self._log = self._router.route(self._features(query), input_tokens=query.input_tokens)
        return self._models.index(chosen)

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *_: object) -> None:
        """Feedback, with the actual cost, as in its experiments."""
        if self._log is None:
            self._forced[model] -= 1
            self._router.update(self._models[model], self._features(query), score, advance_time=True)
            self._pacer.observe(cost_usd)
            return
        self._log.cost_usd = cost_usd
        self._router.process_feedback(self._log.request_id, reward=score)

    def reprice(self, model: int, listed_usd: float) -> None:
        """Its registry is told, as in its price experiment; token prices move with the price of a call."""
        name = self._models[model]
        old = _registered(name, self._listed_usd[model])
        factor = listed_usd / self._listed_usd[model]
        self._router.update_model_pricing(
            name,
            input_cost_per_m=old["input_cost_per_m"] * factor,
            output_cost_per_m=old["output_cost_per_m"] * factor,
        )

    def add_model(self, name: str, listed_usd: float) -> None:
        """`register_model` and forced calls, as in its onboarding experiment."""
        prices = _registered(name, listed_usd)
        self._router.register_model(
            name,
            speed="fast",
            input_cost_per_m=prices["input_cost_per_m"],
            output_cost_per_m=prices["output_cost_per_m"],
        )
        self._forced[len(self._models)] = _FORCED_CALLS
        self._models.append(name)
        self._listed_usd.append(listed_usd)

    def _features(self, query: Query) -> Floats:
        return np.asarray(query.features) if self._own else self._context.of(query)


def _registered(model: str, listed_usd: float) -> dict[str, Any]:
    """Its shipped entry for a model of its own; else the listed price of a call as a price per token."""
    shipped: dict[str, dict[str, Any]] = {
        entry["model_id"]: entry for entry in json.loads(DEFAULT_MODEL_REGISTRY_PATH.read_text())["models"]
    }
    per_million = listed_usd / _TOKENS_PER_CALL * 1e6
    unknown = {"input_cost_per_m": per_million, "output_cost_per_m": per_million}
    return (shipped | {"google/gemini-2.5-flash": _FLASH}).get(model, unknown)


create = ParetoBandit
