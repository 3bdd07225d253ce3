"""The posterior of every seat × kind: the same as a Gaussian computed the long way, whatever the order of events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.learning.beliefs import GLOBAL_MEAN, GLOBAL_SD, PUBLISHED_OUTCOMES, Beliefs, Spreads
from bidding.domain.learning.state import BeliefState

Outcome = tuple[int, int, float, float]
"""Seat, kind, reward, weight."""

SEATS, KINDS = 3, 2
outcomes = st.lists(
    st.tuples(st.integers(0, SEATS - 1), st.integers(0, KINDS - 1), st.floats(0, 1), st.floats(0.05, 1)), max_size=25
)
moderate = settings(max_examples=60, deadline=None)


class Fixed(Beliefs):
    """Spreads and noise are given and never estimated, so that the posterior has one exact value."""

    def _estimate_noise(self) -> None:
        pass

    def _estimate_spreads(self) -> None:
        pass


def grown(
    kind: type[Beliefs] = Beliefs, seats: int = SEATS, kinds: int = KINDS, spreads: Spreads | None = None
) -> Beliefs:
    beliefs = kind()
    if spreads:
        beliefs.spreads = spreads
    for _ in range(seats):
        beliefs.add_seat()
    for _ in range(kinds):
        beliefs.add_kind()
    return beliefs


def taught(beliefs: Beliefs, told: Sequence[Outcome]) -> Beliefs:
    for outcome in told:
        beliefs.learn(*outcome)
    return beliefs


def dense(
    spreads: Spreads, told: Sequence[Outcome], published: Sequence[float | None]
) -> dict[tuple[int, int], tuple[float, float]]:
    """Mean and deviation of every cell's mean reward, by conditioning one joint Gaussian over all the terms."""
    size = 1 + SEATS + KINDS + SEATS * KINDS

    def row(seat: int, kind: int | None) -> np.ndarray:
        x = np.zeros(size)
        x[0] = x[1 + seat] = 1.0
        if kind is not None:
            x[1 + SEATS + kind] = x[1 + SEATS + KINDS + seat * KINDS + kind] = 1.0
        return x

    variances = [GLOBAL_SD**2] + SEATS * [spreads.seat] + KINDS * [spreads.kind] + SEATS * KINDS * [spreads.cell]
    precision, moment = np.diag(1 / np.array(variances)), np.zeros(size)
    moment[0] = GLOBAL_MEAN / GLOBAL_SD**2
    seen = [(row(seat, kind), reward, weight) for seat, kind, reward, weight in told]
    seen += [(row(seat, None), score, PUBLISHED_OUTCOMES) for seat, score in enumerate(published) if score is not None]
    for x, reward, weight in seen:
        precision += weight / spreads.noise * np.outer(x, x)
        moment += weight / spreads.noise * reward * x
    covariance = np.linalg.inv(precision)
    mean = covariance @ moment
    cells = {(seat, kind): row(seat, kind) for seat in range(SEATS) for kind in range(KINDS)}
    return {cell: (float(x @ mean), float(np.sqrt(x @ covariance @ x))) for cell, x in cells.items()}


spread_sizes = st.builds(Spreads, *(st.floats(0.001, 0.2) for _ in range(4)))


@moderate
@given(outcomes, spread_sizes, st.lists(st.none() | st.floats(0, 1), min_size=SEATS, max_size=SEATS))
def test_the_posterior_is_that_of_the_joint_gaussian(
    told: list[Outcome], spreads: Spreads, published: list[float | None]
) -> None:
    """Integrating the cells out and updating by rank one gives what conditioning everything at once gives."""
    beliefs = Fixed()
    beliefs.spreads = spreads
    for score in published:
        beliefs.add_seat(score)
    for _ in range(KINDS):
        beliefs.add_kind()
    taught(beliefs, told)
    expected = dense(spreads, told, published)
    for kind in range(KINDS):
        mean, sd = beliefs.posterior(kind)
        drawn, _ = beliefs.quality(kind)
        for seat in range(SEATS):
            assert mean[seat] == pytest.approx(expected[seat, kind][0], abs=1e-7)
            assert sd[seat] == pytest.approx(expected[seat, kind][1], abs=1e-7)
            assert drawn[seat] == mean[seat]
            assert beliefs.predicted(seat, kind) == pytest.approx(mean[seat], abs=1e-9)


@moderate
@given(outcomes)
def test_what_was_updated_step_by_step_equals_what_is_rebuilt(told: list[Outcome]) -> None:
    """With the spreads as they are, the statistics alone lead to the same posterior."""
    beliefs = taught(grown(Fixed), told)
    stepwise = [beliefs.posterior(kind) for kind in range(KINDS)]
    beliefs.refresh()
    for kind, (mean, sd) in enumerate(stepwise):
        rebuilt_mean, rebuilt_sd = beliefs.posterior(kind)
        np.testing.assert_allclose(mean, rebuilt_mean, atol=1e-9)
        np.testing.assert_allclose(sd, rebuilt_sd, atol=1e-9)


@moderate
@given(outcomes, st.tuples(st.integers(0, SEATS - 1), st.integers(0, KINDS - 1), st.floats(0, 1), st.floats(0.05, 1)))
def test_taking_an_outcome_back_restores_what_was_believed(told: list[Outcome], extra: Outcome) -> None:
    """As if it had never been, up to the rounding of sums."""
    beliefs = taught(grown(Fixed), told)
    before = [beliefs.posterior(kind) for kind in range(KINDS)]
    seat, kind, reward, weight = extra
    beliefs.learn(seat, kind, reward, weight)
    beliefs.learn(seat, kind, reward, -weight)
    for column, (mean, sd) in enumerate(before):
        after_mean, after_sd = beliefs.posterior(column)
        np.testing.assert_allclose(after_mean, mean, atol=1e-6)
        np.testing.assert_allclose(after_sd, sd, atol=1e-6)


@moderate
@given(st.lists(st.sampled_from((0.0, 0.5, 1.0)), min_size=5, max_size=40), st.floats(0, 1), st.integers(1, 8))
def test_taking_back_from_a_faded_record_leaves_sums_that_rewards_can_have(
    rewards: list[float], kept: float, taken: int
) -> None:
    """Total within weight, squares within total, and means in sight of the rewards."""
    beliefs = taught(grown(), [(0, 0, reward, 1.0) for reward in rewards])
    beliefs.scale(np.full(SEATS, kept))
    beliefs.refresh()
    for reward in sorted(rewards)[-taken:]:
        beliefs.learn(0, 0, reward, -1.0)
    assert (beliefs.weight >= 0).all()
    assert (beliefs.total >= 0).all()
    assert (beliefs.total <= beliefs.weight + 1e-12).all()
    assert (beliefs.squares <= beliefs.total + 1e-12).all()
    for kind in range(KINDS):
        mean, sd = beliefs.posterior(kind)
        assert np.isfinite(mean).all()
        assert (sd > 0).all()


@moderate
@given(outcomes)
def test_seats_and_kinds_may_come_at_any_moment(told: list[Outcome]) -> None:
    """Whether rows and columns are there from the start or come with their first outcome, the posterior is one."""
    early, late = taught(grown(Fixed), told), Fixed()
    for seat, kind, reward, weight in told:
        while late.seats <= seat:
            late.add_seat()
        while late.kinds <= kind:
            late.add_kind()
        late.learn(seat, kind, reward, weight)
    while late.seats < SEATS:
        late.add_seat()
    while late.kinds < KINDS:
        late.add_kind()
    for kind in range(KINDS):
        for one, other in zip(early.posterior(kind), late.posterior(kind), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-9)


def test_growth_beyond_the_room_keeps_what_is_believed() -> None:
    """A fifth and a fortieth seat or kind leave the others as they were."""
    beliefs = taught(grown(Fixed), [(0, 0, 0.9, 1.0), (1, 1, 0.2, 1.0)] * 5)
    mean, sd = beliefs.posterior(0)
    for _ in range(37):
        beliefs.add_seat()
        beliefs.add_kind()
    assert (beliefs.seats, beliefs.kinds) == (SEATS + 37, KINDS + 37)
    grown_mean, grown_sd = beliefs.posterior(0)
    np.testing.assert_allclose(grown_mean[:SEATS], mean, atol=1e-9)
    np.testing.assert_allclose(grown_sd[:SEATS], sd, atol=1e-9)
    beliefs.learn(39, 38, 0.7)
    assert beliefs.weight[39, 38] == 1.0


@moderate
@given(
    st.lists(
        st.tuples(
            st.integers(0, SEATS - 1),
            st.integers(0, KINDS - 1),
            st.floats(0, 1),
            st.sampled_from([1e-12, 1e-6, 1, 1e6]),
        ),
        max_size=40,
    )
)
def test_variances_are_never_negative_at_extreme_weights(told: list[Outcome]) -> None:
    """Judges of next to no weight and of a million's: everything stays finite."""
    beliefs = taught(grown(), told)
    for kind in range(KINDS):
        for mean, sd in (beliefs.quality(kind), beliefs.posterior(kind)):
            assert np.isfinite(mean).all()
            assert np.isfinite(sd).all()
            assert (sd >= 0).all()


@moderate
@given(outcomes)
def test_a_state_leads_to_the_same_bits(told: list[Outcome]) -> None:
    """Out and in again, once or twice: the record and the posterior are identical."""
    state = taught(grown(), told).state()
    once = Beliefs.of(state, [None] * SEATS)
    twice = Beliefs.of(once.state(), [None] * SEATS)
    assert once.state() == twice.state() == state
    for kind in range(KINDS):
        for one, other in zip(once.posterior(kind), twice.posterior(kind), strict=True):
            assert one.tobytes() == other.tobytes()


def test_an_empty_state_is_no_record() -> None:
    """Nothing learnt, nothing believed, and room for the first seat."""
    beliefs = Beliefs.of(BeliefState(), [])
    assert (beliefs.seats, beliefs.kinds) == (0, 0)
    assert beliefs.state() == BeliefState()
    beliefs.add_kind()
    assert len(beliefs.quality(0)[0]) == 0
    beliefs.add_seat()
    assert beliefs.quality(0)[0] == pytest.approx([GLOBAL_MEAN])


def test_a_hard_kind_says_nothing_against_who_tried_it() -> None:
    """Of two seats equally good, the one that was only ever given the hard kind is believed no worse in the end."""
    beliefs = grown(seats=3, kinds=2)
    for _ in range(60):  # the third seat tells that kind 1 is hard
        beliefs.learn(2, 0, 0.9)
        beliefs.learn(2, 1, 0.3)
        beliefs.learn(0, 0, 0.9)
        beliefs.learn(1, 1, 0.3)
    mean, sd = beliefs.posterior(0)
    assert abs(mean[1] - mean[0]) < sd[1]
    assert mean[1] > 0.6, "it never earned more than 0.3"


def test_a_published_score_counts_for_some_outcomes_and_no_more() -> None:
    """It lifts an untried seat towards the score; a record outweighs it."""
    beliefs = Beliefs()
    beliefs.add_kind()
    for score in (0.95, None, 0.05):
        beliefs.add_seat(score)
    mean, _ = beliefs.posterior(0)
    assert mean[2] < mean[1] < mean[0] < 0.95
    for _ in range(200):
        beliefs.learn(0, 0, 0.1)
        beliefs.learn(2, 0, 0.9)
    mean, _ = beliefs.posterior(0)
    assert mean[0] < mean[2]


def test_noise_is_estimated_from_the_scatter_within_cells() -> None:
    """Rewards that scatter widely leave more noise than rewards that agree, and approach the true variance."""
    steady, wild = grown(), grown()
    for turn in range(400):
        steady.learn(0, 0, 0.5)
        wild.learn(0, 0, float(turn % 2))
    assert steady.spreads.noise < 0.01
    assert wild.spreads.noise == pytest.approx(0.25, rel=0.05)
