"""Other people's routers run under our protocol; needs the extra `peers`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.contenders import Adaptive, Contender, Query, Setup
from stacks.local.bench.routing.data import load_outcomes
from stacks.local.bench.routing.peers import PEERS, peer
from stacks.local.bench.routing.peers.contexts import Context
from stacks.local.bench.routing.peers.pacing import SpendRule
from stacks.local.bench.routing.scenarios import run_scenario
from stacks.local.bench.routing.splits import Plan
from stacks.local.bench.routing.trial import run_trial

SETUP = Setup(("cheap", "dear"), np.array([1e-4, 1e-2]), 1e-3, 0, 2, ("a", "b"), "minilm")


@pytest.fixture(params=PEERS)
def factory(request: pytest.FixtureRequest) -> Callable[[Setup], Contender]:
    """The constructor of a peer, or a loud skip."""
    try:
        return peer(request.param)
    except InvalidRequest as error:
        pytest.skip(f"{error}: this peer is NOT tested")


def test_a_peer_learns_which_model_is_better(
    random_set: Callable[..., Path], factory: Callable[[Setup], Contender]
) -> None:
    """With money for the dearest model, which is clearly the best on average, it ends above the cheapest."""
    outcomes = load_outcomes(random_set(400))
    trial = run_trial(outcomes, Plan(holdout=0.5).split(400, 0), factory, 1e-2, 0)
    assert trial.mean_score > float(outcomes.score[:, 0].mean())
    assert trial.mean_cost_usd < 1e-2


def test_a_peer_repeats_itself_under_a_seed(
    random_set: Callable[..., Path], factory: Callable[[Setup], Contender]
) -> None:
    """Same seed, same picks: a figure can be measured again."""
    outcomes = load_outcomes(random_set(200))
    first, second = (run_trial(outcomes, Plan().split(200, 3), factory, 1e-3, 3) for _ in range(2))
    assert replace(first, route_us=0, learn_us=0) == replace(second, route_us=0, learn_us=0)


def test_a_peer_hears_of_news(random_set: Callable[..., Path], factory: Callable[[Setup], Contender]) -> None:
    """Prices change and models join while it runs."""
    outcomes = load_outcomes(random_set(400))
    split = Plan(holdout=0.5).split(400, 0)
    assert isinstance(factory(SETUP), Adaptive)
    for scenario in ("price-drop", "onboarding"):
        trial = run_scenario(scenario, outcomes, split, factory, 1e-2, 0)
        assert all(0 <= phase.mean_score <= 1 for phase in trial.phases)


def test_the_budget_rule_charges_more_after_overspending_and_less_after_saving() -> None:
    """The dearer model loses more, and what it loses follows the spending."""
    rule = SpendRule(SETUP)
    before = rule.penalty
    assert before[1] == pytest.approx(100 * before[0])
    for _ in range(50):
        rule.observe(1e-2)
    dear = rule.penalty
    assert (dear > before).all()
    for _ in range(500):
        rule.observe(1e-4)
    assert (rule.penalty < dear).all()


def test_a_context_holds_features_kind_length_and_intercept() -> None:
    """An unknown kind leaves its block empty, missing features leave theirs."""
    context = Context(SETUP)
    known = context.of(Query(0, "q", "b", "", None, np.array([0.5, -0.5])))
    np.testing.assert_array_equal(known, [0.5, -0.5, 0, 1, 0, 1])
    unknown = context.of(Query(0, "q", "z", "", None, None))
    np.testing.assert_array_equal(unknown, [0, 0, 0, 0, 0, 1])
