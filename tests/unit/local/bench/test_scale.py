"""The simulation of queues, against what theory says, and the deployment's limits."""

from __future__ import annotations

import numpy as np
import pytest

from stacks.local.bench.scale.market import capacities, default_deployment, raised, run_at
from stacks.local.bench.scale.queueing import Step, simulate

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
    deployment = default_deployment()
    first = min(capacities(deployment), key=lambda name: capacities(deployment)[name])
    rate = 1.5 * capacities(deployment)[first]

    assert run_at(rate, deployment).breaks_first == first
    assert run_at(0.5 * capacities(deployment)[first], deployment).breaks_first is None
    assert capacities(raised(deployment, first, rate))[first] >= 1.3 * rate
