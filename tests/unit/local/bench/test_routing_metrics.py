"""The figures of merit, against cases worked by hand and against what must hold for any points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.local.bench.routing.metrics import Singles, estimate, hull, student_t_quantile

UNIT = st.floats(0, 1, allow_nan=False, width=16)
POINTS = st.lists(st.tuples(UNIT, UNIT), min_size=1, max_size=12)


def test_the_area_under_two_models_is_the_mean_of_their_scores() -> None:
    """With nothing but the two models, mixing goes along the straight line between them."""
    singles = Singles(np.array([1.0, 3.0]), np.array([0.4, 0.8]))
    assert singles.aiq(singles.curve([1.0, 3.0], [0.4, 0.8])) == pytest.approx(0.6)


def test_a_router_in_the_middle_lifts_the_area_by_its_triangle() -> None:
    """One point above the line, at half the way, 0.1 higher: the area grows by half of that."""
    singles = Singles(np.array([1.0, 3.0]), np.array([0.4, 0.8]))
    assert singles.aiq(singles.curve([1.0, 2.0, 3.0], [0.4, 0.7, 0.8])) == pytest.approx(0.65)


def test_a_point_below_the_line_changes_nothing() -> None:
    """The hull passes over it: whoever is worse than a mix can play the mix."""
    singles = Singles(np.array([1.0, 3.0]), np.array([0.4, 0.8]))
    assert singles.aiq(singles.curve([1.0, 2.0, 3.0], [0.4, 0.5, 0.8])) == pytest.approx(0.6)


def test_a_dear_bad_model_does_not_pull_the_curve_down() -> None:
    """The hull never falls, and the range ends at the best model, not at the dearest."""
    singles = Singles(np.array([1.0, 2.0, 9.0]), np.array([0.4, 0.8, 0.1]))
    assert singles.best == 1
    assert singles.aiq(singles.curve([2.0, 9.0], [0.8, 0.1])) == pytest.approx(0.6)


def test_the_cheapest_model_is_everybodys_anchor() -> None:
    """A router that only ever buys the best model is still credited with mixes of it and the cheapest."""
    singles = Singles(np.array([1.0, 3.0]), np.array([0.4, 0.8]))
    curve = singles.curve([3.0], [0.8])
    assert singles.aiq(curve) == pytest.approx(0.6)
    assert singles.cost_to_95_percent(curve) == pytest.approx(1.0 + 2.0 * (0.76 - 0.4) / 0.4)


def test_a_quality_that_is_never_reached_has_no_cost() -> None:
    """None, not infinity and not the last corner."""
    singles = Singles(np.array([1.0, 3.0]), np.array([0.4, 0.8]))
    assert singles.cost_to_95_percent(singles.curve([1.0], [0.5])) is None


@pytest.mark.parametrize("costs", [[1.0, 3.0], [1.0, 1.0 - 1e-15]])
def test_where_the_best_costs_no_more_than_the_cheapest_there_is_no_area(costs: list[float]) -> None:
    """The anchor would credit everybody with the best model's score: it is left out, of the cost to 95 % too."""
    singles = Singles(np.array(costs), np.array([0.9, 0.8]))
    curve = singles.curve([3.0], [0.4])
    assert singles.aiq(curve) is None
    assert singles.cost_to_95_percent(curve) is None
    assert singles.cost_to_95_percent(singles.curve([3.0], [0.9])) == 3.0


@given(POINTS)
def test_the_hull_lies_on_or_above_every_point_and_bends_down(points: list[tuple[float, float]]) -> None:
    """No point is above it, every corner is one of the points, costs and scores rise and slopes fall."""
    costs, scores = zip(*points, strict=True)
    corners = hull(costs, scores)
    assert all(corners.at(cost) >= score - 1e-9 for cost, score in points)
    assert {(c, s) for c, s in zip(corners.cost_usd, corners.score, strict=True)} <= set(points)
    assert (np.diff(corners.cost_usd) > 0).all()
    assert (np.diff(corners.score) > 0).all()
    slopes = np.diff(corners.score) / np.diff(corners.cost_usd)
    assert (np.diff(slopes) < 0).all()


@given(POINTS, POINTS)
def test_more_points_never_lower_the_area(points: list[tuple[float, float]], more: list[tuple[float, float]]) -> None:
    """A router that can do more is never worse by this measure."""
    singles = Singles(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    few = singles.aiq(singles.curve(*zip(*points, strict=True)))
    many = singles.aiq(singles.curve(*zip(*(points + more), strict=True)))
    assert 0 <= few <= many + 1e-9
    assert many <= 1 + 1e-9


@pytest.mark.parametrize(("freedom", "published"), [(1, 12.706), (4, 2.776), (9, 2.262), (19, 2.093), (30, 2.042)])
def test_student_quantiles_are_the_published_ones(freedom: int, published: float) -> None:
    """97.5 % points of the printed table, to its three decimals."""
    assert student_t_quantile(0.975, freedom) == pytest.approx(published, abs=5e-4)


def test_an_interval_is_the_standard_error_times_the_quantile() -> None:
    """Five values with standard deviation 1.5811: 2.776 × 1.5811 / √5."""
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.mean == 3.0
    assert found.margin == pytest.approx(1.963, abs=1e-3)
    assert estimate([0.5]).margin is None
