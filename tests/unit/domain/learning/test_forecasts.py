"""What a call will come to: factors that become true, upper ends that cover what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.learning.forecasts import KIND_FACTOR_MAX, UPPER_SHARE, FactorForecast
from bidding.domain.learning.quantiles import STEP_FIRST, STEP_MIN, Quantile
from bidding.domain.learning.state import ForecastState

TRUE = np.array([[0.5, 1.5], [2.0, 6.0], [1.0, 3.0]])  # a seat's factor times a kind's
SIGMA = 0.4


def grown(seats: int = 3, kinds: int = 2) -> FactorForecast:
    forecast = FactorForecast()
    for _ in range(seats):
        forecast.add_seat()
    for _ in range(kinds):
        forecast.add_kind()
    return forecast


def called(forecast: FactorForecast, seat: int, kind: int, factor: float, log_length: float = 5.0) -> float:
    """One call, seen and learnt as the auction house does it; returns the factor that was expected."""
    expected = forecast.factors(kind, log_length).item(seat)
    forecast.see(kind, log_length)
    forecast.learn(seat, kind, log_length, factor, expected)
    return expected


def test_nothing_is_expected_to_differ_from_the_list_at_first() -> None:
    """A factor of 1 for every seat, and an upper end above it."""
    forecast = grown()
    assert forecast.factors(0, 3.0) == pytest.approx([1, 1, 1])
    assert forecast.overall() == pytest.approx([1, 1, 1])
    assert (forecast.ends > 1).all()


def test_factors_become_true() -> None:
    """With lognormal costs around a seat's factor times a kind's, every cell's forecast approaches the true mean."""
    forecast, rng, calls = grown(), np.random.default_rng(3), 1_500
    for _ in range(calls):
        for seat in range(3):
            for kind in range(2):
                called(forecast, seat, kind, TRUE[seat, kind] * rng.lognormal(-(SIGMA**2) / 2, SIGMA))
    deviation = math.sqrt(math.expm1(SIGMA**2) / calls)  # relative error of a mean of so many lognormal factors
    for kind in range(2):
        np.testing.assert_allclose(forecast.factors(kind, 5.0), TRUE[:, kind], rtol=4 * deviation)


def test_a_kind_speaks_for_seats_that_never_served_it() -> None:
    """What costs one seat three times its list is expected to cost another more than its list."""
    forecast = grown()
    for _ in range(50):
        called(forecast, 0, 0, 1.0)
        called(forecast, 0, 1, 3.0)
    stranger = forecast.factors(1, 5.0).item(1)
    assert 1.5 < stranger < 3.5


@pytest.mark.parametrize("factor", [1e-3, 0.05, 20.0, 1e3])
@pytest.mark.parametrize("calls", [1, 30, 1_000])
def test_one_seat_far_off_its_list_moves_the_others_by_a_bounded_factor(factor: float, calls: int) -> None:
    """Its own forecast follows its costs; what the others are forecast at changes fourfold at most."""
    forecast = grown(kinds=1)
    for _ in range(calls):
        called(forecast, 0, 0, factor)
    own, *others = forecast.factors(0, 5.0)
    assert all(1 / KIND_FACTOR_MAX <= other <= KIND_FACTOR_MAX for other in others)
    if calls == 1_000:
        assert own == pytest.approx(factor, rel=0.5)


def test_what_all_seats_cost_at_a_kind_becomes_true_beyond_the_bound() -> None:
    """A kind that takes a tenth of what the lists say: every seat called there is known by it soon, and for long."""
    forecast = grown()
    for _ in range(60):
        for seat in range(3):
            called(forecast, seat, 0, 0.1)
            called(forecast, seat, 1, 1.0)
    assert forecast.factors(0, 5.0) == pytest.approx([0.1] * 3, rel=0.25)
    assert forecast.factors(1, 5.0) == pytest.approx([1.0] * 3, rel=0.1)


def test_a_factor_of_nothing_teaches_nothing() -> None:
    """A free call leaves every forecast and every end what they were."""
    forecast = grown()
    called(forecast, 0, 0, 2.0)
    factors, ends = forecast.factors(0, 5.0), forecast.ends.copy()
    for _ in range(50):
        called(forecast, 0, 0, 0.0)
    assert (forecast.factors(0, 5.0) == factors).all()
    assert (forecast.ends == ends).all()


@pytest.mark.parametrize("seed", range(4))
def test_upper_ends_cover_what_they_say(seed: int) -> None:
    """After a settling-in the share below the end is 95 % of the calls, within what chance and the steps allow."""
    forecast, rng, settling, calls = grown(1, 1), np.random.default_rng(seed), 500, 4_000
    covered = 0
    for turn in range(settling + calls):
        end = forecast.factors(0, 5.0).item(0) * forecast.ends.item(0)
        factor = 2.0 * rng.lognormal(0.0, SIGMA)
        covered += turn >= settling and factor <= end
        called(forecast, 0, 0, factor)
    chance = 3 * math.sqrt(UPPER_SHARE * (1 - UPPER_SHARE) / calls)
    assert abs(covered / calls - UPPER_SHARE) < chance
    assert forecast.upper[0].coverage == pytest.approx(UPPER_SHARE, abs=0.02)


def test_length_bends_the_forecast() -> None:
    """Where cost grows with the input's length beyond the list, long inputs are expected to cost more."""
    forecast, rng = grown(1, 1), np.random.default_rng(5)
    for _ in range(3_000):
        length = rng.uniform(3, 7)
        called(forecast, 0, 0, math.exp(0.5 * (length - 5)), length)
    short, middle, long = (forecast.factors(0, length).item(0) for length in (3.0, 5.0, 7.0))
    assert short < middle < long
    assert long / short == pytest.approx(math.exp(0.5 * 4), rel=0.1)


def test_without_an_effect_of_length_there_is_no_bend() -> None:
    """Noise alone bends little."""
    forecast, rng = grown(1, 1), np.random.default_rng(6)
    for _ in range(3_000):
        called(forecast, 0, 0, rng.lognormal(0, SIGMA), rng.uniform(3, 7))
    assert forecast.factors(0, 7.0).item(0) / forecast.factors(0, 3.0).item(0) == pytest.approx(1, abs=0.15)


calls = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.floats(0, 1e12), st.floats(-20, 20)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(calls)
def test_forecasts_stay_finite_and_come_back_from_their_state(told: list[tuple[int, int, float, float]]) -> None:
    """Costs of nothing or of a fortune, inputs of any length; and the same bits out of the record."""
    forecast = grown()
    for seat, kind, factor, log_length in told:
        called(forecast, seat, kind, factor, log_length)
    again = FactorForecast.of(forecast.state())
    assert again.state() == forecast.state()
    for kind in range(2):
        for log_length in (-20.0, 0.0, 20.0):
            factors = forecast.factors(kind, log_length)
            assert np.isfinite(factors).all()
            assert (factors >= 0).all()
            assert factors.tobytes() == again.factors(kind, log_length).tobytes()
    assert forecast.ends.tobytes() == again.ends.tobytes()
    assert (forecast.ends >= 1).all()


def test_growth_at_any_moment_keeps_what_was_learnt() -> None:
    """More seats and kinds than there was room for change nothing for those before."""
    forecast = grown()
    for _ in range(20):
        called(forecast, 1, 1, 4.0)
    before = forecast.factors(1, 5.0)
    for _ in range(20):
        forecast.add_seat()
        forecast.add_kind()
    assert forecast.factors(1, 5.0)[:3].tobytes() == before.tobytes()
    called(forecast, 22, 21, 2.0)
    assert forecast.factors(21, 5.0).item(22) > 1


def test_an_empty_state_is_no_record() -> None:
    """In and out."""
    assert FactorForecast.of(ForecastState()).state() == ForecastState()
    seats_only = grown(2, 0).state()
    assert FactorForecast.of(seats_only).state() == seats_only


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("seed", range(3))
def test_a_quantile_finds_its_level(share: float, seed: int) -> None:
    """Coverage is its share, up to how far the level can travel: a bound that holds for any values."""
    rng, quantile, values = np.random.default_rng(seed), Quantile(share, 0.0), 20_000
    seen = rng.standard_normal(values)
    for value in seen:
        quantile.learn(float(value))
    assert quantile.coverage is not None
    reach = float(np.ptp(seen)) + 2 * STEP_FIRST  # the level never leaves the values by more than a step
    early = (STEP_FIRST / STEP_MIN) ** 2  # steps that were longer than the floor
    assert abs(quantile.coverage - share) <= (reach / STEP_MIN + early) / values
    assert quantile.level == pytest.approx(float(np.quantile(seen, share)), abs=10 * STEP_MIN)


def test_a_quantile_of_nothing_has_no_coverage() -> None:
    """Before the first value."""
    assert Quantile(0.95, 1.0).coverage is None
