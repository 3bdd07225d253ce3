"""References bound what a router can do, checked by trying every router there is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stacks.local.bench.routing.data import Outcomes, load_outcomes
from stacks.local.bench.routing.references import best_affordable, oracle, references, singles_of
from stacks.local.bench.routing.splits import Plan

SCORES = arrays(float, (5, 3), elements=st.floats(0, 1, width=16))
COSTS = arrays(float, (5, 3), elements=st.floats(0.125, 4, width=16))


def _outcomes(score: np.ndarray, cost: np.ndarray) -> Outcomes:
    unknown = np.full(score.shape, np.nan)
    names = tuple(str(row) for row in range(len(score)))
    models = tuple(f"m{column}" for column in range(score.shape[1]))
    return Outcomes("tiny", models, names, names, names, score, cost, unknown[:, 0], unknown, unknown, unknown, None, 0)


@settings(max_examples=30)
@given(SCORES, COSTS)
def test_no_assignment_of_models_to_queries_beats_the_oracle_at_its_own_spend(
    score: np.ndarray, cost: np.ndarray
) -> None:
    """All 3⁵ routers of five queries lie on or below the knapsack's frontier, and its corners are among them."""
    frontier = oracle(_outcomes(score, cost))
    rows = np.arange(5)
    reached = []
    for picks in product(range(3), repeat=5):
        spent, earned = float(cost[rows, picks].mean()), float(score[rows, picks].mean())
        reached.append((spent, earned))
        assert frontier.at(spent) >= earned - 1e-9
    for spent, earned in zip(frontier.cost_usd, frontier.score, strict=True):
        assert any(abs(spent - x) < 1e-9 and abs(earned - y) < 1e-9 for x, y in reached)


def test_the_zero_router_is_the_line_between_the_models_it_mixes(write_set: Callable[..., Path]) -> None:
    """Half the way in money between two models is half the way in score; a dominated third is never mixed in."""
    score = np.tile([0.2, 0.25, 0.8], (40, 1))
    cost = np.tile([1.0, 2.0, 3.0], (40, 1))
    outcomes = load_outcomes(write_set(score, cost, np.random.default_rng(1).normal(size=(40, 3))))
    found = references(outcomes, Plan().split(40, 0), (1.0, 2.0, 3.0))
    assert found.zero_router.score == pytest.approx((0.2, 0.5, 0.8))
    assert found.best_single.score == pytest.approx((0.2, 0.25, 0.8))
    assert found.best_model == "model-2"
    assert found.zero_router.aiq == pytest.approx(0.5)


def test_what_lies_between_the_budgets_counts_in_one_of_the_areas_only(write_set: Callable[..., Path]) -> None:
    """A contender is known at the budgets alone; a mix known at every cost has the corner between them besides."""
    score, cost = np.tile([0.2, 0.7, 0.8], (40, 1)), np.tile([1.0, 1.5, 3.0], (40, 1))
    outcomes = load_outcomes(write_set(score, cost, np.random.default_rng(1).normal(size=(40, 3))))
    found = references(outcomes, Plan().split(40, 0), (1.0, 3.0))
    assert found.zero_router.aiq == pytest.approx(0.675)
    assert found.zero_router.aiq_at_budgets == pytest.approx(0.5)
    assert found.best_single.aiq == found.best_single.aiq_at_budgets


def test_below_every_price_the_cheapest_model_serves(write_set: Callable[..., Path]) -> None:
    """No budget is too small to route: the reference then overspends, and its cost says so."""
    singles = singles_of(load_outcomes(write_set(np.tile([0.9, 0.1], (3, 1)), np.tile([2.0, 1.0], (3, 1)))))
    found = best_affordable(singles, (0.5,))
    assert (found.score, found.cost_usd) == (pytest.approx((0.1,)), pytest.approx((1.0,)))


def test_neighbours_route_by_what_the_features_tell(write_set: Callable[..., Path]) -> None:
    """Where the sign of a feature says which model is right, the offline router knows and no fixed mix does."""
    rng = np.random.default_rng(3)
    features = rng.normal(size=(200, 2))
    right = (features[:, 0] > 0).astype(float)
    outcomes = load_outcomes(write_set(np.column_stack([right, 1 - right]), np.ones((200, 2)), features))
    found = references(outcomes, Plan(holdout=0.5).split(200, 0), (1.0,))
    assert found.knn_offline.score[0] > 0.9
    assert found.zero_router.score[0] < 0.7
    assert found.oracle.score == pytest.approx((1.0,))
    assert found.knn_offline.score[0] <= found.oracle.score[0]
