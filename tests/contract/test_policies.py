"""The contract of every policy: it grows at any time, appraises everybody, learns, and is a function of what it saw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.errors import InvalidRequest
from bidding.domain.policies.base import Context, SelectionPolicy
from bidding.domain.policies.linucb import LENGTH_SCALE, LinUcb
from bidding.domain.policies.names import POLICY_NAMES, PolicyName, policy_named

FEATURES = 3
LEARNERS = tuple(name for name in POLICY_NAMES if name != "random")


@pytest.fixture(params=POLICY_NAMES)
def name(request: pytest.FixtureRequest) -> PolicyName:
    """Every policy there is."""
    return request.param  # type: ignore[no-any-return]


def grown(name: PolicyName, seats: int = 3, kinds: int = 2, features: int = FEATURES) -> SelectionPolicy:
    policy = policy_named(name, features)
    for _ in range(seats):
        policy.add_seat(None)
    for _ in range(kinds):
        policy.add_kind()
    return policy


def lot(rng: np.random.Generator, kinds: int) -> Context:
    features = rng.standard_normal(FEATURES) if rng.random() < 0.5 else None
    return Context(int(rng.integers(kinds)), float(rng.uniform(0, 8)), features)


def lived(name: PolicyName, seed: int) -> list[tuple[bytes, bytes]]:
    """All appraisals of a life in which seats and kinds come at random moments and outcomes are taken back."""
    rng, policy, seats, kinds, seen = np.random.default_rng(seed), policy_named(name, FEATURES), 0, 0, []
    for _ in range(120):
        if seats < 1 or (seats < 7 and rng.random() < 0.1):
            policy.add_seat(float(rng.random()) if rng.random() < 0.3 else None)
            seats += 1
        if kinds < 1 or (kinds < 6 and rng.random() < 0.1):
            policy.add_kind()
            kinds += 1
        context = lot(rng, kinds)
        mean, sd = policy.appraise(context)
        assert mean.shape == sd.shape == (seats,)
        assert np.isfinite(mean).all()
        assert np.isfinite(sd).all()
        assert (sd >= 0).all()
        seen.append((mean.tobytes(), sd.tobytes()))
        seat, reward, weight = int(rng.integers(seats)), float(rng.random()), float(rng.uniform(0.1, 1))
        policy.learn(context, seat, reward, weight)
        if rng.random() < 0.1:
            policy.learn(context, seat, reward, -weight)
    return seen


@pytest.mark.parametrize("seed", range(3))
def test_a_policy_appraises_everybody_at_any_time_and_the_same_life_gives_the_same_bits(
    name: PolicyName, seed: int
) -> None:
    """Shapes, finite numbers, no negative deviation, no hidden randomness."""
    assert lived(name, seed) == lived(name, seed)


def test_a_policy_says_what_it_looks_at(name: PolicyName) -> None:
    """A share of uniform picks in [0, 1], and whether the lot matters to it: if not, all lots look alike."""
    policy = grown(name)
    assert 0 <= policy.uniform_share <= 1
    policy.learn(Context(0, 2.0), 0, 1.0, 1.0)
    policy.learn(Context(1, 2.0), 1, 0.0, 1.0)
    if not policy.contextual:
        first, second = policy.appraise(Context(0, 1.0)), policy.appraise(Context(1, 7.0))
        assert first[0].tobytes() == second[0].tobytes()


@pytest.mark.parametrize("name", LEARNERS)
def test_a_policy_learns_who_is_better(name: PolicyName) -> None:
    """After a hundred outcomes each, the good seat is appraised above the bad one; chance alone is exempt."""
    policy = grown(name)
    rng = np.random.default_rng(4)
    for _ in range(100):
        for seat, chance in enumerate((0.3, 0.9, 0.5)):
            policy.learn(Context(0, 3.0), seat, float(rng.random() < chance), 1.0)
    mean, _ = policy.appraise(Context(0, 3.0))
    assert mean.argmax() == 1


def test_an_appraisal_changes_nothing(name: PolicyName) -> None:
    """Asking twice gives the same answer."""
    policy = grown(name)
    policy.learn(Context(0, 3.0), 1, 0.7, 1.0)
    first = policy.appraise(Context(0, 3.0))[0].tobytes()
    assert policy.appraise(Context(0, 3.0))[0].tobytes() == first


def test_an_unknown_name_is_refused() -> None:
    """By type, naming those there are."""
    with pytest.raises(InvalidRequest, match="hierarchical_ts"):
        policy_named("bogus")  # type: ignore[arg-type]


outcomes = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 1),
        st.floats(0, 9),
        st.floats(0, 1),
        st.lists(st.floats(-2, 2), min_size=2, max_size=2),
    ),
    max_size=20,
)


@settings(max_examples=50)
@given(outcomes, st.booleans(), st.floats(0, 2))
def test_linucb_is_the_textbooks(
    told: list[tuple[int, int, float, float, list[float]]], with_features: bool, alpha: float
) -> None:
    """θ = A⁻¹ b and a width of α √(xᵀ A⁻¹ x), with A = I + Σ x xᵀ and b = Σ r x: Li et al., 2010, algorithm 1."""
    policy = LinUcb(2 if with_features else 0, alpha)
    for _ in range(2):
        policy.add_seat(None)
        policy.add_kind()
    matrices, moments = [np.eye(4), np.eye(4)], [np.zeros(4), np.zeros(4)]

    def vector(kind: int, log_length: float, features: list[float]) -> np.ndarray:
        rest = features if with_features else [float(kind == 0), float(kind == 1)]
        return np.array([1.0, log_length / LENGTH_SCALE, *rest])

    def context(kind: int, log_length: float, features: list[float]) -> Context:
        return Context(kind, log_length, np.array(features) if with_features else None)

    for seat, kind, log_length, reward, features in told:
        policy.learn(context(kind, log_length, features), seat, reward, 1.0)
        x = vector(kind, log_length, features)
        matrices[seat] += np.outer(x, x)
        moments[seat] += reward * x
    probe = vector(1, 4.0, [0.5, -1.0])
    mean, sd = policy.appraise(context(1, 4.0, [0.5, -1.0]))
    for seat in range(2):
        theta = np.linalg.solve(matrices[seat], moments[seat])
        width = np.sqrt(probe @ np.linalg.solve(matrices[seat], probe))
        assert mean[seat] == pytest.approx(theta @ probe + alpha * width, abs=1e-9)
    assert (sd == 0).all()
