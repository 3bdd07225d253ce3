"""Logged chances against slow references: a fine grid, and a million plain draws."""

import math
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain import propensity
from bidding.domain.auction import CERTAIN_SD, Offers, pick
from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.pace import Pace
from bidding.domain.propensity import Floats, win_probabilities

_erfc = np.frompyfunc(math.erfc, 1, 1)

spreads = st.one_of(
    st.just(0.0),
    st.floats(0.01, 1.0),
    st.floats(-6, 0).map(lambda exponent: 10.0**exponent),
)
scores = st.lists(st.tuples(st.sampled_from([0.0, 0.3, 1.0]) | st.floats(-2, 2), spreads), min_size=1, max_size=6)


def _slowly(means: Floats, sds: Floats) -> Floats:
    """Chances by a grid that follows every distribution, 600 steps each; equal certain scores go to the first."""
    certain = [index for index, sd in enumerate(sds) if sd == 0]
    best = max(certain, key=lambda index: (means[index], -index), default=None)
    low = means[best] if best is not None else -np.inf
    uncertain = [index for index, sd in enumerate(sds) if sd > 0]
    steps = np.linspace(-8, 8, 601)
    grid = np.unique(np.append([means[index] + sds[index] * steps for index in uncertain], means))
    grid = grid[grid >= low]
    below = {index: _cdf((grid - means[index]) / sds[index]) for index in uncertain}
    chances = np.zeros(len(means))
    for index in uncertain:
        others = np.prod([below[other] for other in uncertain if other != index], axis=0) * np.ones_like(grid)
        chances[index] = np.sum(np.diff(below[index]) * (others[1:] + others[:-1]) / 2)
    if best is not None:
        chances[best] = math.prod(below[index][0] for index in uncertain)
    return chances


def _cdf(z: Floats) -> Floats:
    return (0.5 * _erfc(-z / math.sqrt(2))).astype(np.float64)


@settings(max_examples=150, deadline=None)
@given(scores)
def test_chances_are_exact_whatever_the_spreads(bids: list[tuple[float, float]]) -> None:
    """Certain, narrow and wide scores, up to a million times apart: every chance is right to one in ten thousand."""
    means, sds = np.array([mean for mean, _ in bids]), np.array([sd for _, sd in bids])
    chances = win_probabilities(means, sds, np.zeros(len(bids)))
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert np.abs(chances - _slowly(means, sds)).max() < 1e-4


@pytest.mark.parametrize("number", [2, 12, 50, 200])
def test_like_bids_have_like_chances(number: int) -> None:
    """However many bids are alike, each wins with one over their number."""
    chances = win_probabilities(np.full(number, 0.7), np.full(number, 0.2), np.zeros(number))
    assert chances == pytest.approx(np.full(number, 1 / number), abs=1e-6)


@pytest.mark.parametrize("number", [3, 12, 16, 50])
def test_nearly_like_bids_are_exact(number: int) -> None:
    """Bids a fraction of their spread apart, whose errors do not cancel, agree with the fine grid."""
    generator = np.random.default_rng(number)
    for _ in range(3):
        means, sds = generator.normal(0, 0.02, number), 10 ** generator.uniform(-1.1, -1, number)
        chances = win_probabilities(means, sds, np.zeros(number))
        assert np.abs(chances - _slowly(means, sds)).max() < 1e-4


def test_one_bid_among_many_is_exact() -> None:
    """Two hundred bids of every spread still agree with the fine grid."""
    generator = np.random.default_rng(5)
    means, sds = generator.normal(0, 0.3, 200), 10 ** generator.uniform(-3, 0, 200)
    chances = win_probabilities(means, sds, np.zeros(200))
    assert np.abs(chances - _slowly(means, sds)).max() < 1e-4


def test_kept_arrays_are_few_and_nobody_shares_them() -> None:
    """Markets of many sizes, reckoned by four threads at once, have the chances one thread finds; little is kept."""
    generator = np.random.default_rng(6)
    markets = [
        (generator.normal(0, 1, number), 10 ** generator.uniform(-widest, 0, number))
        for number in range(2, 60)
        for widest in (0.1, 1, 2, 3)
    ]

    def reckoned(market: tuple[Floats, Floats]) -> bytes:
        means, sds = market
        return win_probabilities(means, sds, np.zeros(len(means))).tobytes()

    patience = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads take turns in the middle of a market
    try:
        with ThreadPoolExecutor(4) as threads:
            at_once = list(threads.map(reckoned, 5 * markets))
    finally:
        sys.setswitchinterval(patience)
    assert at_once == 5 * [reckoned(market) for market in markets]
    kept = propensity._WORKSPACES.values()
    assert len(kept) <= propensity.WORKSPACES_MAX + 4
    assert max(workspace.cells.size for workspace in kept) <= propensity.WORKSPACE_CELLS_MAX


def _offers(rows: Sequence[tuple[float, float, float]]) -> Offers:
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Offers(table[:, 0], table[:, 1], table[:, 2], np.zeros(len(rows)))


rows = st.tuples(
    st.sampled_from([0.4, 0.5]) | st.floats(0, 1), st.sampled_from([0.0, 0.1]) | st.floats(0, 0.5), st.floats(0, 600)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(rows, min_size=1, max_size=6), st.floats(0, 1), st.sampled_from([0.0, 0.1, 1.0]))
def test_chances_are_the_frequency_of_winning(
    offered: list[tuple[float, float, float]], high_share: float, uniform_share: float
) -> None:
    """Over λ, uniform picks and draws, each offer wins a million plain auctions as often as was logged."""
    auctions, offers = 1_000_000, _offers(offered)
    logged = pick(offers, 1_000, Pace(0.2, 1.5, high_share), np.random.default_rng(3), uniform_share).propensities
    generator = np.random.default_rng(4)
    number = len(offered)
    highest, first = np.full(auctions, -np.inf), np.full(auctions, -1)
    multiplier = np.where(generator.random(auctions) < high_share, 1.5, 0.2)
    for row in sorted(range(number), key=lambda row: (offers.price_micros[row], row)):
        sd = offers.quality_sd[row]
        draws = generator.normal(offers.quality_mean[row], 0.0 if sd < CERTAIN_SD else sd, auctions)
        score = 1_000 * draws - (1 + multiplier) * offers.price_micros[row]
        first = np.where(score > highest, row, first)
        highest = np.maximum(highest, score)
    explored = generator.random(auctions) < uniform_share
    first = np.where(explored, generator.integers(number, size=auctions), first)
    wins = np.bincount(first, minlength=number) / auctions
    assert (np.abs(wins - logged) < 1e-4 + 5 * np.sqrt(logged * (1 - logged) / auctions)).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(rows, min_size=1, max_size=8), st.floats(0, 3), st.floats(0, 1e-3), st.floats(0.01, 0.99))
def test_chances_are_the_mix_of_those_at_both_multipliers(
    offered: list[tuple[float, float, float]], low: float, apart: float, share: float
) -> None:
    """However near the two λ lie to each other."""
    offers = _offers(offered)

    def chances(pace: Pace) -> Floats:
        return pick(offers, 1_000, pace, np.random.default_rng(3)).propensities

    mixed, (at_low, at_high) = chances(Pace(low, low + apart, share)), (chances(Pace(low)), chances(Pace(low + apart)))
    assert np.abs(mixed - at_low - share * (at_high - at_low)).max() < 2e-4  # each is right to 1e-4


@given(st.lists(rows, min_size=1, max_size=8), st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_a_pick_replays_from_its_seed(
    offered: list[tuple[float, float, float]], seed: int, high_share: float, uniform_share: float
) -> None:
    """The same generator state gives the same pick, and leaves the generator in the same state whatever happened."""
    offers, pace = _offers(offered), Pace(0.0, 2.0, high_share)
    first, again, other = (np.random.default_rng(seed) for _ in range(3))
    picked = pick(offers, 1_000, pace, first, uniform_share)
    repeated = pick(offers, 1_000, pace, again, uniform_share)
    assert (picked.winner, picked.multiplier, picked.explored) == (
        repeated.winner,
        repeated.multiplier,
        repeated.explored,
    )
    assert sorted(picked.order.tolist()) == list(range(len(offered)))
    assert picked.propensities[picked.winner] > 0
    pick(offers, 0, Pace(), other)
    assert first.random() == again.random() == other.random()


@pytest.mark.parametrize("field", [0, 1, 2])
def test_a_score_that_is_no_number_is_refused(field: int) -> None:
    """A quality, its spread or a price that is not a number never decides an auction."""
    broken = [0.5, 0.1, 100.0]
    broken[field] = math.nan
    with pytest.raises(InvalidRequest):
        pick(_offers([(0.5, 0.1, 90.0), (broken[0], broken[1], broken[2])]), 1_000, Pace(), np.random.default_rng(1))


def test_nothing_to_pick_from_is_no_award() -> None:
    """An auction without offers ends with that reason."""
    with pytest.raises(NoAward, match="no_bids"):
        pick(_offers([]), 1_000, Pace(), np.random.default_rng(1))
