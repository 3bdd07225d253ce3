"""The simulation of queues, against what theory says, and the deployment's limits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from stacks.local.bench.scale.market import capacities, deployed, raised, run_at
from stacks.local.bench.scale.queueing import Step, simulate
from stacks.local.bench.scale.walls import capacities_table, walls, walls_table
from stacks.local.cli import app

DOC = Path(__file__).parents[4] / "docs/concepts/scale.md"
_WORK: list[Step] = [("take", "desk"), ("work", 0.8), ("give", "desk")]


def test_a_queue_waits_as_long_as_theory_says() -> None:
    """Poisson arrivals at one desk that works a fixed time wait ρ/(2(1-ρ)) service times on average (M/D/1)."""
    arrivals = np.cumsum(np.random.default_rng(7).exponential(1.0, 60_000)).tolist()

    run = simulate(arrivals, _WORK, {"desk": 1}, until=arrivals[-1] + 1_000)

    expected = 0.8 / (2 * (1 - 0.8)) * 0.8
    assert np.mean(run.resources["desk"].waits) == pytest.approx(expected, rel=0.06)
    assert run.unfinished == 0


def test_places_are_kept_while_waiting_for_others() -> None:
    """Who holds a place and waits for another keeps the first: two at the inner desk fill the outer room."""
    steps: list[Step] = [("take", "room"), *_WORK, ("give", "room")]

    run = simulate([0.0, 0.0, 0.0], steps, {"room": 2, "desk": 1}, until=10.0)

    assert sorted(run.sojourns) == pytest.approx([0.8, 1.6, 2.4])
    assert run.resources["room"].waits == pytest.approx([0.0, 0.0, 0.8])
    assert run.resources["room"].busy_seconds == pytest.approx(0.8 + 1.6 + 1.6)


def test_what_is_not_through_is_counted() -> None:
    """A run that ends early says how many were still waiting."""
    run = simulate([0.0, 0.0, 0.0], _WORK, {"desk": 1}, until=1.0)

    assert (len(run.sojourns), run.unfinished) == (1, 2)


def test_the_first_station_to_be_full_is_named() -> None:
    """Beyond the least capacity a station breaks; where its setting is moved, another is the least."""
    deployment = deployed()
    first = min(capacities(deployment), key=lambda name: capacities(deployment)[name])
    rate = 1.5 * capacities(deployment)[first]

    assert run_at(rate, deployment).breaks_first == first
    assert run_at(0.5 * capacities(deployment)[first], deployment).breaks_first is None
    assert capacities(raised(deployment, first, rate))[first] >= 1.3 * rate


def test_a_function_has_no_more_places_than_it_reserves() -> None:
    """Calls of a model are as many as ExecuteLot reserves: with ten places and a second each, ten a second."""
    deployment = replace(deployed(), model_requests_per_minute=1_000_000, model_concurrency=10)

    assert capacities(deployment)["ExecuteLot"] == pytest.approx(10 / 1.04, rel=0.03)
    assert run_at(20.0, deployment).breaks_first == "ExecuteLot"
    wider = replace(deployment, model_concurrency=100)
    assert run_at(20.0, wider).breaks_first is None
    assert run_at(20.0, wider).latency_ms_p50 < run_at(20.0, deployment).latency_ms_p50


def test_every_wall_is_moved_before_the_next_is_met() -> None:
    """At a rate beyond some stations each is met once, the nearest first, until nothing breaks."""
    met = [wall.breaks for wall in walls(200.0, deployed("dev"))]

    assert met == ["ExecuteLot", "model provider", "database", None]


@pytest.mark.parametrize("rate", [10.0, 1_000.0, 10_000.0])
def test_the_page_says_what_the_simulation_finds(rate: float) -> None:
    """docs/concepts/scale.md has the tables that `atomic bench scale --markdown` prints, and words for ten a second."""
    page = DOC.read_text()
    met = walls(rate, deployed())

    assert capacities_table() in page
    if rate == 10.0:
        assert len(met) == 1
        assert f"Nothing breaks: {met[0].run.latency_ms_p50 / 1_000:.1f} s per lot" in page
    else:
        assert walls_table(met) in page


def test_the_command_tells_settings_and_writes_figures(tmp_path: Path) -> None:
    """`atomic bench scale` names what carries a rate by its settings, and takes this machine's own measurement."""
    (tmp_path / "measured.json").write_text(json.dumps({"ledger_cpu_ms_per_lot": 40}))
    arguments = ["--rates", "40", "--measured", str(tmp_path / "measured.json"), "--json", str(tmp_path / "told.json")]

    ran = CliRunner().invoke(app, ["bench", "scale", *arguments])

    assert ran.exit_code == 0, ran.output
    assert "model_concurrency 300" in ran.output
    assert "Deployment(" not in ran.output
    told = json.loads((tmp_path / "told.json").read_text())
    assert [each["breaks_first"] for each in told] == ["model provider", None]
    assert {each["deployment"]["database_ms_per_lot"] for each in told} == {40.0}


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--rates", "x"], "--rates: 'x'"),
        (["--rates", "10,0"], "above 0"),
        (["--rates", "nan"], "above 0"),
        (["--measured", "{folder}/none.json"], "--measured"),
        (["--measured", "{folder}/text.json"], "--measured"),
        (["--measured", "{folder}/list.json"], "--measured"),
        (["--measured", "{folder}/nothing.json"], "--measured"),
    ],
)
def test_what_the_command_cannot_take_is_named(arguments: list[str], wrong: str, tmp_path: Path) -> None:
    """A rate or a measurement that is none ends in a sentence about the parameter, not in a traceback."""
    (tmp_path / "text.json").write_text("no JSON")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "nothing.json").write_text('{"ledger_cpu_ms_per_lot": 0}')

    ran = CliRunner().invoke(app, ["bench", "scale", *(each.format(folder=tmp_path) for each in arguments)])

    assert ran.exit_code == 2
    assert wrong in ran.output
    assert "Traceback" not in ran.output
