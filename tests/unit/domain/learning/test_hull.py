"""The hull that the zero-router's value is read from."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.learning.hull import hull, zero_router_value

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
