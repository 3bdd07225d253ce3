"""A market that changes: a price falls, a model silently gets worse, a newcomer joins. Three phases each.

Phase 1 is normal, phase 2 is changed, phase 3 shows the queries of phase 1 again in a new order; prices and quality
are back by then, a newcomer stays. Before phase 1 the contender learns on the learning split.

Source: Taberner-Miller, ParetoBandit, arXiv 2604.00136, section 4, and the scripts of its repository.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

import numpy as np

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.adoption import adopted_after_washout, steps_to_adoption
from stacks.local.bench.routing.contenders import Adaptive, Contender, Factory
from stacks.local.bench.routing.data import Outcomes, Rows
from stacks.local.bench.routing.splits import Split
from stacks.local.bench.routing.trial import Step, Stream, setup_for

Scenario = Literal["price-drop", "silent-degradation", "onboarding"]
SCENARIOS: tuple[Scenario, ...] = ("price-drop", "silent-degradation", "onboarding")
PHASE_QUERIES_MAX = 608
# Gemini-2.5-Pro from $1.25 and $10 per million tokens to $0.10 and $0.10.
PRICE_FACTOR = 0.10 / 5.625
# Mistral-Large to a constant 0.75, which is this share of its mean.
DEGRADED_SHARE = 0.811


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: spend over budget, the same over max(budget, always the cheapest), share of the changed model."""

    mean_score: float
    spend_ratio: float
    capped_ratio: float
    changed_share: float


@dataclass(frozen=True, slots=True)
class ScenarioTrial:
    """Three phases of one contender. `recovery_ratio` is the score of phase 3 over that of phase 1.

    In `onboarding` it says how much a newcomer brought, for nothing was lost there that could be recovered.
    Steps to adoption count from the newcomer's arrival; None where it was not adopted, or nobody arrived.
    """

    contender: str
    budget_usd: float
    seed: int
    phases: tuple[Phase, Phase, Phase]
    recovery_ratio: float
    adopted_at: int | None
    adopted_after_washout: int | None


def known(name: str) -> Scenario:
    """The scenario of that name. Raises InvalidRequest where there is none."""
    for scenario in SCENARIOS:
        if scenario == name:
            return scenario
    raise InvalidRequest(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}")


def run_scenario(
    scenario: Scenario, outcomes: Outcomes, split: Split, factory: Factory, budget_usd: float, seed: int
) -> ScenarioTrial:
    """One contender through a scenario. In `onboarding` the last model of the data is the newcomer.

    Raises:
        InvalidRequest: fewer than three models for `onboarding`, or too few queries for two phases.
    """
    before = _before(scenario, outcomes)
    setup = setup_for(before, split, budget_usd, seed)
    changed = _changed_model(scenario, outcomes, split)
    contender = factory(setup)
    stream = Stream(outcomes)
    phase_1, phase_2, phase_3 = _phases(split, seed)
    stream.run(contender, split.learn, before)
    first = stream.run(contender, phase_1, before)
    _announce(scenario, contender, outcomes, split, changed)
    during = _during(scenario, outcomes, changed)
    second = stream.run(contender, phase_2, during)
    _announce_end(scenario, contender, outcomes, split, changed)
    third = stream.run(contender, phase_3, outcomes)
    cheapest = int(setup.listed_usd.argmin())
    shown = ((first, phase_1, outcomes), (second, phase_2, during), (third, phase_3, outcomes))
    phases = [
        _phase(steps, budget_usd, float(world.cost_usd[rows, cheapest].mean()), changed) for steps, rows, world in shown
    ]
    if not phases[0].mean_score:
        raise InvalidRequest("nothing scored above 0 in phase 1: there is nothing that phase 3 could recover")
    picks = [step.model for step in second + third]
    arrived = scenario == "onboarding"
    return ScenarioTrial(
        contender=contender.name,
        budget_usd=budget_usd,
        seed=seed,
        phases=(phases[0], phases[1], phases[2]),
        recovery_ratio=phases[2].mean_score / phases[0].mean_score,
        adopted_at=steps_to_adoption(picks, changed) if arrived else None,
        adopted_after_washout=adopted_after_washout(picks, changed) if arrived else None,
    )


def _phases(split: Split, seed: int) -> tuple[Rows, Rows, Rows]:
    count = min(PHASE_QUERIES_MAX, len(split.report) // 2)
    if count < 50:
        raise InvalidRequest(f"{len(split.report)} reported queries are too few for two phases of at least 50")
    first, second = split.report[:count], split.report[count : 2 * count]
    return first, second, np.random.default_rng([seed, 1]).permutation(first)


def _before(scenario: Scenario, outcomes: Outcomes) -> Outcomes:
    if scenario != "onboarding":
        return outcomes
    if len(outcomes.models) < 3:
        raise InvalidRequest("onboarding needs three models: two at first, and the last as the newcomer")
    return outcomes.first_models(len(outcomes.models) - 1)


def _changed_model(scenario: Scenario, outcomes: Outcomes, split: Split) -> int:
    by_price = np.argsort(outcomes.cost_usd[split.priced].mean(axis=0), kind="stable")
    match scenario:
        case "price-drop":
            return int(by_price[-1])
        case "silent-degradation":
            return int(by_price[(len(by_price) - 1) // 2])
        case "onboarding":
            return len(outcomes.models) - 1
        case _:
            assert_never(scenario)


def _during(scenario: Scenario, outcomes: Outcomes, changed: int) -> Outcomes:
    score, cost = outcomes.score.copy(), outcomes.cost_usd.copy()
    if scenario == "price-drop":
        cost[:, changed] *= PRICE_FACTOR
    elif scenario == "silent-degradation":
        score[:, changed] = DEGRADED_SHARE * score[:, changed].mean()
    return replace(outcomes, score=score, cost_usd=cost)


def _announce(scenario: Scenario, contender: Contender, outcomes: Outcomes, split: Split, changed: int) -> None:
    """Prices and newcomers are public; quality is not, and a contender that cannot listen is not told."""
    if not isinstance(contender, Adaptive):
        return
    listed = float(outcomes.cost_usd[split.priced, changed].mean())
    if scenario == "price-drop":
        contender.reprice(changed, listed * PRICE_FACTOR)
    elif scenario == "onboarding":
        contender.add_model(outcomes.models[changed], listed)


def _announce_end(scenario: Scenario, contender: Contender, outcomes: Outcomes, split: Split, changed: int) -> None:
    if scenario == "price-drop" and isinstance(contender, Adaptive):
        contender.reprice(changed, float(outcomes.cost_usd[split.priced, changed].mean()))


def _phase(steps: Sequence[Step], budget_usd: float, always_cheapest_usd: float, changed: int) -> Phase:
    cost = math.fsum(step.cost_usd for step in steps) / len(steps)
    return Phase(
        mean_score=math.fsum(step.score for step in steps) / len(steps),
        spend_ratio=cost / budget_usd,
        capped_ratio=cost / max(budget_usd, always_cheapest_usd),
        changed_share=sum(step.model == changed for step in steps) / len(steps),
    )
