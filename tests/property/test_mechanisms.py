"""Mechanisms: monotone allocations, winners paid at least their quote and at most the hold, nothing won by lying."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.auction import Offers, Pick, pick
from bidding.domain.bids import Bid
from bidding.domain.clearing import clear
from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.ids import SeatId
from bidding.domain.mechanisms.elimination import Elimination
from bidding.domain.mechanisms.names import Mechanism
from bidding.domain.mechanisms.payments import critical_price_micros
from bidding.domain.mechanisms.resampling import RESAMPLE_SHARE, resample, resampled_payment
from bidding.domain.pace import Pace
from tests.property.test_market_properties import bids
from tests.unit.domain.test_auction import LOT, REQUEST

CEILING, VALUE = 500.0, 1_000.0
MECHANISMS = st.sampled_from(["first_score", "second_score", "learning"])

sellers = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.4), st.floats(1, CEILING)), min_size=1, max_size=6)
paces = st.builds(Pace, low=st.floats(0, 1), high=st.floats(1, 3), high_share=st.floats(0, 1))


def _offers(table: list[tuple[float, float, float]]) -> Offers:
    quality_mean, quality_sd, price = np.array(table, dtype=np.float64).T
    return Offers(quality_mean, quality_sd, price, np.zeros(len(table)))


def _pick_at(offers: Offers, row: int, price: float, pace: Pace, seed: int, uniform_share: float = 0.0) -> Pick:
    prices = offers.price_micros.copy()
    prices[row] = price
    return pick(offers._replace(price_micros=prices), VALUE, pace, np.random.default_rng(seed), uniform_share)


@given(sellers, paces, st.integers(0, 2**32), st.sampled_from([0.0, 0.3]), st.floats(0, 2))
def test_the_critical_price_is_where_the_winner_starts_to_lose(
    table: list[tuple[float, float, float]], pace: Pace, seed: int, uniform_share: float, step: float
) -> None:
    """Under the same draws a winner keeps the lot at any price below its critical one, and loses it above."""
    offers = _offers(table)
    picked = pick(offers, VALUE, pace, np.random.default_rng(seed), uniform_share)
    won, quoted = picked.winner, float(offers.price_micros[picked.winner])
    critical = critical_price_micros(offers, picked, CEILING)
    assert quoted <= critical <= CEILING
    lower = quoted + (critical - quoted) * min(1, step) - 1e-6
    assert _pick_at(offers, won, lower, pace, seed, uniform_share).winner == won
    if critical < CEILING:
        assert _pick_at(offers, won, critical + 1e-6 + step, pace, seed, uniform_share).winner != won


@given(bids, st.integers(0, 2**32), MECHANISMS, paces, st.sampled_from([0.0, 0.2]))
def test_a_winner_is_paid_its_quote_or_more_and_never_more_than_is_held(
    offered: list[Bid], seed: int, mechanism: Mechanism, pace: Pace, uniform_share: float
) -> None:
    """Quote ≤ payment ≤ hold whatever is drawn, and first-score pays what the call costs."""
    try:
        request = replace(REQUEST, pace=pace, uniform_share=uniform_share)
        clearing = clear(request, offered, np.random.default_rng(seed), mechanism=mechanism)
    except NoAward:
        return
    assert clearing.hold_micros is not None
    assert clearing.winner.hold_micros <= clearing.hold_micros
    if mechanism == "first_score":
        assert clearing.payment_micros is None
    else:
        assert clearing.payment_micros is not None
        assert clearing.winner.price_micros <= clearing.payment_micros <= clearing.hold_micros


@given(bids, st.integers(0, 2**32), MECHANISMS, paces)
def test_what_a_loser_is_told_would_have_won(offered: list[Bid], seed: int, mechanism: Mechanism, pace: Pace) -> None:
    """At the price it was told, and the same draws, it wins; also where chance moved its quote."""
    request = replace(REQUEST, pace=pace)
    try:
        clearing = clear(request, offered, np.random.default_rng(seed), mechanism=mechanism)
    except NoAward:
        return
    told = {notice.seat_id: notice.price_to_win_micros for notice in clearing.notices if notice.price_to_win_micros}
    for bid in offered:
        if to_win := told.get(bid.seat_id):
            assert to_win <= bid.price_micros
            lower = [replace(other, price_micros=to_win) if other is bid else other for other in offered]
            again = clear(request, lower, np.random.default_rng(seed), mechanism=mechanism)
            scores = {notice.seat_id: notice.score for notice in again.notices}
            assert scores[bid.seat_id] >= scores[clearing.winner.seat_id] - 1e-6


@pytest.mark.filterwarnings("error")
def test_a_quote_at_the_ceiling_is_told_a_price_too() -> None:
    """Chance moves it nowhere, and would have moved less a lower one."""
    sellers, told_moved = {"a": (500, 0.75), "b": (200, 0.6)}, 0
    for seed in range(40):
        for present in ("a", "ab"):
            quoted = [
                Bid(SeatId(seat), price, 500, quality, 0.0, 0, 10, 5)
                for seat, (price, quality) in sellers.items()
                if seat in present
            ]
            clearing = clear(REQUEST, quoted, np.random.default_rng(seed), mechanism="learning")
            told = next(notice for notice in clearing.notices if notice.seat_id == "a")
            if told.reason == "won" or told.price_to_win_micros is None:
                continue
            lower = [replace(quoted[0], price_micros=told.price_to_win_micros), *quoted[1:]]
            again = clear(REQUEST, lower, np.random.default_rng(seed), mechanism="learning")
            scores = {notice.seat_id: notice.score for notice in again.notices}
            assert scores["a"] >= max(scores.values()) - 1e-6
            told_moved += bool(clearing.notices[0].price_term_micros >= 500)
    assert told_moved > 5


def test_no_seller_is_shut_out_by_the_quote_of_another() -> None:
    """A purse is a limit that the cheapest quote decides about: where the quote decides what is paid there is none."""
    with pytest.raises(InvalidRequest, match="purse"):
        clear(replace(REQUEST, purse_micros=5), [], np.random.default_rng(1), mechanism="second_score")
    with pytest.raises(InvalidRequest, match="first_score, second_score, learning"):
        clear(REQUEST, [], np.random.default_rng(1), mechanism="third_score")  # type: ignore[arg-type]


def test_a_lone_bidder_is_paid_the_ceiling_under_second_score() -> None:
    """Without a competitor the highest price that would have won is the ceiling."""
    alone = Bid(REQUEST.auction_id, 80, 90, 0.5, 0.1, 0, 10, 5)  # type: ignore[arg-type]
    clearing = clear(REQUEST, [alone], np.random.default_rng(1), mechanism="second_score")
    assert (clearing.payment_micros, clearing.hold_micros) == (LOT.price_ceiling_micros, LOT.price_ceiling_micros)


@given(st.lists(st.floats(0, CEILING), min_size=1, max_size=8), st.integers(0, 2**32), st.floats(0, 1))
def test_resampling_moves_up_within_the_ceiling_and_keeps_the_order(
    reported: list[float], seed: int, raised: float
) -> None:
    """A moved report lies between itself and the ceiling, and a higher report never moves below a lower one."""
    low = np.array(reported)
    first = resample(low, CEILING, np.random.default_rng(seed))
    second = resample(low + raised * (CEILING - low), CEILING, np.random.default_rng(seed))
    slack = 1e-9 * CEILING
    assert (first.used >= low - slack).all()
    assert (first.used <= CEILING + slack).all()
    assert (first.used[~first.moved] == low[~first.moved]).all()
    assert (second.used >= first.used - slack).all()
    assert (first.moved == second.moved).all()


def test_the_rebate_is_on_average_what_truth_requires() -> None:
    """For an allocation that wins up to a threshold, payments average b·Ã(b) + ∫ Ã, integrated numerically."""
    reported, threshold, auctions = 120.0, 300.0, 1_000_000

    def won(report: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
        reports = resample(np.full(auctions, report), CEILING, np.random.default_rng(seed))
        return reports.used <= threshold, reports.moved

    wins, moved = won(reported, 1)
    paid = wins * np.where(moved, resampled_payment(reported, True, CEILING), reported)
    grid = np.linspace(reported, CEILING, 201)
    shares = np.array([won(report, 2)[0].mean() for report in grid])
    integral = float(np.sum((shares[1:] + shares[:-1]) / 2 * np.diff(grid)))
    error = 5 * float(paid.std()) / math.sqrt(auctions) + 5 * (CEILING - reported) / math.sqrt(auctions)
    assert abs(float(paid.mean()) - (reported * float(wins.mean()) + integral)) < error


def _wins(prices: np.ndarray, rewards: np.ndarray, multiplier: float) -> np.ndarray:
    """Who won each lot; a seller's k-th turn always earns the same reward."""
    lots = len(rewards)
    market = Elimination(prices, VALUE, lots, multiplier)
    winners = np.empty(lots, dtype=int)
    for lot in range(lots):
        turn = market.choose()
        market.record(turn, float(rewards[lot, turn.seller]))
        winners[lot] = turn.seller
    return winners


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1_200)), min_size=2, max_size=5),
    st.integers(0, 2**32),
    st.integers(0, 4),
    st.floats(0, 1_000),
    st.sampled_from([0.0, 0.7]),
)
def test_a_higher_report_never_wins_a_lot_more_over_a_whole_horizon(
    table: list[tuple[float, float]], seed: int, row: int, raised: float, multiplier: float
) -> None:
    """Elimination is monotone lot by lot: whatever a seller wins at the higher report, it wins at the lower one."""
    row %= len(table)
    means, prices = np.array(table).T
    rewards = (np.random.default_rng(seed).random((300, len(table))) < means).astype(float)
    dearer = prices.copy()
    dearer[row] += raised
    lower, higher = _wins(prices, rewards, multiplier) == row, _wins(dearer, rewards, multiplier) == row
    assert not (higher & ~lower).any()


def test_elimination_ends_with_the_best_offer() -> None:
    """After a horizon with clear differences, the lots go to the highest value less price."""
    rewards = (np.random.default_rng(2).random((4_000, 3)) < [0.9, 0.5, 0.85]).astype(float)
    winners = _wins(np.array([400.0, 100.0, 100.0]), rewards, 0.0)
    assert set(winners[-500:]) == {2}


def test_a_share_of_reports_is_moved() -> None:
    """Reports are moved as often as stated."""
    moved = resample(np.zeros(100_000), CEILING, np.random.default_rng(3)).moved.mean()
    assert moved == pytest.approx(RESAMPLE_SHARE, abs=5 * math.sqrt(RESAMPLE_SHARE / 100_000))
