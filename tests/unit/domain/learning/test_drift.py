"""The watch over a seat: silent while nothing changes, quick when something does, and gone again after recovery."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.learning.drift import (
    ALLOWANCE,
    CALM_LOTS,
    ERROR_MAX,
    THRESHOLD,
    WARINESS_LOTS,
    WARY_LOTS,
    Watch,
)
from bidding.domain.policies.base import Context
from bidding.domain.policies.hierarchical_ts import HierarchicalThompson

OUTCOMES = 20_000
SEEDS = range(6)
HERE = Context(0)


def gaussian(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(OUTCOMES)


def bernoulli(rng: np.random.Generator) -> np.ndarray:
    chance = rng.uniform(0.2, 0.8)
    return (rng.random(OUTCOMES) < chance) / math.sqrt(chance * (1 - chance)) - math.sqrt(chance / (1 - chance))


def alarms(errors: np.ndarray) -> int:
    watch = Watch()
    return sum(watch.learn(float(error), lot) for lot, error in enumerate(errors))


def false_alarms_expected(outcomes: int) -> float:
    """Of a two-sided cumulative sum over unit Gaussians. Source: Siegmund, Sequential Analysis, 1985, eq. 2.49."""
    height = THRESHOLD + 1.166
    run_length = math.expm1(2 * ALLOWANCE * height) - 2 * ALLOWANCE * height
    return 2 * outcomes * 2 * ALLOWANCE**2 / run_length


@pytest.mark.parametrize("stream", [gaussian, bernoulli])
def test_a_steady_seat_raises_as_few_alarms_as_the_theory_says(
    stream: Callable[[np.random.Generator], np.ndarray],
) -> None:
    """Over all seeds together no more than what a Poisson count of that mean reaches once in a thousand."""
    found = sum(alarms(stream(np.random.default_rng(seed))) for seed in SEEDS)
    expected = false_alarms_expected(OUTCOMES * len(SEEDS))
    assert found <= expected + 3.1 * math.sqrt(expected)


@given(st.lists(st.floats(-ALLOWANCE, ALLOWANCE), max_size=300))
def test_errors_within_the_allowance_never_add_up(errors: list[float]) -> None:
    """However many there are."""
    assert alarms(np.array(errors)) == 0


@pytest.mark.parametrize("shift", [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
def test_a_shift_is_noticed_when_its_excess_adds_up_to_the_threshold(shift: float) -> None:
    """Without noise, after exactly so many outcomes as the threshold needs, in either direction."""
    watch, lot = Watch(), 0
    while not watch.learn(shift, lot):
        lot += 1
    assert lot + 1 == math.floor(THRESHOLD / (abs(shift) - ALLOWANCE)) + 1
    assert (watch.up, watch.down, watch.alarm_at) == (0.0, 0.0, lot)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drop_of_two_deviations_is_noticed_in_time(seed: int) -> None:
    """Within three times the mean delay that the sum's drift gives."""
    rng, watch = np.random.default_rng(seed), Watch()
    for lot in range(2_000):
        watch.learn(float(rng.standard_normal()), lot)
    delay = THRESHOLD / (2.0 - ALLOWANCE)
    noticed = [watch.learn(float(rng.standard_normal()) - 2.0, lot) for lot in range(2_000, 2_000 + int(3 * delay))]
    assert any(noticed)


def test_one_outlier_raises_no_alarm() -> None:
    """An error counts as a few deviations at most, whatever it is."""
    watch = Watch()
    assert not watch.learn(-1e300, 0)
    assert watch.down == ERROR_MAX - ALLOWANCE


def test_an_alarm_is_remembered_for_a_while() -> None:
    """Records of a seat that changed lately fade by the lot; others hardly."""
    watch = Watch(alarm_at=100)
    assert watch.wary(100 + WARINESS_LOTS - 1)
    assert not watch.wary(100 + WARINESS_LOTS)
    assert watch.fading(101, 64) == pytest.approx(math.exp(-64 / WARY_LOTS))
    assert Watch().fading(101, 64) == pytest.approx(math.exp(-64 / CALM_LOTS))


def mean_of(policy: HierarchicalThompson, seat: int) -> float:
    return policy.appraise(HERE)[0].item(seat)


@pytest.mark.parametrize("seed", range(3))
def test_a_seat_that_turns_bad_is_disbelieved_and_comes_back(seed: int) -> None:
    """From 0.9 to 0.3 and back: within a hundred outcomes each, the posterior follows, and the other seat's stays."""
    rng, policy = np.random.default_rng(seed), HierarchicalThompson()
    for _ in range(2):
        policy.add_seat(None)
    policy.add_kind()

    def live(chance: float, outcomes: int) -> None:
        for _ in range(outcomes):
            policy.learn(HERE, 0, float(rng.random() < chance), 1.0)
            policy.learn(HERE, 1, float(rng.random() < 0.6), 1.0)

    live(0.9, 400)
    assert mean_of(policy, 0) > mean_of(policy, 1)
    live(0.3, 100)
    assert policy.watches[0].alarm_at is not None
    assert mean_of(policy, 0) < mean_of(policy, 1)
    live(0.9, 100)
    assert mean_of(policy, 0) > mean_of(policy, 1)
    assert mean_of(policy, 1) == pytest.approx(0.6, abs=0.12)
