"""The chance that a call brings no valid answer, for this lot: by seat, kind and the length of the input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bidding.domain.learning.failures import FAILURE_PRIOR, FailureForecast

SHORT, LONG = math.log(100), math.log(5_000)


def grown(seats: int = 2, kinds: int = 2) -> FailureForecast:
    forecast = FailureForecast()
    for _ in range(seats):
        forecast.add_seat()
    for _ in range(kinds):
        forecast.add_kind()
    return forecast


def test_nothing_is_known_at_first() -> None:
    """The prior, whatever the length."""
    assert grown().chance(0, 0, SHORT) == grown().chance(1, 1, LONG) == pytest.approx(FAILURE_PRIOR)


def test_a_seat_whose_long_inputs_fail_is_known_by_it() -> None:
    """Its chances part by length, also at a kind it never served; another seat's do not."""
    forecast = grown()
    for turn in range(400):
        log_length = (SHORT, LONG)[turn % 2]
        for seat in range(2):
            forecast.learn(seat, 0, log_length, failed=seat == 0 and log_length == LONG)
        forecast.learn(1, 1, log_length, failed=False)
    assert forecast.chance(0, 0, SHORT) < 0.15
    assert forecast.chance(0, 0, LONG) > 0.85
    assert forecast.chance(0, 1, LONG) > forecast.chance(0, 1, SHORT) + 0.3
    assert forecast.chance(1, 0, LONG) < 0.02


@pytest.mark.parametrize("slope", [-0.8, 0.0, 0.8])
def test_chances_come_true_by_thirds_of_what_is_stated(slope: float) -> None:
    """With failures logistic in the length, the share that fails is what was stated, in every third of the calls."""
    forecast, rng = grown(1, 1), np.random.default_rng(5)
    stated, came = [], []
    for _ in range(6_000):
        log_length = rng.normal(6, 1)
        failed = bool(rng.random() < 1 / (1 + math.exp(2 - slope * (log_length - 6))))
        stated.append(forecast.chance(0, 0, log_length))
        came.append(failed)
        forecast.learn(0, 0, log_length, failed)
    thirds = np.array_split(np.argsort(stated[1_000:]), 3)
    for third in thirds:
        share = np.array(came[1_000:])[third].mean()
        assert np.array(stated[1_000:])[third].mean() == pytest.approx(share, abs=0.035)


def test_a_seat_is_measured_by_its_own_inputs() -> None:
    """Others may count in another unit, or not at all: nothing changes for it."""
    forecast, rng = grown(), np.random.default_rng(2)
    for _ in range(300):
        forecast.learn(0, 0, math.log(rng.integers(600, 900)), failed=bool(rng.random() < 0.1))
    before = forecast.chance(0, 0, math.log(750))
    for _ in range(2_000):
        forecast.learn(1, 0, 0.0, failed=bool(rng.random() < 0.5))
    assert forecast.chance(0, 0, math.log(750)) == before
    assert before == pytest.approx(0.1, abs=0.05)
    assert forecast.chance(1, 0, 0.0) == pytest.approx(0.5, abs=0.05)


def test_it_comes_back_from_its_record_to_the_bit() -> None:
    """With room for who joined since; of nothing there is the prior."""
    forecast = grown()
    for turn in range(50):
        forecast.learn(turn % 2, 0, SHORT + turn / 10, failed=turn % 7 == 0)
    back = FailureForecast.of(forecast.state(), 3, 4)
    assert back.chance(0, 0, LONG) == forecast.chance(0, 0, LONG)
    assert back.chance(2, 3, LONG) == pytest.approx(FAILURE_PRIOR)
    assert back.state() == FailureForecast.of(back.state(), 3, 4).state()
    assert FailureForecast.of(FailureForecast().state(), 1, 1).chance(0, 0, LONG) == pytest.approx(FAILURE_PRIOR)
