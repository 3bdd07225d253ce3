"""Is a replay right? On outcome data every policy's truth is known, so its estimates can be held against it.

Each trial logs bandit feedback on a random sample of the queries and replays frozen policies from that log. The truth
is the policy's mean on the very same queries. Beside the three estimators stands what people do without propensities:
the plain mean of those logged rounds where the policy would have picked the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bidding.domain.estimators import Estimate
from bidding.domain.replay import Measure, Refusal, Replay, evaluate
from bidding.domain.replay_sums import EvaluatedRounds, sums_of
from stacks.local.bench.replay_log import (
    LOGGED_SHARE_MAX,
    BanditLog,
    Behaviour,
    Sample,
    play,
    sample_of,
    target_policies,
)
from stacks.local.bench.replay_report import ESTIMATORS, MEASURES, ReplayReport, ReplayRow
from stacks.local.bench.routing.data import Outcomes

Floats = NDArray[np.float64]
_NORMAL_QUANTILE = 1.959964


@dataclass
class _Tally:
    """One policy and one measure over all trials."""

    trials: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    errors: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ESTIMATORS})
    widths: list[float] = field(default_factory=list)
    effective: list[float] = field(default_factory=list)

    def add(self, answer: Measure | Refusal, naive: Estimate | None, truth: float) -> None:
        self.trials += 1
        if naive is not None:
            self._note("naive", naive, truth)
        if isinstance(answer, Refusal):
            self.refusals[answer.reason] += 1
            return
        for name in ("ips", "snips", "dr"):
            self._note(name, getattr(answer, name), truth)
        self.widths.append(answer.dr.high - answer.dr.low)
        self.effective.append(answer.effective_rounds)

    def _note(self, name: str, estimate: Estimate, truth: float) -> None:
        self.errors[name].append(estimate.mean - truth)
        self.covered[name] += estimate.low <= truth <= estimate.high


def measure_replay(
    outcomes: Outcomes,
    *,
    trials: int,
    rounds: int,
    behaviour: Behaviour,
    seed: int = 0,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> ReplayReport:
    """Run the trials; `rounds` are logged in each, at most seven tenths of the queries."""
    queries = sample_of(outcomes)
    rounds = min(rounds, int(LOGGED_SHARE_MAX * len(outcomes)))
    tallies: dict[tuple[str, str], _Tally] = {}
    for trial in progress(range(trials)):
        rng = np.random.default_rng((seed, trial))
        order = rng.permutation(len(outcomes))
        logged, known = queries.take(order[:rounds]), queries.take(order[rounds:])
        log = play(behaviour, known, logged, rng)
        for name, policy in target_policies(known, logged).items():
            _replay(log, policy, logged, rng, {each: tallies.setdefault((name, each), _Tally()) for each in MEASURES})
    rows = tuple(_row(name, measure, tally) for (name, measure), tally in tallies.items())
    return ReplayReport(outcomes.name, behaviour, rounds, rows)


def _replay(
    log: BanditLog, policy: Floats, logged: Sample, rng: np.random.Generator, tallies: Mapping[str, _Tally]
) -> None:
    models = policy.shape[1]
    target = EvaluatedRounds(policy, log.reward_model, log.cost_model)
    answer = evaluate(sums_of(log.rounds, target, [str(model) for model in range(models)]))
    picks = (policy.cumsum(axis=1) > rng.random((len(policy), 1))).argmax(axis=1)
    same = picks == log.rounds.action
    for measure, values, known in (
        ("reward", logged.reward, log.rounds.reward),
        ("cost", logged.cost, log.rounds.cost),
    ):
        truth = float((policy * values).sum(axis=1).mean())
        tallies[measure].add(_of(answer, measure), _naive(known[same]), truth)


def _of(answer: Replay | Refusal, measure: str) -> Measure | Refusal:
    if isinstance(answer, Refusal):
        return answer
    return answer.reward if measure == "reward" else answer.cost


def _naive(values: Floats) -> Estimate | None:
    if len(values) < 2:
        return None
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(mean, mean - _NORMAL_QUANTILE * error, mean + _NORMAL_QUANTILE * error)


def _row(policy: str, measure: str, tally: _Tally) -> ReplayRow:
    return ReplayRow(
        policy=policy,
        measure=measure,
        trials=tally.trials,
        refused=tally.refusals.total() / tally.trials,
        refusals=dict(tally.refusals),
        coverage={name: tally.covered[name] / len(seen) if seen else None for name, seen in tally.errors.items()},
        bias={name: _mean(seen) for name, seen in tally.errors.items()},
        dr_width=_mean(tally.widths),
        effective_rounds=_mean(tally.effective),
    )


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
