"""Scenarios change the world as they say, tell only what is public, and count adoption by their own rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.adoption import adopted_after_washout, steps_to_adoption
from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.data import Outcomes, load_outcomes
from stacks.local.bench.routing.experiment import Entry, Experiment
from stacks.local.bench.routing.metrics import estimate
from stacks.local.bench.routing.scenario_report import measure_scenario, scenario_world
from stacks.local.bench.routing.scenario_summary import lines, rows
from stacks.local.bench.routing.scenarios import (
    DEGRADED_SHARE,
    PRICE_FACTOR,
    Phase,
    Scenario,
    ScenarioTrial,
    known,
    run_scenario,
)
from stacks.local.bench.routing.splits import Plan
from stacks.local.cli import app

NEWCOMER = 9


class Listener:
    """Plays one model, the newest once there is news, and keeps what it hears."""

    name = "listener"

    def __init__(self, setup: Setup, model: int) -> None:
        self.models = list(setup.models)
        self.listed_usd = [float(price) for price in setup.listed_usd]
        self.model = model
        self.news: list[tuple[int | str, float]] = []
        self.paid: list[float] = []
        self.scores: list[float] = []

    def route(self, query: Query) -> int:
        return self.model

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *_: object) -> None:
        self.paid.append(cost_usd)
        self.scores.append(score)

    def reprice(self, model: int, listed_usd: float) -> None:
        self.news.append((model, listed_usd))

    def add_model(self, name: str, listed_usd: float) -> None:
        self.news.append((name, listed_usd))
        self.models.append(name)
        self.model = len(self.models) - 1


def _trial(budget_usd: float, seed: int, recovery: float, capped: float = 0.5) -> ScenarioTrial:
    phases = (Phase(0.8, 0.5, 0.5, 0.0), Phase(0.8, 0.5, capped, 0.1), Phase(0.8, 0.5, 0.5, 0.0))
    return ScenarioTrial("one", budget_usd, seed, phases, recovery, None, None)


def _played(scenario: Scenario, folder: Path, model: int) -> tuple[Listener, ScenarioTrial, Outcomes]:
    outcomes = load_outcomes(folder)
    made: list[Listener] = []

    def create(setup: Setup) -> Listener:
        made.append(Listener(setup, model))
        return made[0]

    trial = run_scenario(scenario, outcomes, Plan(holdout=0.5).split(len(outcomes), 0), create, 1e-3, 0)
    return made[0], trial, outcomes


def test_a_price_drop_is_announced_paid_and_taken_back(random_set: Callable[..., Path]) -> None:
    """The dearest model costs a fraction in phase 2 and the full price again on the same queries in phase 3."""
    listener, trial, _ = _played("price-drop", random_set(240), 2)
    listed = listener.listed_usd[2]
    assert listener.news == [(2, pytest.approx(listed * PRICE_FACTOR)), (2, pytest.approx(listed))]
    first, second, third = trial.phases
    assert second.spend_ratio == pytest.approx(first.spend_ratio * PRICE_FACTOR, rel=0.3)
    assert third.spend_ratio == pytest.approx(first.spend_ratio)
    assert trial.recovery_ratio == pytest.approx(1.0)
    assert (trial.adopted_at, trial.adopted_after_washout) == (None, None)


def test_a_silent_degradation_shows_in_the_scores_alone(random_set: Callable[..., Path]) -> None:
    """The middle model scores a constant in phase 2, at its old price, and nobody is told."""
    listener, trial, outcomes = _played("silent-degradation", random_set(240), 1)
    assert listener.news == []
    level = DEGRADED_SHARE * outcomes.score[:, 1].mean()
    assert trial.phases[1].mean_score == pytest.approx(level)
    assert listener.scores[180:240] == pytest.approx([level] * 60)
    assert trial.phases[0].mean_score == pytest.approx(trial.phases[2].mean_score)
    assert trial.phases[1].spend_ratio == pytest.approx(trial.phases[0].spend_ratio, rel=0.3)


def test_a_newcomer_is_unknown_until_it_arrives(random_set: Callable[..., Path]) -> None:
    """The contender starts with all models but the last, hears of that one before phase 2, and may use it."""
    listener, trial, outcomes = _played("onboarding", random_set(240), 0)
    assert [name for name, _ in listener.news] == [outcomes.models[2]]
    assert [phase.changed_share for phase in trial.phases] == [0.0, 1.0, 1.0]
    assert trial.adopted_at == 30
    assert trial.adopted_after_washout is None  # 120 picks end where the washout does


def test_a_contender_may_not_use_a_model_before_it_arrives(random_set: Callable[..., Path]) -> None:
    """A pick beyond the models so far is an error of the contender, not a free look."""
    with pytest.raises(IndexError, match="picked model 2 of 2"):
        _played("onboarding", random_set(240), 2)


def test_adoption_counts_from_arrival_and_leaves_exploration_out() -> None:
    """Always the newcomer: after 20 calls of exploration it takes ten more to hold a tenth of a hundred."""
    assert steps_to_adoption([NEWCOMER] * 200, NEWCOMER) == 30
    assert adopted_after_washout([NEWCOMER] * 200, NEWCOMER) == 121


def test_a_burst_is_not_adoption() -> None:
    """Twenty forced calls, and even thirty, are forgotten when nothing follows them."""
    assert steps_to_adoption([NEWCOMER] * 20 + [0] * 400, NEWCOMER) is None
    assert adopted_after_washout([NEWCOMER] * 20 + [0] * 400, NEWCOMER) is None


def test_a_slow_newcomer_is_adopted_when_its_share_has_held() -> None:
    """Every fifth pick: the hundredth is its twentieth, so the first that counts comes fifty picks before adoption."""
    picks = [NEWCOMER if step % 5 == 0 else 0 for step in range(1, 401)]
    assert steps_to_adoption(picks, NEWCOMER) == 150


def test_a_scenario_reports_every_contender_and_budget(random_set: Callable[..., Path]) -> None:
    """The middle three default budgets, means over seeds, phases in order; one who cannot listen still runs."""
    experiment = Experiment(random_set(240), (Entry("best_single"), Entry("random")), seeds=2, holdout=0.5)
    world = scenario_world(experiment)
    found = rows(measure_scenario("onboarding", experiment, world.budgets, workers=1))
    assert [row.policy for row in found] == ["best_single"] * 3 + ["random"] * 3
    assert {row.adopted for row in found} == {0}
    assert {row.steps_to_adoption for row in found} == {None}
    assert all(row.recovery.margin is not None and len(row.score) == 3 for row in found)


def test_a_line_is_the_mean_over_budgets_and_its_interval_that_of_the_seeds() -> None:
    """Seeds of 0.9 and 1.1 at one budget and 1.0 and 1.4 at another: means of 0.95 and 1.25; and the worst phase."""
    trials = [_trial(0.1, 0, 0.9), _trial(0.1, 1, 1.1), _trial(0.2, 0, 1.0), _trial(0.2, 1, 1.4, capped=1.02)]
    (line,) = lines(trials)
    assert line.recovery == estimate([0.95, 1.25])
    assert line.capped_most == pytest.approx((0.5 + 1.02) / 2)


def test_the_json_of_a_scenario_has_its_documented_keys(random_set: Callable[..., Path], tmp_path: Path) -> None:
    """Its name, a row per contender and budget with three phases, and what it was run on; people are told that too."""
    file = tmp_path / "figures.json"
    arguments = ["bench", "routing", "--data", str(random_set(240)), "--scenario", "price-drop", "--holdout", "0.5"]
    arguments += ["--policy", "random", "--seeds", "1", "--workers", "1", "--json", str(file)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(file.read_text())
    assert set(figures) == {"scenario", "rows", "summary", "protocol"}
    assert set(figures["summary"][0]) == {"policy", "recovery_ratio", "recovery_margin", "capped_most"}
    ratios = [row["recovery_ratio"] for row in figures["rows"]]
    assert figures["summary"][0]["recovery_ratio"] == pytest.approx(sum(ratios) / 3)
    assert [len(row["phases"]) for row in figures["rows"]] == [3, 3, 3]
    assert set(figures["rows"][0]["phases"][0]) == {"mean_score", "spend_ratio", "capped_ratio", "changed_share"}
    budgets = [row["budget_usd"] for row in figures["rows"]]
    protocol = figures["protocol"]
    assert (protocol["budgets_usd"], protocol["queries"], protocol["holdout"]) == (budgets, 240, 0.5)
    assert "a random 50% per seed is reported" in " ".join(result.output.split())


def test_where_nothing_scored_nothing_can_recover(write_set: Callable[..., Path]) -> None:
    """The ratio would be none."""
    with pytest.raises(InvalidRequest, match="nothing scored above 0 in phase 1"):
        _played("price-drop", write_set(np.zeros((240, 3)), np.ones((240, 3))), 0)


def test_an_unknown_scenario_or_too_little_data_is_refused(random_set: Callable[..., Path]) -> None:
    """In one sentence."""
    assert known("price-drop") == "price-drop"
    with pytest.raises(InvalidRequest, match="no scenario 'flood'"):
        known("flood")
    with pytest.raises(InvalidRequest, match="too few for two phases"):
        _played("price-drop", random_set(60), 0)
    with pytest.raises(InvalidRequest, match="needs three models"):
        _played("onboarding", random_set(240, 2, "pair"), 0)
