"""The protocol: what a contender is told, in which order, and the same figures however they are computed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bidding.domain.errors import InvalidRequest
from bidding.domain.policies.names import POLICY_NAMES
from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.data import Outcomes, load_outcomes
from stacks.local.bench.routing.experiment import Entry, Experiment, run_experiment
from stacks.local.bench.routing.kinds import with_kinds
from stacks.local.bench.routing.market import policy
from stacks.local.bench.routing.peers import PEERS, peer
from stacks.local.bench.routing.report import as_json, notes
from stacks.local.bench.routing.splits import Plan, default_budgets
from stacks.local.bench.routing.trial import Trial, run_trial
from stacks.local.cli import app
from stacks.local.commands.bench_routing import entries
from tests.shared_data import shared_data

OURS = tuple(Entry(name) for name in ("random", "best_single"))


class Witness:
    """Always the same model, and a record of all it was told."""

    name = "witness"

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.seen: list[Query] = []
        self.told: list[tuple[int, float, float, int | None, bool]] = []

    def route(self, query: Query) -> int:
        self.seen.append(query)
        return 1

    def learn(
        self,
        query: Query,
        model: int,
        score: float,
        cost_usd: float,
        output_tokens: int | None,
        latency_ms: float | None,
        valid: bool,
    ) -> None:
        assert latency_ms is None
        self.told.append((query.index, score, cost_usd, output_tokens, valid))


def _witnessed(folder: Path, plan: Plan, seed: int = 0) -> tuple[Witness, Trial]:
    return _watched(load_outcomes(folder), plan, seed)


def _watched(outcomes: Outcomes, plan: Plan, seed: int = 0) -> tuple[Witness, Trial]:
    made: list[Witness] = []

    def create(setup: Setup) -> Witness:
        made.append(Witness(setup))
        return made[0]

    trial = run_trial(outcomes, plan.split(len(outcomes), seed), create, 1e-3, seed)
    return made[0], trial


def test_a_contender_hears_of_its_own_pick_and_nothing_else(random_set: Callable[..., Path]) -> None:
    """Score, cost and tokens of the pick, after it; a query has no field that could hold an outcome."""
    folder = random_set()
    witness, trial = _witnessed(folder, Plan())
    outcomes = load_outcomes(folder)
    rows = [query.index for query in witness.seen]
    assert sorted(rows) == list(range(120))
    assert witness.told == [(row, outcomes.score[row, 1], outcomes.cost_usd[row, 1], 20, True) for row in rows]
    assert set(Query.__dataclass_fields__) == {"index", "query_id", "kind", "prompt", "input_tokens", "features"}
    assert trial.mean_score == pytest.approx(outcomes.score[:, 1].mean())
    assert trial.spend_ratio == pytest.approx(outcomes.cost_usd[:, 1].mean() / 1e-3)
    assert trial.shares == (0.0, 1.0, 0.0)


def test_lengths_of_a_run_have_one_unit(random_set: Callable[..., Path]) -> None:
    """Tokens where every query has them; where one lacks them nobody is told any, and characters count for all."""
    outcomes = load_outcomes(random_set())
    some = replace(outcomes, tokens_in=np.where(np.arange(len(outcomes)) == 7, np.nan, outcomes.tokens_in))
    seen = [{query.input_tokens for query in _watched(data, Plan())[0].seen} for data in (outcomes, some)]
    assert seen == [set(range(10, 130)), {None}]


def test_with_a_holdout_the_rest_is_learnt_first_and_alone_makes_the_prices(random_set: Callable[..., Path]) -> None:
    """The reported half comes last, and the price list is the mean cost of the other half."""
    folder = random_set()
    witness, trial = _witnessed(folder, Plan(holdout=0.5))
    outcomes = load_outcomes(folder)
    learnt, reported = (np.array([query.index for query in part]) for part in (witness.seen[:60], witness.seen[60:]))
    assert set(learnt) | set(reported) == set(range(120))
    np.testing.assert_allclose(witness.setup.listed_usd, outcomes.cost_usd[learnt].mean(axis=0))
    assert trial.mean_score == pytest.approx(outcomes.score[reported, 1].mean())


def test_a_seed_fixes_the_order_and_another_seed_changes_it(random_set: Callable[..., Path]) -> None:
    """All contenders of a seed see the same queries in the same order."""
    folder = random_set()
    orders = [[query.index for query in _witnessed(folder, Plan(), seed)[0].seen] for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]


def test_spend_is_also_set_against_what_always_the_cheapest_costs(random_set: Callable[..., Path]) -> None:
    """A budget below the cheapest model cannot be kept by anyone, so the cap is what the cheapest costs."""
    folder = random_set()
    outcomes = load_outcomes(folder)
    trial = run_trial(outcomes, Plan().split(120, 0), policy("best_single"), 1e-6, 0)
    assert trial.spend_ratio > 50
    assert trial.capped_ratio == pytest.approx(1.0)


def test_default_budgets_go_from_the_cheapest_to_the_dearest_model(random_set: Callable[..., Path]) -> None:
    """Seven of them, with equal ratios between neighbours."""
    outcomes = load_outcomes(random_set())
    budgets = default_budgets(outcomes, Plan())
    means = outcomes.cost_usd.mean(axis=0)
    assert (len(budgets), budgets[0], budgets[-1]) == (7, pytest.approx(means[0]), pytest.approx(means[2]))
    ratios = np.array(budgets[1:]) / np.array(budgets[:-1])
    assert ratios == pytest.approx([ratios[0]] * 6)


def test_a_free_model_takes_part(write_set: Callable[..., Path]) -> None:
    """What costs nothing has a price list and budgets like any other, and is chosen where it is good."""
    rng = np.random.default_rng(0)
    score = np.column_stack([rng.uniform(0.6, 0.8, 200), rng.uniform(0.1, 0.3, 200)])
    folder = write_set(score, np.column_stack([np.zeros(200), np.full(200, 0.01)]))
    measured = run_experiment(Experiment(folder, (Entry("hierarchical_ts"),), seeds=1), workers=1)
    assert all(trial.mean_score > 0.6 for trial in measured.trials)


def test_clusters_are_fitted_on_the_learning_rows_only(random_set: Callable[..., Path]) -> None:
    """Other reported queries leave the clusters of the learning queries as they are."""
    outcomes = load_outcomes(random_set())
    learn = np.arange(60)
    features = outcomes.features
    assert features is not None
    moved = features.vectors.copy()
    moved[60:] += 100
    other = replace(outcomes, features=replace(features, vectors=moved))
    first, second = (with_kinds(data, "clusters", learn, np.random.default_rng(0)) for data in (outcomes, other))
    assert first.kinds[:60] == second.kinds[:60]
    assert len(set(first.kinds)) > 4
    assert set(with_kinds(outcomes, "none", learn, np.random.default_rng(0)).kinds) == {"any"}


def test_any_number_of_workers_gives_the_same_figures(random_set: Callable[..., Path]) -> None:
    """Two processes and one agree on everything but the time it took."""
    experiment = Experiment(random_set(), OURS, seeds=2, holdout=0.5, kinds="clusters")
    alone, together = (run_experiment(experiment, workers) for workers in (1, 2))

    def timeless(trial: Trial) -> Trial:
        return replace(trial, route_us=0.0, learn_us=0.0)

    assert [timeless(trial) for trial in alone.trials] == [timeless(trial) for trial in together.trials]
    assert [reference.oracle for reference in alone.references] == [item.oracle for item in together.references]


def test_the_json_has_the_documented_keys(random_set: Callable[..., Path], tmp_path: Path) -> None:
    """The command writes rows, summary and references as the reference page says, learnt here and reported there."""
    learn, report, file = random_set(), random_set(80, name="test", seed=6), tmp_path / "figures.json"
    arguments = ["bench", "routing", "--data", str(learn), "--test-data", str(report), "--policy", "random"]
    result = CliRunner().invoke(app, [*arguments, "--seeds", "2", "--workers", "1", "--json", str(file)])
    assert result.exit_code == 0, result.output
    figures = json.loads(file.read_text())
    assert set(figures) == {"rows", "summary", "references", "protocol", "details"}
    assert [set(row) for row in figures["rows"]] == 7 * [
        {"policy", "budget_usd", "mean_score", "spend_ratio", "shares", "seeds"}
    ]
    assert [set(line) for line in figures["summary"]] == [{"policy", "aiq", "mean_over_budgets", "regret"}]
    assert set(figures["references"]) == {"best_single", "zero_router", "oracle", "knn_offline"}
    assert sum(figures["rows"][0]["shares"].values()) == pytest.approx(1.0)
    assert figures["rows"][0]["seeds"] == 2


def test_beside_peers_the_default_policy_takes_part() -> None:
    """Where no policy is named; what is named is run as it is, and with nobody named all of ours are."""
    ours, theirs = Entry("hierarchical_ts"), Entry("litellm", "peer")
    assert entries([], ["litellm"]) == (ours, theirs)
    assert entries(["random"], ["litellm"]) == (Entry("random"), theirs)
    assert entries([], []) == tuple(Entry(name) for name in POLICY_NAMES)


def test_an_option_takes_several_values(random_set: Callable[..., Path], tmp_path: Path) -> None:
    """`--policy a b` is `--policy a --policy b`, and what follows is the next option's."""
    file = tmp_path / "figures.json"
    arguments = ["bench", "routing", "--data", str(random_set()), "--policy", "random", "best_single", "--seeds", "1"]
    arguments += ["--models", "model-2", "model-0", "--budget", "1e-4", "1e-3", "--workers", "1", "--json", str(file)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(file.read_text())
    assert [line["policy"] for line in figures["summary"]] == ["random", "best_single"]
    assert figures["protocol"]["models"] == ["model-2", "model-0"]
    assert figures["protocol"]["budgets_usd"] == [1e-4, 1e-3]


def test_regret_is_what_the_oracle_has_more(random_set: Callable[..., Path]) -> None:
    """Mean over budgets, against the same seed's oracle at the same budgets."""
    measured = run_experiment(Experiment(random_set(), OURS[:1], seeds=1), workers=1)
    figures = as_json(measured)
    [line] = figures["summary"]  # type: ignore[misc]
    scores = [trial.mean_score for trial in measured.trials]
    assert line["mean_over_budgets"] == pytest.approx(np.mean(scores))
    assert line["regret"] == pytest.approx(np.mean(measured.references[0].oracle.score) - np.mean(scores))


def test_a_reader_is_told_what_was_dropped_and_where_prices_come_from(write_set: Callable[..., Path]) -> None:
    """Nothing is left out in silence."""
    score = np.full((30, 2), 0.5)
    score[0, 0] = np.nan
    measured = run_experiment(Experiment(write_set(score, np.ones((30, 2))), OURS[:1], seeds=1), workers=1)
    said = " ".join(notes(measured.world, measured.experiment))
    assert "1 queries dropped" in said
    assert "no features.npz" in said
    assert "prices are means of the set itself" in said


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"entries": ()}, "at least one --policy"),
        ({"holdout": 1.0}, "not between 0 and 1"),
        ({"budgets": (-1.0,)}, "positive number"),
        ({"budgets": (float("nan"),)}, "positive number"),
        ({"entries": (Entry("bogus"),)}, "no policy 'bogus'"),
        ({"entries": (Entry("bogus", "peer"),)}, "no peer 'bogus'"),
        ({"holdout": 0.5, "test_data": Path("elsewhere")}, "give one of them"),
        ({"budgets": (1.0, 2.0, 1.0)}, "a --budget is given twice"),
        ({"entries": (Entry("random"), Entry("random"))}, "a contender is given twice"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_runs(change: dict[str, object], complaint: str) -> None:
    """Each in one sentence; the data is not even looked for."""
    experiment = replace(Experiment(Path("nowhere"), OURS, seeds=1), **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match=complaint):
        run_experiment(experiment, workers=1)


def test_a_holdout_that_leaves_too_little_to_learn_on_is_refused(random_set: Callable[..., Path]) -> None:
    """Neighbours and price lists would be made of nothing."""
    folder = random_set(120)
    for holdout, left in ((0.999, 0), (0.9, 12)):
        with pytest.raises(InvalidRequest, match=f"{left} queries to learn on are too few"):
            run_experiment(Experiment(folder, OURS, seeds=1, holdout=holdout), workers=1)


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_that_is_not_installed_names_its_extra(name: str) -> None:
    """Peers are optional: without them the sentence says what to install."""
    try:
        peer(name)
    except InvalidRequest as error:
        assert "atomic-market[peers]" in str(error)  # noqa: PT017  both ends are right, by what is installed


def test_real_data_gives_the_known_references_and_a_floor() -> None:
    """The zero-router's area is the one known of this set with its test half, and nobody passes the oracle."""
    entries = (*OURS, Entry("hierarchical_ts"))
    experiment = Experiment(shared_data("routing/paretobandit-val"), entries, seeds=1, budgets=(6.6e-4,))
    measured = run_experiment(experiment, workers=1)
    assert measured.world.outcomes.dropped == 19
    [reference] = measured.references
    assert reference.best_model == "google/gemini-2.5-pro"
    assert reference.zero_router.aiq == pytest.approx(0.928, abs=0.005)
    zero, offline, oracle = (
        curve.score[0] for curve in (reference.zero_router, reference.knn_offline, reference.oracle)
    )
    assert zero < offline < oracle
    assert all(trial.mean_score < oracle for trial in measured.trials)
    scores = {trial.contender: trial.mean_score for trial in measured.trials}
    assert scores["hierarchical_ts"] > max(scores["random"], scores["best_single"], zero - 0.01)
