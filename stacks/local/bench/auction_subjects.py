"""What `atomic bench auction` times: our kernel, the floor of a plain LinUCB, and other people's routers.

Each subject is made for a number of seats. Packages of peers are imported only when a peer is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from bidding.domain.auction import Offers, Pace, distances, pick
from bidding.domain.errors import InvalidRequest
from bidding.domain.propensity import Floats
from stacks.local.bench.auction import CONTEXT_SIZE, Timed

VALUE_MICROS = 1_000.0
PACE = Pace(low=0.2, high=0.8, high_share=0.3)
"""A budget that binds: λ is drawn, and the chances are taken over both values."""


class Kernel:
    """The clearing kernel on standing quotes: a draw, all chances, and what would have won.

    Its update is a running mean: the learner is measured where it lives.
    """

    def __init__(self, seats: int) -> None:
        self._rng = np.random.default_rng(seats)
        self._offers = Offers(
            quality_mean=self._rng.normal(0.6, 0.15, seats),
            quality_sd=10 ** self._rng.uniform(-2, -0.7, seats),
            price_micros=self._rng.uniform(10, 400, seats),
            delay_micros=np.full(seats, 2.0),
        )
        self._winner = 0

    def pick(self, context: Floats) -> None:  # noqa: ARG002  standing quotes
        """Draw, chances, distances."""
        picked = pick(self._offers, VALUE_MICROS, PACE, self._rng, uniform_share=0.02)
        distances(self._offers, picked, VALUE_MICROS)
        self._winner = picked.winner

    def update(self, reward: float) -> None:
        """Move the winner's mean a little."""
        self._offers.quality_mean[self._winner] += 0.01 * (reward - self._offers.quality_mean[self._winner])


class LinUcb:
    """The textbook router in numpy, as fast as it gets: inverses kept by Sherman and Morrison.

    Source: Li et al., A Contextual-Bandit Approach to Personalized News Article Recommendation, WWW 2010.
    """

    def __init__(self, seats: int) -> None:
        self._inverse = np.broadcast_to(np.eye(CONTEXT_SIZE), (seats, CONTEXT_SIZE, CONTEXT_SIZE)).copy()
        self._total = np.zeros((seats, CONTEXT_SIZE))
        self._weights = np.zeros((seats, CONTEXT_SIZE))
        self._costs = np.linspace(0.01, 0.4, seats)
        self._last = (0, np.zeros(CONTEXT_SIZE))

    def pick(self, context: Floats) -> None:
        """The highest upper bound less cost."""
        spread = np.sqrt((self._inverse @ context) @ context)
        self._last = (int((self._weights @ context + spread - self._costs).argmax()), context)

    def update(self, reward: float) -> None:
        """One ridge regression learns one row."""
        seat, context = self._last
        gained = self._inverse[seat] @ context
        self._inverse[seat] -= np.outer(gained, gained) / (1 + context @ gained)
        self._total[seat] += reward * context
        self._weights[seat] = self._inverse[seat] @ self._total[seat]


class ParetoBandit:
    """ParetoBandit 0.1.1 with its published settings for a cold start, and its budget pacer."""

    def __init__(self, seats: int) -> None:
        package, config = import_module("pareto_bandit"), import_module("pareto_bandit.config")
        pacing = import_module("pareto_bandit.budget_pacer")
        features = import_module("pareto_bandit.feature_service")
        for noisy in ("router", "feature_service", "policy"):
            logging.getLogger(f"pareto_bandit.{noisy}").setLevel(logging.ERROR)
        settings = config.BEST_K3_TABULA_RASA_HPARAMS
        prices = np.linspace(0.1, 8.0, seats)
        self._router: Any = package.BanditRouter.create(
            model_registry={
                f"m{n}": {"input_cost_per_m": float(price), "output_cost_per_m": float(price)}
                for n, price in enumerate(prices)
            },
            feature_service=features.FeatureService.for_precomputed(CONTEXT_SIZE),
            context_store=import_module("pareto_bandit.storage").EphemeralContextStore(),
            priors="none",
            prior_n_effective=settings["prior_n_effective"],
            alpha=settings["alpha"],
            forgetting_factor=settings["forgetting_factor"],
            cost_penalty=0.0,
            budget_pacer=pacing.BudgetPacer(target_avg_spend_usd=1e-3, mode=pacing.PacingMode.ADAPTIVE),
            bandit_seed=seats,
        )
        self._log: Any = None

    def pick(self, context: Floats) -> None:
        """Its route."""
        _, self._log = self._router.route(context, input_tokens=200)

    def update(self, reward: float) -> None:
        """Its feedback."""
        self._log.cost_usd = 1e-3
        self._router.process_feedback(self._log.request_id, reward=reward)


class VowpalWabbit:
    """Contextual bandit with action-dependent features and SquareCB exploration."""

    def __init__(self, seats: int) -> None:
        options = f"--cb_explore_adf --squarecb -q CM --cb_type mtr --quiet --random_seed {seats}"
        self._workspace: Any = import_module("vowpalwabbit").Workspace(options)
        self._rng = np.random.default_rng(seats)
        self._seats = seats
        self._last = ("", 0, 1.0)

    def pick(self, context: Floats) -> None:
        """A draw from its distribution over seats."""
        shared = "shared |C " + " ".join(f"f{n}:{value:.5g}" for n, value in enumerate(context.tolist()))
        chances = np.array(self._workspace.predict([shared, *(f"|M m{seat}" for seat in range(self._seats))]))
        seat = int(self._rng.choice(self._seats, p=chances / chances.sum()))
        self._last = (shared, seat, float(chances[seat]))

    def update(self, reward: float) -> None:
        """One labelled example."""
        shared, chosen, chance = self._last
        labels = (f"0:{1 - reward:.6f}:{chance:.6f} " if seat == chosen else "" for seat in range(self._seats))
        self._workspace.learn([shared, *(f"{label}|M m{seat}" for seat, label in enumerate(labels))])


class MabWiser:
    """LinUCB with its defaults, one linear model per arm."""

    def __init__(self, seats: int) -> None:
        mab = import_module("mabwiser.mab")
        self._arms = list(range(seats))
        self._bandit: Any = mab.MAB(self._arms, mab.LearningPolicy.LinUCB(), seed=seats)
        # It must be fitted once before it can predict: with no score at all, of no query.
        self._bandit.fit(self._arms, [0.0] * seats, np.zeros((seats, CONTEXT_SIZE)))
        self._last: tuple[Any, Floats] = (0, np.zeros((1, CONTEXT_SIZE)))

    def pick(self, context: Floats) -> None:
        """Its prediction."""
        row = context[None, :]
        self._last = (self._bandit.predict(row), row)

    def update(self, reward: float) -> None:
        """One more row for the arm."""
        arm, row = self._last
        self._bandit.partial_fit([arm], [reward], row)


OURS: dict[str, Callable[[int], Timed]] = {"atomic (kernel)": Kernel, "linucb (numpy)": LinUcb}
_PEERS: dict[str, tuple[str, Callable[[int], Timed]]] = {
    "paretobandit": ("pareto_bandit", ParetoBandit),
    "vowpalwabbit": ("vowpalwabbit", VowpalWabbit),
    "mabwiser": ("mabwiser", MabWiser),
}


def peer(name: str) -> Callable[[int], Timed]:
    """The constructor of a peer.

    Raises:
        InvalidRequest: there is no such peer, or its package is not installed.
    """
    if name not in _PEERS:
        raise InvalidRequest(f"no peer {name!r}; there are {', '.join(_PEERS)}")
    package, create = _PEERS[name]
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        raise InvalidRequest(f"the peer {name} needs the package {error.name}, which is not installed") from None
    return create
