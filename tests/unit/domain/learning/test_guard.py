"""The guard: it steps in where a fixed mix would earn more, and only there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.learning.guard import WINDOW_OUTCOMES, Guard, hull, zero_router_value

LEVELS, PRICES = np.array([0.5, 0.7, 0.9]), np.array([10.0, 60.0, 100.0])
MANY = np.full(3, 2_000.0)


def watched(chance: float, price: float, seed: int, outcomes: int = 2 * WINDOW_OUTCOMES) -> list[bool]:
    rng, guard, engaged = np.random.default_rng(seed), Guard(), []
    for _ in range(outcomes):
        if guard.learn(float(rng.random() < chance), price):
            guard.look(LEVELS, MANY, PRICES)
        engaged.append(guard.engaged)
    return engaged


@pytest.mark.parametrize("seed", range(5))
def test_a_policy_worse_than_the_mix_is_replaced(seed: int) -> None:
    """At the price of the dearest seat, rewards of the cheapest."""
    engaged = watched(0.5, 100.0, seed)
    assert not any(engaged[: WINDOW_OUTCOMES - 1])
    assert all(engaged[WINDOW_OUTCOMES:])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("chance", [0.72, 0.9])
def test_a_policy_as_good_as_the_mix_is_left_alone(seed: int, chance: float) -> None:
    """What the mix earns at this spend, or more."""
    assert zero_router_value(LEVELS, PRICES, 55.0) == pytest.approx(0.7)
    assert not any(watched(chance, 55.0, seed))


def test_the_guard_lets_go_again() -> None:
    """Once rewards are back where they should be."""
    rng, guard = np.random.default_rng(0), Guard()
    for chance, wanted in ((0.5, True), (0.95, False)):
        for _ in range(2 * WINDOW_OUTCOMES):
            if guard.learn(float(rng.random() < chance), 100.0):
                guard.look(LEVELS, MANY, PRICES)
        assert guard.engaged is wanted


def test_seats_hardly_known_prove_nothing() -> None:
    """A mix is estimated from below: a few lucky outcomes engage no guard; nor do seats that nobody knows."""
    guard = Guard()
    for turn in range(WINDOW_OUTCOMES):
        if guard.learn(float(turn % 2), 100.0):
            guard.look(np.array([0.5, 1.0]), np.array([1_000.0, 3.0]), np.array([10.0, 20.0]))
    assert not guard.engaged
    guard = Guard()
    for _ in range(WINDOW_OUTCOMES):
        if guard.learn(0.0, 100.0):
            guard.look(LEVELS, np.array([0.5, 0.0, 0.9]), PRICES)
    assert not guard.engaged


points = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=8)


@given(points, st.integers(0, 60))
def test_the_hull_is_the_best_mix_of_two(table: list[tuple[int, int]], spend: int) -> None:
    """At any spend from the cheapest on, no single seat and no mix of two that costs as much earns more."""
    prices, levels = np.array(table, dtype=np.float64).T
    if spend < prices.min():
        return
    best = max(level for price, level in table if price <= spend)
    for (low, one), (high, other) in itertools.product(table, table):
        if low <= spend < high:
            best = max(best, one + (other - one) * (spend - low) / (high - low))
    assert zero_router_value(levels, prices, spend) == pytest.approx(best)


@given(points)
def test_the_hull_rises_ever_slower(table: list[tuple[int, int]]) -> None:
    """Corners rise in price and level, slopes fall, and every corner is a seat."""
    prices, levels = np.array(table, dtype=np.float64).T
    costs, values = hull(prices, levels)
    assert set(zip(costs.tolist(), values.tolist(), strict=True)) <= {(float(p), float(v)) for p, v in table}
    slopes = np.diff(values) / np.diff(costs)
    assert (np.diff(costs) > 0).all()
    assert (slopes > 0).all()
    assert (np.diff(slopes) < 0).all()
