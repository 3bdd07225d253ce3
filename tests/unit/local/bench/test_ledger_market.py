"""The market of the state machines takes part in the routing bench: it learns, keeps to a budget, hears news."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.data import load_outcomes
from stacks.local.bench.routing.market import policy
from stacks.local.bench.routing.scenarios import run_scenario
from stacks.local.bench.routing.splits import Plan
from stacks.local.bench.routing.trial import run_trial

QUERIES = 600


def test_it_learns_which_model_is_good_at_which_kind(write_set: Callable[..., Path]) -> None:
    """Two models at one price, each right on one of two kinds: a random pick scores a half."""
    even = np.arange(QUERIES) % 2 == 0
    outcomes = load_outcomes(write_set(np.column_stack([even, ~even]), np.full((QUERIES, 2), 1e-3)))
    trial = run_trial(outcomes, Plan().split(QUERIES, 0), policy("ledger"), 1e-2, 0)
    assert trial.mean_score > 0.85


@pytest.mark.parametrize("budget_usd", [5e-4, 1e-3])
def test_it_spends_its_budget_on_the_better_model(write_set: Callable[..., Path], budget_usd: float) -> None:
    """Of a model that is always right and one that never is: the former as often as the budget pays."""
    score = np.column_stack([np.zeros(QUERIES), np.ones(QUERIES)])
    cost = np.column_stack([np.full(QUERIES, 1e-4), np.full(QUERIES, 2e-3)])
    trial = run_trial(load_outcomes(write_set(score, cost)), Plan().split(QUERIES, 0), policy("ledger"), budget_usd, 0)
    affordable = (budget_usd - 1e-4) / (2e-3 - 1e-4)
    assert 0.8 * affordable < trial.mean_score
    assert trial.capped_ratio <= 1.005


def test_it_is_told_of_newcomers_and_of_prices(write_set: Callable[..., Path]) -> None:
    """A good newcomer at the same price is adopted; of a price that falls more is bought."""
    score = np.column_stack([np.full(QUERIES, 0.2), np.full(QUERIES, 0.4), np.full(QUERIES, 0.9)])
    costs = np.column_stack([np.full(QUERIES, 1e-4), np.full(QUERIES, 2e-4), np.full(QUERIES, 2e-4)])
    outcomes, split = load_outcomes(write_set(score, costs)), Plan(holdout=0.5).split(QUERIES, 0)
    joined = run_scenario("onboarding", outcomes, split, policy("ledger"), 1e-3, 0)
    assert joined.adopted_at is not None
    assert joined.phases[2].mean_score > 0.8
    dear = load_outcomes(write_set(score, costs * [1, 1, 40], name="dear"))
    fell = run_scenario("price-drop", dear, split, policy("ledger"), 3e-4, 0)
    assert fell.phases[1].changed_share > 2 * fell.phases[0].changed_share


def test_it_is_named_among_the_policies() -> None:
    """Who asks for one that there is not is told of it too."""
    with pytest.raises(InvalidRequest, match="random, ledger"):
        policy("nobody")
