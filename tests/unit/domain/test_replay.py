"""Off-policy estimates: right on average, the same in pieces, and with intervals that hold."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.errors import InvalidRequest
from bidding.domain.estimators import DEGREES_MIN, dr, ips, snips, student_quantile
from bidding.domain.replay import evaluate
from bidding.domain.replay_sums import EvaluatedRounds, LoggedRounds, sums_of
from tests.unit.domain.bandit_logs import Floats, a_log, distributions, drawn, names, reward_of, sums, taken


def every_log(behaviour: Floats, reward: Floats) -> Iterator[tuple[float, LoggedRounds]]:
    """All logs that the behaviour policy may leave, each with its chance."""
    rounds, actions = behaviour.shape
    for choice in itertools.product(range(actions), repeat=rounds):
        log = taken(np.array(choice), behaviour, reward, reward)
        yield float(np.prod(log.pscore)), log


@given(seed=st.integers(0, 10_000), rounds=st.integers(1, 4), actions=st.integers(2, 3))
@settings(max_examples=30)
def test_ips_and_dr_are_right_on_average_over_all_logs(seed: int, rounds: int, actions: int) -> None:
    """Weighted by their chances, the estimates of all possible logs average to the truth, whatever the model says."""
    rng = np.random.default_rng(seed)
    behaviour, target = distributions(rng, rounds, actions), distributions(rng, rounds, actions)
    reward, model = rng.random((rounds, actions)), rng.random((rounds, actions))
    policy = EvaluatedRounds(target, model, model)
    truth = (target * reward).sum(axis=1).mean()

    logs = [(chance, sums_of(log, policy, names(actions)).reward) for chance, log in every_log(behaviour, reward)]

    assert sum(chance * ips(sums).mean for chance, sums in logs) == pytest.approx(truth)
    assert sum(chance * dr(sums).mean for chance, sums in logs) == pytest.approx(truth)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_dr_is_exact_where_its_model_is(seed: int) -> None:
    """A model that knows every reward leaves nothing to estimate: the mean is the truth and the interval a point."""
    rng = np.random.default_rng(seed)
    behaviour, target, reward = distributions(rng, 60, 3), distributions(rng, 60, 3), rng.random((60, 3))
    log = drawn(behaviour, reward, reward, rng)

    estimate = dr(sums_of(log, EvaluatedRounds(target, reward, reward), names(3)).reward)

    truth = pytest.approx((target * reward).sum(axis=1).mean())
    assert (estimate.mean, estimate.low, estimate.high) == (truth, truth, truth)


@given(seed=st.integers(0, 10_000), shift=st.floats(0.0, 0.5))
@settings(max_examples=20)
def test_snips_moves_with_its_rewards(seed: int, shift: float) -> None:
    """Adding a constant to all rewards adds it to the estimate and its bounds, which IPS does not promise."""
    rng = np.random.default_rng(seed)
    behaviour, target, reward = distributions(rng, 80, 3), distributions(rng, 80, 3), rng.random((80, 3)) / 2
    log = drawn(behaviour, reward, reward, rng)
    policy = EvaluatedRounds(target, np.zeros((80, 3)), np.zeros((80, 3)))
    moved = replace(log, reward=log.reward + shift)

    before, after = (snips(sums_of(each, policy, names(3)).reward) for each in (log, moved))

    assert (after.mean, after.low, after.high) == pytest.approx(
        (before.mean + shift, before.low + shift, before.high + shift), abs=1e-6
    )


def test_pieces_of_a_log_add_up_to_the_whole() -> None:
    """The sums over two halves, whose columns stand in another order, give the estimates of the whole log."""
    log, policy = a_log()
    half = slice(0, 150), slice(150, None)
    first = LoggedRounds(*(getattr(log, name)[half[0]] for name in ("action", "pscore", "reward", "cost")))
    second = LoggedRounds(*(getattr(log, name)[half[1]] for name in ("action", "pscore", "reward", "cost")))
    tables = ("action_dist", "reward_model", "cost_model")
    ahead = EvaluatedRounds(*(getattr(policy, name)[half[0]] for name in tables))
    mirrored = EvaluatedRounds(*(getattr(policy, name)[half[1]][:, ::-1] for name in tables))
    turned = replace(second, action=2 - second.action)

    pieces = sums_of(first, ahead, names(3)) + sums_of(turned, mirrored, names(3)[::-1])

    whole = sums(log, policy)
    assert pieces.plays == whole.plays
    assert pieces.mass == pytest.approx(whole.mass)
    assert reward_of(evaluate(pieces)).dr.low == pytest.approx(reward_of(evaluate(whole)).dr.low)
    assert reward_of(evaluate(pieces)).snips.high == pytest.approx(reward_of(evaluate(whole)).snips.high)


def test_pieces_add_up_what_is_wrong_with_them_and_what_only_one_has_seen() -> None:
    """A broken propensity in each makes two, and an action that one piece never heard of is not played there."""
    log, policy = a_log()
    pscore = log.pscore.copy()
    pscore[3] = 2.0
    broken = sums(replace(log, pscore=pscore), policy)
    both = broken + broken
    assert (both.invalid, both.rounds) == (2, 2 * len(pscore) - 2)
    two = EvaluatedRounds(*(np.eye(2)[[0, 1] * 40] for _ in range(3)))
    few = LoggedRounds(np.array([0, 1] * 40), np.full(80, 0.5), np.ones(80), np.ones(80))
    joined = sums_of(few, two, ["action-0", "new"]) + sums(log, policy)
    assert (joined.plays["new"], joined.mass["new"]) == (40, 40.0)
    assert joined.plays["action-0"] == 40 + sums(log, policy).plays["action-0"]


def test_effective_rounds_are_those_of_the_weights() -> None:
    """Kish's: the square of the sum of weights over the sum of their squares."""
    log, policy = a_log()
    weights = policy.action_dist[np.arange(len(log.action)), log.action] / log.pscore
    assert reward_of(evaluate(sums(log, policy))).effective_rounds == pytest.approx(
        weights.sum() ** 2 / (weights**2).sum()
    )


def test_unjudged_rounds_are_left_out_and_told() -> None:
    """A reward that nobody gave changes no estimate of reward; the shares tell where judging depends on the action."""
    log, policy = a_log()
    unjudged = (log.action == 0) & (np.arange(len(log.action)) % 2 == 0)
    kept = ~unjudged
    half_judged = replace(log, reward=np.where(unjudged, np.nan, log.reward))
    only = LoggedRounds(*(getattr(log, name)[kept] for name in ("action", "pscore", "reward", "cost")))
    tables = ("action_dist", "reward_model", "cost_model")
    same = EvaluatedRounds(*(getattr(policy, name)[kept] for name in tables))

    seen = reward_of(evaluate(sums(half_judged, policy)))

    assert seen.dr.mean == pytest.approx(dr(sums(only, same).reward).mean)
    assert seen.rounds == kept.sum()
    assert seen.share == pytest.approx(kept.mean())
    assert seen.target_share == pytest.approx(kept[log.action == 0].mean())


@pytest.mark.parametrize(
    "change",
    [
        {"reward": 1.5},
        {"reward": -0.5},
        {"reward": np.inf},
        {"cost": -1.0},
        {"cost": np.inf},
        {"action": 3},
        {"action": -1},
    ],
)
def test_a_log_out_of_range_is_the_callers_mistake(change: dict[str, float]) -> None:
    """Values that cannot be are an error with a sentence, not an estimate."""
    log, policy = a_log()
    for name, value in change.items():
        values = getattr(log, name).copy()
        values[3] = value
        log = replace(log, **{name: values})
    with pytest.raises(InvalidRequest):
        sums(log, policy)


@pytest.mark.parametrize(
    ("name", "values"),
    [("action", [0.0, 1.0]), ("reward", np.array([0.5, "x"], dtype=object)), ("pscore", ["0.5", "0.5"])],
)
def test_a_log_of_no_numbers_is_the_callers_mistake(name: str, values: object) -> None:
    """Actions are whole numbers, everything else is numbers, and all of it arrays."""
    log, policy = a_log()
    for wrong in (np.array(values), list(getattr(log, name))):
        fields: dict[str, Any] = {name: wrong}
        with pytest.raises(InvalidRequest, match=f"{name} must be an array of"):
            sums(replace(log, **fields), policy)


def test_an_action_has_one_column() -> None:
    """Two of the same name would be added up as one."""
    log, policy = a_log()
    with pytest.raises(InvalidRequest, match="stands twice"):
        sums_of(log, policy, ["a", "b", "b"])


@pytest.mark.parametrize("row", [[0.5, 0.0, 0.0], [1.5, -0.5, 0.0], [np.nan, 0.5, 0.5]])
def test_a_policy_must_be_a_distribution(row: list[float]) -> None:
    """Chances that do not sum to one, or are negative or no numbers, are refused."""
    log, policy = a_log()
    chances = policy.action_dist.copy()
    chances[0] = row
    with pytest.raises(InvalidRequest, match="action_dist"):
        sums(log, replace(policy, action_dist=chances))


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Over many logs of skewed rewards, 95 % intervals hold the truth no less often than chance allows for."""
    rng = np.random.default_rng(20261123)
    logs = 400
    reward = (rng.random((300, 3)) < [0.9, 0.6, 0.2]).astype(float)
    behaviour = distributions(rng, 300, 3)
    target = np.tile([0.0, 0.2, 0.8], (300, 1))
    policy = EvaluatedRounds(target, np.full((300, 3), 0.5), np.full((300, 3), 0.5))
    truth = (target * reward).sum(axis=1).mean()
    seen = [reward_of(evaluate(sums(drawn(behaviour, reward, reward, rng), policy))) for _ in range(logs)]
    least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / logs)
    for name in ("ips", "snips", "dr"):
        bounds = [getattr(measure, name) for measure in seen]
        assert np.mean([each.low <= truth <= each.high for each in bounds]) >= least, name


@pytest.mark.parametrize(("rare", "usual"), [(1.0, 0.0), (0.0, 1.0)])
def test_an_interval_leans_to_where_the_rare_rewards_lie(rare: float, usual: float) -> None:
    """Where a few rounds earn far more, or less, than the rest, the truth may lie further on that side."""
    log, policy = a_log()
    reward = np.where(np.arange(len(log.action)) % 20 == 0, rare, usual)
    estimate = snips(sums(replace(log, reward=reward), policy).reward)
    above, below = estimate.high - estimate.mean, estimate.mean - estimate.low
    assert (above > below) == (rare > usual)


@given(degrees=st.floats(DEGREES_MIN, 200.0))
def test_students_quantile_leaves_the_right_tail(degrees: float) -> None:
    """The area of Student's density up to the quantile is the probability asked for, to a thousandth."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    points = np.linspace(0.0, student_quantile(0.975, degrees), 2_001)
    area = np.trapezoid(scale * (1 + points**2 / degrees) ** (-(degrees + 1) / 2), points)
    assert 0.5 + area == pytest.approx(0.975, abs=1e-3)
