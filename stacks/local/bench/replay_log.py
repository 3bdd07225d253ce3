"""Logs and policies for the replay bench: bandit feedback drawn from outcomes where every answer is known.

A behaviour policy plays a random sample of the queries and only its own picks are logged. Evaluation policies are
frozen: what they know comes from the queries that were not logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bidding.domain.propensity import win_probabilities
from bidding.domain.replay_sums import LoggedRounds
from stacks.local.bench.routing.data import Outcomes

Behaviour = Literal["softmax", "thompson"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOGGED_SHARE_MAX = 0.7
"""The rest of the queries is left to train the evaluation policies on."""
UNIFORM_SHARE = 0.1
PRICE_WEIGHT = 0.2
"""Quality that the behaviour policy gives up to save the dearest model's mean cost."""
PRICE_WEIGHTS = (0.1, 0.5, 2.0)
_INVERSE_TEMPERATURE = 8.0
_BATCH = 50
_PRIOR_ROUNDS = 8.0
_NOISE_SD = 0.4


@dataclass(frozen=True, slots=True)
class Sample:
    """Some queries: `kind` (n,), `reward` and `cost` in micros (n, k), of every model, and how many kinds there are."""

    kind: Ints
    reward: Floats
    cost: Floats
    kinds: int

    def take(self, rows: Ints) -> Sample:
        """These queries, in this order."""
        return Sample(self.kind[rows], self.reward[rows], self.cost[rows], self.kinds)


@dataclass(frozen=True, slots=True)
class BanditLog:
    """Logged rounds, and what the learner expected of every action before each: its quotes."""

    rounds: LoggedRounds
    reward_model: Floats
    cost_model: Floats


def sample_of(outcomes: Outcomes) -> Sample:
    """All queries of a data set."""
    kinds, kind = np.unique(np.array(outcomes.kinds), return_inverse=True)
    return Sample(kind.astype(np.int64), outcomes.score, outcomes.cost_usd * 1e6, len(kinds))


def target_policies(known: Sample, logged: Sample) -> Mapping[str, Floats]:
    """Frozen policies, trained on `known`, as chances (n, k) on the logged queries."""
    reward, cost = _by_kind(known.reward, known), _by_kind(known.cost, known)
    dearest = known.cost.mean(axis=0).max() or 1.0  # where all is free
    models = logged.reward.shape[1]
    every = np.zeros(len(logged.kind), dtype=np.int64)
    chosen = {
        "best_single": every + known.reward.mean(axis=0).argmax(),
        "cheapest": every + known.cost.mean(axis=0).argmin(),
        "greedy": reward.argmax(axis=1)[logged.kind],
    }
    for weight in PRICE_WEIGHTS:
        chosen[f"priced:{weight:g}"] = (reward - weight * cost / dearest).argmax(axis=1)[logged.kind]
    policies = {name: np.eye(models)[actions] for name, actions in chosen.items()}
    return policies | {"random": np.full((len(every), models), 1 / models)}


def play(behaviour: Behaviour, known: Sample, logged: Sample, rng: np.random.Generator) -> BanditLog:
    """Let the behaviour policy pick for every query, a tenth of the time at random; it learns after each batch.

    `softmax` stays as `known` made it; `thompson` learns from its own picks alone.
    """
    rounds, models = logged.reward.shape
    learner = _Learner.new(known, models)
    fixed = learner.softmax(known) if behaviour == "softmax" else None
    action = np.zeros(rounds, dtype=np.int64)
    pscore = np.zeros(rounds)
    reward_model, cost_model = np.zeros((rounds, models)), np.zeros((rounds, models))
    for start in range(0, rounds, _BATCH):
        rows = np.arange(start, min(rounds, start + _BATCH))
        kinds = logged.kind[rows]
        reward_model[rows], cost_model[rows] = (model[kinds] for model in learner.expected())
        chances = (fixed if fixed is not None else learner.thompson(kinds))[kinds]
        chances = (1 - UNIFORM_SHARE) * chances + UNIFORM_SHARE / models
        action[rows] = (chances.cumsum(axis=1) > rng.random((len(rows), 1))).argmax(axis=1)
        pscore[rows] = chances[np.arange(len(rows)), action[rows]]
        learner.learn(kinds, action[rows], logged.reward[rows, action[rows]], logged.cost[rows, action[rows]])
    every = np.arange(rounds)
    log = LoggedRounds(action, pscore, logged.reward[every, action], logged.cost[every, action])
    return BanditLog(log, reward_model, cost_model)


@dataclass(frozen=True, slots=True)
class _Learner:
    """Running means per kind × model, shrunk to the model's, and that to a prior.

    The prior of rewards is a half for everybody, that of costs each model's mean on the other queries: its price list.
    """

    plays: Floats
    rewards: Floats
    costs: Floats
    price_list: Floats

    @classmethod
    def new(cls, known: Sample, models: int) -> _Learner:
        shape = (known.kinds, models)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape), known.cost.mean(axis=0))

    def expected(self) -> tuple[Floats, Floats]:
        """Expected reward and cost, each (kinds, models)."""
        return self._shrunk(self.rewards, 0.5), self._shrunk(self.costs, self.price_list)

    @property
    def _dearest(self) -> float:
        return float(self.price_list.max()) or 1.0  # where all is free

    def softmax(self, known: Sample) -> Floats:
        score = _by_kind(known.reward, known) - PRICE_WEIGHT * _by_kind(known.cost, known) / self._dearest
        odds = np.exp(_INVERSE_TEMPERATURE * (score - score.max(axis=1, keepdims=True)))
        chances: Floats = odds / odds.sum(axis=1, keepdims=True)
        return chances

    def thompson(self, kinds: Ints) -> Floats:
        """Exact chances of the highest draw, (kinds, models); zero for kinds that are not asked for."""
        reward, cost = self.expected()
        score: Floats = reward - PRICE_WEIGHT * cost / self._dearest
        sds = _NOISE_SD / np.sqrt(self.plays + _PRIOR_ROUNDS)
        chances: Floats = np.zeros_like(score)
        for kind in np.unique(kinds):
            chances[kind] = win_probabilities(score[kind], sds[kind], cost[kind])
        return chances

    def learn(self, kinds: Ints, action: Ints, reward: Floats, cost: Floats) -> None:
        np.add.at(self.plays, (kinds, action), 1.0)
        np.add.at(self.rewards, (kinds, action), reward)
        np.add.at(self.costs, (kinds, action), cost)

    def _shrunk(self, totals: Floats, prior: Floats | float) -> Floats:
        model = (totals.sum(axis=0) + _PRIOR_ROUNDS * prior) / (self.plays.sum(axis=0) + _PRIOR_ROUNDS)
        shrunk: Floats = (totals + _PRIOR_ROUNDS * model) / (self.plays + _PRIOR_ROUNDS)
        return shrunk


def _by_kind(values: Floats, known: Sample) -> Floats:
    """Mean per kind × model, shrunk to the model's mean."""
    member = np.eye(known.kinds)[known.kind]
    means: Floats = (member.T @ values + _PRIOR_ROUNDS * values.mean(axis=0)) / (
        member.sum(axis=0)[:, None] + _PRIOR_ROUNDS
    )
    return means
