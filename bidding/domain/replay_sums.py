"""What a replay needs to know of a log: sums over rounds, so that a log can be read in pieces.

A *round* is one logged choice of a bandit. Vocabulary of the field: `action` is what was chosen, `pscore` the
chance it had under the behaviour policy, `action_dist` the chances that the evaluation policy gives to each action.
A measure (reward, cost) that is not known of a round is NaN there, and that round does not count for it.
Source: Saito et al., Open Bandit Dataset and Pipeline, 2021 (names).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.money import MONEY_MAX_MICROS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = TypeVar("Number", int, float)

Moments = tuple[float, float, float, float]
"""Sums of the powers 1 to 4 of some terms: enough for mean, spread, skewness and tails."""

PSCORE_MIN, PSCORE_MAX = 1e-9, 1 + 1e-6
"""Propensities come from quadrature: they may end a hair above 1, and what is smaller than this is its noise."""
_NOTHING: Moments = (0.0, 0.0, 0.0, 0.0)
_POWERS = 5
_OF_LOG = ("action", "pscore", "reward", "cost")
_OF_TARGET = ("action_dist", "reward_model", "cost_model")


@dataclass(frozen=True, slots=True)
class LoggedRounds:
    """What the behaviour policy did: `action` (n,), its `pscore` (n,), `reward` (n,) in [0, 1], `cost` (n,) in micros.

    `reward` is NaN where nobody judged, `cost` where nothing was billed yet.
    """

    action: Ints
    pscore: Floats
    reward: Floats
    cost: Floats


@dataclass(frozen=True, slots=True)
class EvaluatedRounds:
    """The evaluation policy on the same rounds: `action_dist`, `reward_model` and `cost_model`, all (n, k).

    The models predict a measure for every action. A prediction must not have seen the round it is for: in a learner's
    log that means cross-fitting in time, on earlier rounds only, because later picks depend on earlier rewards.
    Source: Bibaut et al., Post-contextual-bandit inference, 2021.
    """

    action_dist: Floats
    reward_model: Floats
    cost_model: Floats


@dataclass(frozen=True, slots=True)
class MeasureSums:
    """Sums over the rounds that know one measure y.

    `power[i][j]` is Σ wⁱ yʲ, with w = action_dist / pscore of the action taken; `model` is Σ of what the model
    promises the evaluation policy; `correction` are those of e = w × (y − the model's word for the action).
    """

    power: tuple[tuple[float, ...], ...] = ((0.0,) * _POWERS,) * _POWERS
    model: float = 0.0
    correction: Moments = _NOTHING

    @property
    def rounds(self) -> int:
        """How many rounds know the measure."""
        return round(self.power[0][0])

    def __add__(self, other: MeasureSums) -> MeasureSums:
        """The sums over both sets of rounds."""
        power = tuple(
            tuple(a + b for a, b in zip(mine, theirs, strict=True))
            for mine, theirs in zip(self.power, other.power, strict=True)
        )
        return MeasureSums(power, self.model + other.model, _both(self.correction, other.correction))


@dataclass(frozen=True, slots=True)
class ReplaySums:
    """All that a replay keeps of a set of rounds.

    `invalid` counts rounds whose pscore is no chance; they are in no other sum. `weights` are the sums of w.
    `plays` counts the rounds that took an action, `mass` sums the evaluation policy's chances for it.
    """

    rounds: int = 0
    invalid: int = 0
    weights: Moments = _NOTHING
    plays: Mapping[str, int] = field(default_factory=dict)
    mass: Mapping[str, float] = field(default_factory=dict)
    reward: MeasureSums = MeasureSums()
    cost: MeasureSums = MeasureSums()

    def __add__(self, other: ReplaySums) -> ReplaySums:
        """The sums over both sets of rounds."""
        return ReplaySums(
            rounds=self.rounds + other.rounds,
            invalid=self.invalid + other.invalid,
            weights=_both(self.weights, other.weights),
            plays=_merged(self.plays, other.plays),
            mass=_merged(self.mass, other.mass),
            reward=self.reward + other.reward,
            cost=self.cost + other.cost,
        )


def sums_of(log: LoggedRounds, target: EvaluatedRounds, actions: Sequence[str]) -> ReplaySums:
    """Sums over the rounds of `log`; `actions` (k,) names the columns, so that pieces with other columns add up.

    Raises InvalidRequest where shapes differ, an action has no column, a reward or cost is out of
    range, or a row of `action_dist` is no distribution.
    """
    if len(set(actions)) < len(actions):
        raise InvalidRequest("an action has one column: a name stands twice")
    _check(log, target, len(actions))
    valid = (log.pscore >= PSCORE_MIN) & (log.pscore <= PSCORE_MAX)
    every = np.arange(len(log.action))
    weight = np.zeros(len(every))
    weight[valid] = target.action_dist[every, log.action][valid] / log.pscore[valid]
    taken = Counter(log.action[valid].tolist())
    mass = target.action_dist[valid].sum(axis=0)
    return ReplaySums(
        rounds=int(valid.sum()),
        invalid=int((~valid).sum()),
        weights=_moments(weight),
        plays={name: taken[index] for index, name in enumerate(actions)},
        mass={name: float(mass[index]) for index, name in enumerate(actions)},
        reward=_measure(log.reward, target.reward_model, weight, valid, log, target),
        cost=_measure(log.cost, target.cost_model, weight, valid, log, target),
    )


def _measure(
    values: Floats, model: Floats, weight: Floats, valid: NDArray[np.bool_], log: LoggedRounds, target: EvaluatedRounds
) -> MeasureSums:
    known = valid & ~np.isnan(values)
    y, w, predicted = values[known], weight[known], model[known]
    power = np.array([[np.sum(w**i * y**j) for j in range(_POWERS)] for i in range(_POWERS)])
    error = w * (y - predicted[np.arange(len(y)), log.action[known]])
    return MeasureSums(
        power=tuple(map(tuple, power.tolist())),
        model=float((target.action_dist[known] * predicted).sum()),
        correction=_moments(error),
    )


def _moments(terms: Floats) -> Moments:
    first, second, third, fourth = (float((terms**order).sum()) for order in (1, 2, 3, 4))
    return first, second, third, fourth


def _both(mine: Moments, other: Moments) -> Moments:
    first, second, third, fourth = (a + b for a, b in zip(mine, other, strict=True))
    return first, second, third, fourth


def _check(log: LoggedRounds, target: EvaluatedRounds, actions: int) -> None:
    _check_types(log, target)
    rounds = len(log.action)
    if not log.action.shape == log.pscore.shape == log.reward.shape == log.cost.shape == (rounds,):
        raise InvalidRequest("action, pscore, reward and cost need one entry per round")
    for name in _OF_TARGET:
        table: Floats = getattr(target, name)
        if table.shape != (rounds, actions):
            raise InvalidRequest(f"{name} must be {rounds} rounds × {actions} actions, not {table.shape}")
        if not np.isfinite(table).all():
            raise InvalidRequest(f"{name} holds a value that is no number")
    if (log.reward < 0).any() or (log.reward > 1).any():
        raise InvalidRequest("a reward lies outside 0 to 1")
    if (log.cost < 0).any() or (log.cost > MONEY_MAX_MICROS).any():
        raise InvalidRequest(f"a cost is negative or above {MONEY_MAX_MICROS:g} micro-dollars")
    if rounds and not (log.action.min() >= 0 and log.action.max() < actions):
        raise InvalidRequest("an action has no column")
    if (target.action_dist < 0).any() or not np.allclose(target.action_dist.sum(axis=1), 1.0, atol=1e-6):
        raise InvalidRequest("a row of action_dist does not sum to 1")


def _check_types(log: LoggedRounds, target: EvaluatedRounds) -> None:
    for name in (*_OF_LOG, *_OF_TARGET):
        values = getattr(log if name in _OF_LOG else target, name)
        whole = name == "action"
        if not isinstance(values, np.ndarray) or values.dtype.kind not in ("iu" if whole else "iuf"):
            raise InvalidRequest(f"{name} must be an array of {'whole ' if whole else ''}numbers")


def _merged(mine: Mapping[str, Number], theirs: Mapping[str, Number]) -> dict[str, Number]:
    return {name: mine.get(name, 0) + theirs.get(name, 0) for name in [*mine, *(theirs.keys() - mine.keys())]}
