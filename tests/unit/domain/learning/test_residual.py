"""The regression on embeddings: believed as far as it has earned it."""

from __future__ import annotations

import numpy as np
import pytest

from bidding.domain.learning.residual import READ_AT_LEAST, Residual
from bidding.domain.policies.base import Context
from bidding.domain.policies.hierarchical_ts import HierarchicalThompson

FEATURES = 6
SEEDS = range(4)


def taught(seed: int, signal: float, noise: float, outcomes: int = 3_000) -> Residual:
    """Two seats whose errors are `signal` times a linear function of the features, plus noise."""
    rng, residual = np.random.default_rng(seed), Residual(FEATURES)
    truth = rng.standard_normal((2, FEATURES)) / np.sqrt(FEATURES)
    for _ in range(2):
        residual.add_seat()
    for turn in range(outcomes):
        features = 3.0 + 2.0 * rng.standard_normal(FEATURES)
        seat = turn % 2
        error = signal * float(truth[seat] @ (features - 3.0) / 2.0) + noise * rng.standard_normal()
        residual.learn(seat, features, error)
    return residual


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_is_not_believed(seed: int) -> None:
    """Where features say nothing, next to nothing is added to any mean."""
    residual = taught(seed, signal=0.0, noise=0.3)
    assert residual.share < 0.1
    assert np.abs(residual.predict(np.full(FEATURES, 5.0))).max() < 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_a_linear_truth_is_believed(seed: int) -> None:
    """Where features say all, the prediction is taken nearly whole, and is right."""
    residual = taught(seed, signal=0.3, noise=0.02)
    assert residual.share > 0.9
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((2, FEATURES)) / np.sqrt(FEATURES)
    probe = rng.standard_normal(FEATURES)
    np.testing.assert_allclose(residual.predict(3.0 + 2.0 * probe), 0.3 * truth @ probe, atol=0.05)


def test_belief_does_not_hang_on_the_scale_of_rewards() -> None:
    """Scores that hardly differ are told from chance as well as those that are 0 or 1."""
    wide, narrow = (taught(0, 0.3 * scale, 0.2 * scale, 300).share for scale in (1.0, 0.1))
    assert 0.5 < wide < 0.95
    assert narrow == pytest.approx(wide, abs=1e-3)


def test_nothing_is_believed_at_first() -> None:
    """No outcome, no share; a prediction of zero for every seat."""
    residual = Residual(FEATURES)
    residual.add_seat()
    assert residual.share == 0.0
    assert residual.predict(np.full(FEATURES, 9.0)) == pytest.approx([0.0])


def test_a_seat_that_joins_late_leaves_the_others_alone() -> None:
    """It starts with what is true of all seats, and so do two that join."""
    residual = taught(0, signal=0.3, noise=0.02)
    probe = np.ones(FEATURES)
    before = residual.predict(probe)
    residual.add_seat()
    residual.add_seat()
    after = residual.predict(probe)
    assert after[:2].tobytes() == before.tobytes()
    assert after[2] == after[3]
    assert min(before) <= after[2] <= max(before)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hard_text_says_nothing_against_a_seat(seed: int) -> None:
    """What features say of all seats alike is believed of all alike, of one that was never tried too."""
    rng, residual = np.random.default_rng(seed), Residual(FEATURES)
    for _ in range(3):
        residual.add_seat()
    hardness = rng.standard_normal(FEATURES) / np.sqrt(FEATURES)
    for turn in range(3_000):
        features = rng.standard_normal(FEATURES)
        residual.learn(turn % 10 // 9, features, 0.2 * float(hardness @ features) + 0.2 * rng.standard_normal())
    probes = rng.standard_normal((100, FEATURES))
    predicted = np.array([residual.predict(probe) for probe in probes])
    assert np.ptp(predicted, axis=1).mean() < 0.2 * np.abs(predicted[:, 0]).mean()
    np.testing.assert_allclose(predicted[:, 0], 0.2 * probes @ hardness, atol=0.12)


def test_features_help_the_policy_where_they_tell_seats_apart() -> None:
    """Two seats of equal mean, each good at half of the texts: with features the right one is appraised higher."""
    rng, policy = np.random.default_rng(1), HierarchicalThompson(features=2)
    for _ in range(2):
        policy.add_seat(None)
    policy.add_kind()
    for turn in range(800):
        features, seat = rng.choice([-1.0, 1.0], size=2), turn % 2
        policy.learn(Context(0, 0.0, features), seat, 0.5 + 0.4 * features[0] * (1 if seat else -1), 1.0)
    first, _ = policy.appraise(Context(0, 0.0, np.array([-1.0, 1.0])))
    second, _ = policy.appraise(Context(0, 0.0, np.array([1.0, 1.0])))
    assert first[0] > first[1] + 0.4
    assert second[1] > second[0] + 0.4
    plain, _ = policy.appraise(Context(0))
    assert plain[0] == pytest.approx(plain[1], abs=0.1)


def test_an_outcome_of_little_weight_moves_little() -> None:
    """Six hundred judgements worth half an outcome together are believed no more than that."""
    rng, residual = np.random.default_rng(0), Residual(FEATURES)
    residual.add_seat()
    for _ in range(600):
        features = rng.standard_normal(FEATURES)
        residual.learn(0, features, 0.3 * float(features[0]), 0.001)
    assert residual.share < 0.01
    assert np.abs(residual.predict(np.ones(FEATURES))).max() < 0.01


def test_what_is_taken_back_before_it_was_read_leaves_nothing() -> None:
    """Judgements that others replaced at once are as if they had not been: nothing is left to believe."""
    rng, residual = np.random.default_rng(1), Residual(FEATURES)
    residual.add_seat()
    for _ in range(200):
        wrong = list(rng.standard_normal((READ_AT_LEAST - 1, FEATURES)))
        for weight in (1.0, -1.0):
            for features in wrong:
                residual.learn(0, features, 9.0 * float(features[0]), weight)
    assert not residual.speaks
    residual.learn(0, wrong[0], 9.0)
    assert not residual.speaks
