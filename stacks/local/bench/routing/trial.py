"""One contender, one budget, one order of queries: the loop that everything is measured in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns

import numpy as np

from stacks.local.bench.routing.contenders import Contender, Factory, Query, Setup
from stacks.local.bench.routing.data import Outcomes
from stacks.local.bench.routing.splits import Split, listed_usd


@dataclass(frozen=True, slots=True)
class Step:
    """One pick and what it brought."""

    model: int
    score: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Trial:
    """The reported part of one run.

    `spend_ratio` is spend over budget, `capped_ratio` spend over the larger of the budget and what the cheapest
    listed model costs on the same queries. `shares` (n,) are fractions of the picks. `route_us` and `learn_us` are
    median times per call.
    """

    contender: str
    budget_usd: float
    seed: int
    mean_score: float
    mean_cost_usd: float
    spend_ratio: float
    capped_ratio: float
    shares: tuple[float, ...]
    route_us: float
    learn_us: float


class Stream:
    """Queries of a set, shown one at a time, with the outcome of the pick alone."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        counted = not np.isnan(outcomes.tokens_in).any()  # by some alone lengths would have two units
        self._queries = [_query(outcomes, row, counted) for row in range(len(outcomes))]
        self.route_ns: list[int] = []
        self.learn_ns: list[int] = []

    def run(self, contender: Contender, rows: Iterable[int], changed: Outcomes | None = None) -> list[Step]:
        """Show these rows to the contender; `changed` has other outcomes for the same queries, where the world did."""
        return [self._step(contender, int(row), changed or self._outcomes) for row in rows]

    def _step(self, contender: Contender, row: int, outcomes: Outcomes) -> Step:
        query = self._queries[row]
        started = perf_counter_ns()
        model = contender.route(query)
        routed = perf_counter_ns()
        if not 0 <= model < len(outcomes.models):
            raise IndexError(f"{contender.name} picked model {model} of {len(outcomes.models)}")
        score, cost = float(outcomes.score[row, model]), float(outcomes.cost_usd[row, model])
        tokens, latency = outcomes.tokens_out[row, model], outcomes.latency_ms[row, model]
        told = perf_counter_ns()
        contender.learn(
            query,
            model,
            score,
            cost,
            None if math.isnan(tokens) else int(tokens),
            None if math.isnan(latency) else float(latency),
            bool(outcomes.valid[row, model] != 0),  # where nobody looked, an answer counts as one
        )
        self.learn_ns.append(perf_counter_ns() - told)
        self.route_ns.append(routed - started)
        return Step(model, score, cost)


def run_trial(outcomes: Outcomes, split: Split, factory: Factory, budget_usd: float, seed: int) -> Trial:
    """Learn on the split's learning rows, keep learning on the reported ones, report those."""
    setup = setup_for(outcomes, split, budget_usd, seed)
    contender = factory(setup)
    stream = Stream(outcomes)
    stream.run(contender, split.learn)
    steps = stream.run(contender, split.report)
    cost = math.fsum(step.cost_usd for step in steps) / len(steps)
    always_cheapest = float(outcomes.cost_usd[split.report, int(setup.listed_usd.argmin())].mean())
    picks = np.bincount([step.model for step in steps], minlength=len(outcomes.models))
    return Trial(
        contender=contender.name,
        budget_usd=budget_usd,
        seed=seed,
        mean_score=math.fsum(step.score for step in steps) / len(steps),
        mean_cost_usd=cost,
        spend_ratio=cost / budget_usd,
        capped_ratio=cost / max(budget_usd, always_cheapest),
        shares=tuple(float(share) for share in picks / len(steps)),
        route_us=median(stream.route_ns) / 1000,
        learn_us=median(stream.learn_ns) / 1000,
    )


def setup_for(outcomes: Outcomes, split: Split, budget_usd: float, seed: int) -> Setup:
    """What a contender is told at the start of a trial."""
    seen = split.learn if split.learn.size else split.report
    return Setup(
        models=outcomes.models,
        listed_usd=listed_usd(outcomes, split),
        budget_usd=budget_usd,
        seed=seed,
        pull_features=outcomes.features.vectors.shape[1] if outcomes.features else 0,
        kinds=tuple(sorted({outcomes.kinds[row] for row in seen})),
        features_name=outcomes.features.name if outcomes.features else None,
    )


def _query(outcomes: Outcomes, row: int, counted: bool) -> Query:
    return Query(
        index=row,
        query_id=outcomes.query_ids[row],
        kind=outcomes.kinds[row],
        prompt=outcomes.prompts[row],
        input_tokens=int(outcomes.tokens_in[row]) if counted else None,
        features=outcomes.features.vectors[row] if outcomes.features else None,
    )
