"""Off-policy estimates: right on average, blind to nothing that matters, refused where the log is thin."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest
from bidding.domain.estimators import DEGREES_MIN, WEIGHT_CONFIDENCE, dr, ips, snips, student_quantile
from bidding.domain.replay import (
    EFFECTIVE_ROUNDS_MIN,
    PLAYS_MIN,
    ROUNDS_MIN,
    UNPLAYED_MASS_MAX,
    WEIGHT_GAP_MAX,
    Measure,
    Refusal,
    Replay,
    evaluate,
)
from bidding.domain.replay_sums import EvaluatedRounds, LoggedRounds, ReplaySums, sums_of

Floats = NDArray[np.float64]
SHARES_IN_THE_GUIDE = ((UNPLAYED_MASS_MAX, 0), (WEIGHT_GAP_MAX, 0), (WEIGHT_CONFIDENCE, 2))


def names(actions: int) -> list[str]:
    return [f"action-{index}" for index in range(actions)]


def distributions(rng: np.random.Generator, rounds: int, actions: int) -> Floats:
    chances: Floats = rng.dirichlet(np.ones(actions), size=rounds) * 0.9 + 0.1 / actions
    return chances


def drawn(behaviour: Floats, reward: Floats, cost: Floats, rng: np.random.Generator) -> LoggedRounds:
    """A log of one draw per round."""
    action = np.array([rng.choice(behaviour.shape[1], p=chances) for chances in behaviour])
    return taken(action, behaviour, reward, cost)


def taken(action: NDArray[np.int64], behaviour: Floats, reward: Floats, cost: Floats) -> LoggedRounds:
    every = np.arange(len(action))
    return LoggedRounds(action, behaviour[every, action], reward[every, action], cost[every, action])


def every_log(behaviour: Floats, reward: Floats) -> Iterator[tuple[float, LoggedRounds]]:
    """All logs that the behaviour policy may leave, each with its chance."""
    rounds, actions = behaviour.shape
    for choice in itertools.product(range(actions), repeat=rounds):
        log = taken(np.array(choice), behaviour, reward, reward)
        yield float(np.prod(log.pscore)), log


@given(seed=st.integers(0, 10_000), rounds=st.integers(1, 4), actions=st.integers(2, 3))
@settings(max_examples=30, deadline=None)
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
@settings(max_examples=20, deadline=None)
def test_dr_is_exact_where_its_model_is(seed: int) -> None:
    """A model that knows every reward leaves nothing to estimate: the mean is the truth and the interval a point."""
    rng = np.random.default_rng(seed)
    behaviour, target, reward = distributions(rng, 60, 3), distributions(rng, 60, 3), rng.random((60, 3))
    log = drawn(behaviour, reward, reward, rng)

    estimate = dr(sums_of(log, EvaluatedRounds(target, reward, reward), names(3)).reward)

    truth = pytest.approx((target * reward).sum(axis=1).mean())
    assert (estimate.mean, estimate.low, estimate.high) == (truth, truth, truth)


@given(seed=st.integers(0, 10_000), shift=st.floats(0.0, 0.5))
@settings(max_examples=20, deadline=None)
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


def a_log(rounds: int = 400, seed: int = 1) -> tuple[LoggedRounds, EvaluatedRounds]:
    """A log of three actions at equal chances, and a policy that always takes the first."""
    rng = np.random.default_rng(seed)
    reward, cost = rng.random((rounds, 3)), 100 * rng.random((rounds, 3))
    log = drawn(np.full((rounds, 3), 1 / 3), reward, cost, rng)
    certain = np.tile([1.0, 0.0, 0.0], (rounds, 1))
    return log, EvaluatedRounds(certain, np.full((rounds, 3), 0.5), np.full((rounds, 3), 50.0))


def sums(log: LoggedRounds, policy: EvaluatedRounds) -> ReplaySums:
    return sums_of(log, policy, names(policy.action_dist.shape[1]))


def refused(answer: Replay | Refusal) -> tuple[str, str]:
    assert isinstance(answer, Refusal)
    return answer.reason, answer.detail


def reward_of(answer: Replay | Refusal) -> Measure:
    assert isinstance(answer, Replay)
    assert isinstance(answer.reward, Measure)
    return answer.reward


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
    assert reward_of(evaluate(pieces)).dr.low == pytest.approx(reward_of(evaluate(whole)).dr.low)
    assert reward_of(evaluate(pieces)).snips.high == pytest.approx(reward_of(evaluate(whole)).snips.high)


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


@pytest.mark.parametrize("chance", [0.0, 1e-12, -0.1, 1.5, np.nan, np.inf])
def test_a_propensity_that_is_no_chance_is_refused(chance: float) -> None:
    """One broken propensity refuses the replay, with the count."""
    log, policy = a_log()
    broken = replace(log, pscore=np.where(np.arange(len(log.pscore)) == 7, chance, log.pscore))
    reason, detail = refused(evaluate(sums(broken, policy)))
    assert reason == "invalid_propensities"
    assert detail.startswith(f"1 of {len(log.action)} rounds")


def test_a_short_log_is_refused() -> None:
    """A log of one round fewer than needed is refused, also where it is long and hardly judged."""
    reason, _ = refused(evaluate(sums(*a_log(ROUNDS_MIN - 1))))
    assert reason == "too_few_rounds"
    log, policy = a_log()
    hardly = replace(log, reward=np.where(np.arange(len(log.action)) < ROUNDS_MIN - 1, log.reward, np.nan))
    answer = evaluate(sums(hardly, policy))
    assert isinstance(answer, Replay)
    assert isinstance(answer.reward, Refusal)
    assert answer.reward.reason == "too_few_rounds"
    assert isinstance(answer.cost, Measure)


def test_no_log_at_all_is_refused() -> None:
    """Sums over nothing are a refusal, not a division by zero."""
    reason, _ = refused(evaluate(ReplaySums()))
    assert reason == "too_few_rounds"


def test_an_action_that_the_log_hardly_took_is_refused() -> None:
    """A policy that wants what the log took fewer times than needed is refused, and the action is named."""
    log, policy = a_log()
    often = np.flatnonzero(log.action == 0)[: PLAYS_MIN - 1]
    action = np.where(np.isin(np.arange(len(log.action)), often), 0, 1)
    reason, detail = refused(evaluate(sums(replace(log, action=action), policy)))
    assert reason == "action_not_logged"
    assert "action-0 in 100% of rounds" in detail


def test_a_few_heavy_rounds_are_refused() -> None:
    """Where some rounds weigh a thousand times more than others, the log is worth too few rounds."""
    log, policy = a_log()
    heavy = np.flatnonzero(log.action == 0)[:3]
    pscore = log.pscore.copy()
    pscore[heavy] /= 1_000
    reason, detail = refused(evaluate(sums(replace(log, pscore=pscore), policy)))
    assert reason == "too_few_effective_rounds"
    assert f"{EFFECTIVE_ROUNDS_MIN:.0f} are needed" in detail


def test_a_part_that_the_log_never_tries_is_refused() -> None:
    """A policy whose action is logged, but never where the policy wants it, is caught by the mean weight."""
    log, policy = a_log()
    wanted = np.tile([0.0, 1.0, 0.0], (len(log.action), 1))
    wanted[: len(wanted) // 2] = [1.0, 0.0, 0.0]
    never_first_half = np.where((np.arange(len(wanted)) < len(wanted) // 2) & (log.action == 0), 2, log.action)
    gone = sums(replace(log, action=never_first_half), replace(policy, action_dist=wanted))
    reason, detail = refused(evaluate(gone))
    assert reason == "weights_do_not_add_up"
    assert "never tries" in detail


def test_propensities_that_are_too_small_are_refused() -> None:
    """Propensities of half their true size make weights average two."""
    log, policy = a_log()
    reason, detail = refused(evaluate(sums(replace(log, pscore=log.pscore / 2), policy)))
    assert reason == "weights_do_not_add_up"
    assert "propensities are wrong" in detail


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


def test_the_guide_states_the_thresholds_in_force() -> None:
    """docs/how-to/replay-a-policy.md gives every threshold as it is."""
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "replay-a-policy.md").read_text()
    percent = [f"{share:.{digits}%}".replace("%", " %") for share, digits in SHARES_IN_THE_GUIDE]
    for sentence in (
        f"fewer than {ROUNDS_MIN} lots",
        f"over {percent[0]} of its choices on seats that won fewer than {PLAYS_MIN} lots",
        f"mean weight off 1 by over {percent[1]} and outside its {percent[2]} interval",
        f"effective sample size below {EFFECTIVE_ROUNDS_MIN:.0f}",
    ):
        assert sentence in guide
