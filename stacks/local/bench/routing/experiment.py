"""Every contender at every budget with every seed, on all cores, and the same figures on any number of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.contenders import Factory
from stacks.local.bench.routing.data import Outcomes, join, load_outcomes
from stacks.local.bench.routing.kinds import KindSource, with_kinds
from stacks.local.bench.routing.market import policy
from stacks.local.bench.routing.peers import peer
from stacks.local.bench.routing.references import References, references
from stacks.local.bench.routing.splits import Plan, Split, default_budgets
from stacks.local.bench.routing.trial import Trial, run_trial

_T = TypeVar("_T")
_R = TypeVar("_R")
_CLUSTER_SEED = 7
QUERIES_MIN = 20
"""So many are to be there, and to be learnt on where anything is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A contender by name: one of our policies, or a peer. `--policy random` and a peer of that name differ."""

    name: str
    source: Literal["policy", "peer"] = "policy"

    def factory(self) -> Factory:
        """Its constructor. Raises InvalidRequest for an unknown name or a peer that is not installed."""
        return policy(self.name) if self.source == "policy" else peer(self.name)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is measured. `budgets` () stands for the seven default ones."""

    data: Path
    entries: tuple[Entry, ...]
    seeds: int
    test_data: Path | None = None
    budgets: tuple[float, ...] = ()
    models: tuple[str, ...] = ()
    kinds: KindSource = "column"
    holdout: float | None = None

    def check(self) -> None:
        """Raises InvalidRequest for what cannot be run, before anything is."""
        if not self.entries:
            raise InvalidRequest("name at least one --policy or --peer")
        if self.holdout is not None and not 0 < self.holdout < 1:
            raise InvalidRequest(f"--holdout {self.holdout} is not between 0 and 1")
        if self.holdout is not None and self.test_data is not None:
            raise InvalidRequest("--holdout and --test-data both name the reported queries: give one of them")
        if any(not 0 < budget < float("inf") for budget in self.budgets):
            raise InvalidRequest("a --budget must be a positive number of dollars")
        if self.seeds < 1:
            raise InvalidRequest("--seeds must be at least 1")
        for given, what in ((self.entries, "a contender"), (self.budgets, "a --budget")):
            if len(set(given)) < len(given):
                raise InvalidRequest(f"{what} is given twice: every one is run once for every seed")
        for entry in self.entries:
            entry.factory()


@dataclass(frozen=True, slots=True)
class World:
    """The loaded data of an experiment: all queries, how they are divided, and the budgets."""

    outcomes: Outcomes
    plan: Plan
    budgets: tuple[float, ...]

    def for_seed(self, seed: int, kinds: KindSource) -> tuple[Outcomes, Split]:
        """The outcomes with their kinds, and the split. Clusters are fitted on the seed's own learning split."""
        split = self.plan.split(len(self.outcomes), seed)
        fitted_on = np.sort(split.learn if split.learn.size else split.report)
        return with_kinds(self.outcomes, kinds, fitted_on, np.random.default_rng([_CLUSTER_SEED, seed])), split


@dataclass(frozen=True, slots=True)
class Measured:
    """All trials, in order of contender, budget and seed, and the references of each seed."""

    experiment: Experiment
    world: World
    trials: tuple[Trial, ...]
    references: tuple[References, ...]


def load_world(experiment: Experiment) -> World:
    """Read the data. Raises InvalidRequest, see `load_outcomes`."""
    outcomes = load_outcomes(experiment.data, experiment.models)
    plan = Plan(holdout=experiment.holdout)
    if experiment.test_data is not None:
        plan = Plan(learn_count=len(outcomes))
        outcomes = join(outcomes, load_outcomes(experiment.test_data, outcomes.models))
    if len(outcomes) < QUERIES_MIN:
        raise InvalidRequest(f"{len(outcomes)} queries are too few to measure anything: {QUERIES_MIN} are the least")
    learnt = len(plan.split(len(outcomes), 0).learn)
    if learnt < QUERIES_MIN and (plan.holdout is not None or plan.learn_count):
        raise InvalidRequest(f"{learnt} queries to learn on are too few: {QUERIES_MIN} are the least, see --holdout")
    return World(outcomes, plan, experiment.budgets or default_budgets(outcomes, plan))


def run_experiment(
    experiment: Experiment, workers: int | None = None, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Measured:
    """Run it; `progress` hears of finished trials. The result does not depend on `workers`.

    Raises:
        InvalidRequest: see `Experiment.check` and `load_outcomes`.
    """
    experiment.check()
    world = load_world(experiment)
    tasks = [
        (entry, budget, seed)
        for entry in experiment.entries
        for budget in world.budgets
        for seed in range(experiment.seeds)
    ]
    with Workers(workers or os.cpu_count() or 1) as pool:
        counted = _Progress(progress, len(tasks))
        trials = [counted.one(trial) for trial in pool.map(partial(_trial, experiment), tasks)]
        distinct = range(experiment.seeds) if world.plan.varies_with_seed else range(1)
        found = list(pool.map(partial(_references, experiment, world.budgets), distinct))
    return Measured(experiment, world, tuple(trials), tuple(found) * (experiment.seeds // len(found)))


class Workers:
    """A process pool, or this process where one worker is enough. Results come in the order of the tasks."""

    def __init__(self, count: int) -> None:
        self._pool = ProcessPoolExecutor(count, get_context("spawn")) if count > 1 else None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[_T], _R], tasks: Sequence[_T]) -> Sequence[_R] | map[_R]:
        """`function` over all tasks."""
        if self._pool is None:
            return map(function, tasks)
        return self._pool.map(function, tasks)  # type: ignore[return-value]


class _Progress:
    def __init__(self, report: Callable[[int, int], None], total: int) -> None:
        self._report, self._total, self._done = report, total, 0

    def one(self, trial: Trial) -> Trial:
        self._done += 1
        self._report(self._done, self._total)
        return trial


@lru_cache(maxsize=2)
def _world(experiment: Experiment) -> World:
    """A worker reads the data once."""
    return load_world(experiment)


@lru_cache(maxsize=64)
def seeded(experiment: Experiment, seed: int) -> tuple[Outcomes, Split]:
    """The data of an experiment for a seed, read once per process."""
    return _world(experiment).for_seed(seed, experiment.kinds)


def _trial(experiment: Experiment, task: tuple[Entry, float, int]) -> Trial:
    entry, budget, seed = task
    outcomes, split = seeded(experiment, seed)
    return run_trial(outcomes, split, entry.factory(), budget, seed)


def _references(experiment: Experiment, budgets: tuple[float, ...], seed: int) -> References:
    outcomes, split = seeded(experiment, seed)
    return references(outcomes, split, budgets)
