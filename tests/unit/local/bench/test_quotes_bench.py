"""The bench of quotes: covered as stated, better than the list, and silent on what the data does not tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stacks.local.bench.quotes import measure_quotes
from stacks.local.bench.routing.data import Outcomes

QUERIES, KINDS = 1_500, ("long", "short")


def made_up() -> Outcomes:
    """Two models; a long answer costs and takes four times a short one; one model fails a fifth of the long ones."""
    rng = np.random.default_rng(4)
    kinds = rng.choice(KINDS, QUERIES)
    size = np.where(kinds == "long", 4.0, 1.0)[:, None] * np.array([1.0, 3.0]) * rng.lognormal(0, 0.3, (QUERIES, 2))
    fails = rng.random((QUERIES, 2)) < np.where(kinds == "long", 0.2, 0.0)[:, None] * np.array([1.0, 0.0])
    return Outcomes(
        name="made up",
        models=("a", "b"),
        query_ids=tuple(map(str, range(QUERIES))),
        kinds=tuple(kinds.tolist()),
        prompts=("x" * 200,) * QUERIES,
        score=np.full((QUERIES, 2), 0.5),
        cost_usd=1e-4 * size,
        tokens_in=np.full(QUERIES, np.nan),
        tokens_out=np.round(100 * size),
        latency_ms=50 * size,
        valid=1.0 - fails,
        features=None,
        dropped=0,
    )


def test_quotes_cover_what_they_say_and_beat_the_list() -> None:
    """Price, output tokens and latency, all within two points of 95 % and twice as near as their mean."""
    report = measure_quotes(made_up(), seeds=2)
    assert [one.quantity for one in report.calibrations] == ["price", "output tokens", "latency"]
    for one in report.calibrations:
        assert one.calls > QUERIES
        assert one.covered == pytest.approx(0.95, abs=0.02)
        assert one.error < one.floor / 2


def test_chances_of_failing_come_true() -> None:
    """Of the group that is said to fail most, as many do; and the chances beat the mean share."""
    failures = measure_quotes(made_up(), seeds=2).failures
    assert failures is not None
    stated, observed = failures.groups[-1]
    assert observed > 0.1
    assert stated == pytest.approx(observed, abs=0.03)
    assert failures.brier < failures.floor


def test_what_the_data_does_not_tell_is_left_out() -> None:
    """Without latencies and valid outputs the report has neither, instead of a figure for nothing."""
    unknown = np.full((QUERIES, 2), np.nan)
    report = measure_quotes(replace(made_up(), latency_ms=unknown, valid=unknown), seeds=1)
    assert [one.quantity for one in report.calibrations] == ["price", "output tokens"]
    assert report.failures is None


@pytest.mark.filterwarnings("error")
def test_a_model_that_charges_nothing_is_left_out_of_its_prices() -> None:
    """The other's are covered as stated; where nobody charges or counts anything the table says so."""
    plain = made_up()
    price = measure_quotes(replace(plain, cost_usd=plain.cost_usd * np.array([0.0, 1.0])), seeds=1).calibrations[0]
    assert price.quantity == "price"
    assert price.calls < 0.6 * QUERIES
    nothing = np.zeros((QUERIES, 2))
    report = measure_quotes(replace(plain, cost_usd=nothing, tokens_out=nothing, latency_ms=nothing), seeds=1)
    assert report.calibrations == ()
    assert str(report.table().caption).startswith(("nothing to forecast", "failure"))
