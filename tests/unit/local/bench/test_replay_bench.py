"""The replay bench: where the truth is known, intervals are held against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stacks.local.bench.replay import measure_replay
from stacks.local.bench.replay_log import PRICE_WEIGHTS, UNIFORM_SHARE, Sample, play, target_policies
from stacks.local.bench.replay_report import ESTIMATORS, MEASURES, ReplayReport, ReplayRow
from stacks.local.bench.routing.data import load_outcomes
from tests.shared_data import shared_data

TRIALS = 200


def a_sample(rng: np.random.Generator, queries: int = 400, models: int = 4) -> Sample:
    """Two kinds, at which different models are good; dear models are mostly better."""
    kind = rng.integers(0, 2, queries)
    level = np.array([[0.2, 0.5, 0.6, 0.9], [0.7, 0.4, 0.6, 0.8]])[kind, :models]
    reward = (rng.random((queries, models)) < level).astype(float)
    cost = 10.0 * 3.0 ** np.arange(models) * rng.uniform(0.5, 1.5, (queries, models))
    return Sample(kind, reward, cost, 2)


@pytest.mark.parametrize("behaviour", ["softmax", "thompson"])
def test_propensities_are_those_of_the_picks(behaviour: str) -> None:
    """No pick is less likely than its share of the uniform tenth, and weights of a uniform policy average one."""
    rng = np.random.default_rng(1)
    logged, known = a_sample(rng, 4_000), a_sample(rng)
    log = play(behaviour, known, logged, rng)  # type: ignore[arg-type]
    models = logged.reward.shape[1]
    assert log.rounds.pscore.min() >= UNIFORM_SHARE / models - 1e-12
    weights = 1 / models / log.rounds.pscore
    assert abs(weights.mean() - 1) <= 4 * weights.std() / np.sqrt(len(weights))


def test_a_learner_expects_nothing_of_what_it_has_not_seen() -> None:
    """The models of the first batch know no reward: every action of a kind is expected to earn the prior's half."""
    rng = np.random.default_rng(2)
    log = play("thompson", a_sample(rng), a_sample(rng), rng)
    assert set(log.reward_model[0]) == {0.5}
    assert len(set(log.reward_model[-1])) > 1


def test_frozen_policies_know_the_other_queries_only() -> None:
    """Policies trained on one sample stay the same whatever the logged rewards are."""
    rng = np.random.default_rng(3)
    known, logged = a_sample(rng), a_sample(rng)
    turned = Sample(logged.kind, 1 - logged.reward, logged.cost, logged.kinds)
    before, after = target_policies(known, logged), target_policies(known, turned)
    assert before.keys() == after.keys() >= {"best_single", "cheapest", "greedy", "random"}
    assert len(before) == 4 + len(PRICE_WEIGHTS)
    for name, chances in before.items():
        np.testing.assert_array_equal(chances, after[name])
        np.testing.assert_allclose(chances.sum(axis=1), 1.0)


def test_the_report_counts_every_trial(random_set: object) -> None:
    """Each policy and measure has a row over all trials, the JSON has a summary, and one seed gives one report."""
    outcomes = load_outcomes(random_set(200))  # type: ignore[operator]
    first, again = (measure_replay(outcomes, trials=3, rounds=120, behaviour="softmax") for _ in range(2))
    assert first == again
    assert {row.measure for row in first.rows} == set(MEASURES)
    assert all(row.trials == 3 and set(row.coverage) == set(ESTIMATORS) for row in first.rows)
    summary = first.as_json()["summary"]
    assert isinstance(summary, dict)
    assert summary.keys() == set(MEASURES)


def test_people_are_told_why_answers_were_refused() -> None:
    """The most frequent reason stands beside the share, over all policies too; without refusals there is no table."""
    none = dict.fromkeys(ESTIMATORS)
    rows = tuple(
        ReplayRow("greedy", measure, 8, sum(refusals.values()) / 8, refusals, none, none, None, None)
        for measure, refusals in (("reward", {"action_not_logged": 1, "too_few_effective_rounds": 3}), ("cost", {}))
    )
    *_, refused = ReplayReport("set", "thompson", 100, rows).tables()
    cells = list(zip(*(column.cells for column in refused.columns), strict=True))
    said = ("reward", "50.0%", "too_few_effective_rounds", "3 of 4")
    assert cells == [("greedy", *said), ("all", *said)]
    answered = tuple(replace(row, refused=0.0, refusals={}) for row in rows)
    assert len(ReplayReport("set", "thompson", 100, answered).tables()) == 2


def test_a_log_leaves_queries_to_train_on(random_set: object) -> None:
    """More rounds than seven tenths of the queries are not logged."""
    report = measure_replay(load_outcomes(random_set(200)), trials=1, rounds=5_000, behaviour="softmax")  # type: ignore[operator]
    assert report.rounds == 140


@pytest.mark.parametrize("name", ["zeroeval", "paretobandit-val"])
def test_dr_covers_the_truth_on_real_outcomes(name: str) -> None:
    """DR holds the truth of every frozen policy in 90 % of 200 logs and hardly refuses; naive means miss it."""
    outcomes = load_outcomes(shared_data(f"routing/{name}"))
    report = measure_replay(outcomes, trials=TRIALS, rounds=1_200, behaviour="softmax")
    rewards = [row for row in report.rows if row.measure == "reward"]
    assert min(row.coverage["dr"] or 0.0 for row in rewards) >= 0.9
    assert max(row.refused for row in rewards) <= 0.2
    assert min(row.coverage["naive"] or 0.0 for row in rewards) < 0.6
    assert (report.summary("reward")["naive"] or 0.0) < 0.9 <= (report.summary("cost")["dr"] or 0.0)
