"""Small bandit logs with known truths, for tests of replay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bidding.domain.replay import Measure, Refusal, Replay
from bidding.domain.replay_sums import EvaluatedRounds, LoggedRounds, ReplaySums, sums_of

Floats = NDArray[np.float64]


def names(actions: int) -> list[str]:
    return [f"action-{index}" for index in range(actions)]


def distributions(rng: np.random.Generator, rounds: int, actions: int) -> Floats:
    chances: Floats = rng.dirichlet(np.ones(actions), size=rounds) * 0.9 + 0.1 / actions
    return chances


def drawn(behaviour: Floats, reward: Floats, cost: Floats, rng: np.random.Generator) -> LoggedRounds:
    """A log of one draw per round."""
    action = np.array([rng.choice(behaviour.shape[1], p=chances) for chances in behaviour])
    return taken(action, behaviour, reward, cost)


def taken(action: NDArray[np.int64], behaviour: Floats, reward: Floats, cost: Floats) -> LoggedRounds:
    every = np.arange(len(action))
    return LoggedRounds(action, behaviour[every, action], reward[every, action], cost[every, action])


def a_log(rounds: int = 400, seed: int = 1) -> tuple[LoggedRounds, EvaluatedRounds]:
    """A log of three actions at equal chances, and a policy that always takes the first."""
    rng = np.random.default_rng(seed)
    reward, cost = rng.random((rounds, 3)), 100 * rng.random((rounds, 3))
    log = drawn(np.full((rounds, 3), 1 / 3), reward, cost, rng)
    certain = np.tile([1.0, 0.0, 0.0], (rounds, 1))
    return log, EvaluatedRounds(certain, np.full((rounds, 3), 0.5), np.full((rounds, 3), 50.0))


def sums(log: LoggedRounds, policy: EvaluatedRounds) -> ReplaySums:
    return sums_of(log, policy, names(policy.action_dist.shape[1]))


def reward_of(answer: Replay | Refusal) -> Measure:
    assert isinstance(answer, Replay)
    assert isinstance(answer.reward, Measure)
    return answer.reward
