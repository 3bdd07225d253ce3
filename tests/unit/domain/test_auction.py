"""The auction: one winner, a reason for everybody else, exact chances."""

from dataclasses import replace

import numpy as np
import pytest

from bidding.domain.auction import seed
from bidding.domain.bids import Bid, BidRequest
from bidding.domain.clearing import clear
from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.ids import AuctionId, LotId, SeatId, TaskId, TenantId
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.pace import Pace
from bidding.domain.propensity import win_probabilities

LOT = Lot(
    lot_id=LotId("lot"),
    task_id=TaskId("task"),
    tenant=TenantId("t"),
    position=0,
    kind="classify",
    part="body",
    output=SchemaRef("classification.v1"),
    payload_key="k",
    data_class="internal",
    value_micros=1_000,
    price_ceiling_micros=500,
)
REQUEST = BidRequest(AuctionId("auction"), LOT, attempt=1, policy_version=3)


def bid(seat: str, price: int, quality: float, sd: float = 1e-9) -> Bid:
    return Bid(SeatId(seat), price, price, quality, sd, latency_ms=0, input_tokens=10, output_tokens=5)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_the_highest_score_wins_and_the_loser_learns_what_would_have_won() -> None:
    """Value times quality less price decides, and the loser is told by how much and what would have tied."""
    clearing = clear(REQUEST, [bid("dear", 300, 0.9), bid("cheap", 50, 0.7)], rng())
    told = {notice.seat_id: notice for notice in clearing.notices}
    assert clearing.winner.seat_id == "cheap"
    assert clearing.runners_up == ("dear",)
    assert told[SeatId("dear")].reason == "outscored"
    assert told[SeatId("dear")].margin_micros == pytest.approx(50, abs=0.01)
    assert told[SeatId("dear")].price_to_win_micros in {249, 250}
    assert told[SeatId("dear")].quality_to_win == pytest.approx(0.95, abs=1e-4)


def test_a_price_above_the_ceiling_is_refused_with_that_reason() -> None:
    """A bid that may come to more than the ceiling is not let in, and is told no distance to a winner it never met."""
    clearing = clear(REQUEST, [bid("dear", 501, 1.0), bid("poor", 400, 0.5)], rng())
    assert clearing.winner.seat_id == "poor"
    [dear] = [notice for notice in clearing.notices if notice.seat_id == "dear"]
    assert dear.reason == "above_price_ceiling"
    assert (dear.propensity, dear.margin_micros, dear.price_to_win_micros, dear.quality_to_win) == (0, None, None, None)


def test_ties_go_to_the_lower_price_and_then_to_the_first_name() -> None:
    """Equal scores are ordered by price, then by seat id, never by the order of arrival."""
    request = replace(REQUEST, lot=replace(LOT, value_micros=0))
    clearing = clear(request, [bid("b", 10, 0.5, 0.0), bid("a", 10, 0.5, 0.0), bid("c", 11, 0.5, 0.0)], rng())
    assert (clearing.winner.seat_id, clearing.runners_up) == ("a", ("b", "c"))


def test_an_auction_without_acceptable_bids_says_why() -> None:
    """No bids, all too dear and all too poor are different ends."""
    with pytest.raises(NoAward) as nobody:
        clear(REQUEST, [], rng())
    with pytest.raises(NoAward) as dear:
        clear(REQUEST, [bid("a", 501, 0.9)], rng())
    with pytest.raises(NoAward) as poor:
        clear(replace(REQUEST, lot=replace(LOT, quality_floor=0.8)), [bid("a", 5, 0.5)], rng())
    assert [nobody.value.reason, dear.value.reason, poor.value.reason] == [
        "no_bids",
        "all_above_ceiling",
        "below_quality_floor",
    ]


def test_the_same_auction_always_ends_the_same() -> None:
    """A seed follows from auction, round and policy version, and the order of bids does not matter."""
    bids = [bid(name, price, 0.5, 0.3) for name, price in (("a", 5), ("b", 9), ("c", 2))]
    first = clear(REQUEST, bids, np.random.default_rng(seed("auction", 1, 3)))
    again = clear(REQUEST, bids[::-1], np.random.default_rng(seed("auction", 1, 3)))
    assert first == again
    assert seed("auction", 1, 3) != seed("auction", 2, 3)


def test_logged_chances_match_the_frequency_of_wins() -> None:
    """The propensity of a seat is how often it would win if the draw were repeated."""
    bids = [bid("a", 100, 0.5, 0.2), bid("b", 200, 0.7, 0.1), bid("c", 50, 0.3, 0.4)]
    chances = {n.seat_id: n.propensity for n in clear(REQUEST, bids, rng()).notices}
    generator = np.random.default_rng(1)
    wins = [clear(REQUEST, bids, generator).winner.seat_id for _ in range(4_000)]
    for seat, chance in chances.items():
        assert wins.count(seat) / len(wins) == pytest.approx(chance, abs=0.03)


def test_chances_of_very_different_spreads_are_exact() -> None:
    """Against a certain score, a Gaussian wins with the probability of its tail."""
    chances = win_probabilities(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.zeros(2))
    assert chances == pytest.approx([0.158655, 0.841345], abs=1e-4)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"uniform_share": float("nan")}, "is a number from 0 to 1"),
        ({"uniform_share": 1.5}, "is a number from 0 to 1"),
        ({"pace": Pace(0.0, 0.0, float("nan"))}, "is a number from 0 to 1"),
        ({"pace": Pace(-1.0, 0.0)}, "is a number from 0 to"),
        ({"lot": replace(LOT, value_micros=-5)}, "is a number from 0 to"),
        ({"lot": replace(LOT, value_micros=None)}, "the value of a lot is a number"),
        ({"lot": replace(LOT, price_ceiling_micros=float("nan"))}, "a price ceiling is a number"),
        ({"lot": replace(LOT, quality_floor="0.5")}, "a quality floor is a number"),
        ({"purse_micros": float("nan")}, "a purse is a number"),
    ],
)
def test_nothing_is_asked_that_has_no_chance(change: dict[str, object], complaint: str) -> None:
    """Else a chance that is none would be recorded."""
    with pytest.raises(InvalidRequest, match=complaint):
        clear(replace(REQUEST, **change), [bid("a", 1, 0.5)], rng())  # type: ignore[arg-type]


def test_a_seat_bids_once() -> None:
    """Two bids of one seat would have two chances."""
    with pytest.raises(InvalidRequest, match="bids once"):
        clear(REQUEST, [bid("a", 1, 0.5), bid("a", 2, 0.6)], rng())


@pytest.mark.parametrize(
    "change",
    [
        {"price_micros": -10},
        {"price_micros": None},
        {"price_micros": "5"},
        {"hold_micros": float("nan")},
        {"price_micros": 30, "hold_micros": 29},
        {"quality_mean": 50},
        {"quality_mean": float("nan")},
        {"quality_sd": -0.3},
        {"latency_ms": -5_000},
        {"latency_ms": float("inf")},
        {"price_upper_micros": "x"},
        {"price_upper_micros": float("nan")},
        {"price_upper_micros": -1},
    ],
)
def test_a_bid_states_sound_numbers(change: dict[str, object]) -> None:
    """Else it is refused by name, before anything is drawn."""
    with pytest.raises(InvalidRequest, match="the bid of a must state"):
        clear(REQUEST, [replace(bid("a", 1, 0.5), **change), bid("b", 2, 0.5)], rng())  # type: ignore[arg-type]


def test_the_cheapest_by_its_list_may_win_whatever_the_purse() -> None:
    """Of two above the purse, who lists less is let in, though the other's quote is lower: that may be too low."""
    listed = [
        replace(bid("known", 60, 0.9), price_upper_micros=80, listed_micros=40.0),
        replace(bid("untried", 50, 0.9), price_upper_micros=100, listed_micros=50.0),
    ]
    clearing = clear(replace(REQUEST, purse_micros=10), listed, rng())
    assert clearing.winner.seat_id == "known"
    assert {notice.seat_id: notice.reason for notice in clearing.notices}["untried"] == "above_purse"
    claimed = [replace(each, listed_micros=None) for each in listed]  # as of third parties, who have a price alone
    assert clear(replace(REQUEST, purse_micros=10), claimed, rng()).winner.seat_id == "untried"


def test_who_is_out_for_two_reasons_is_told_of_both() -> None:
    """One bid is above the ceiling and the other promises too little: neither sentence alone would be true."""
    lot = replace(LOT, quality_floor=0.5)
    with pytest.raises(NoAward, match=r"no bid stays at or below 500 micros and promises a quality of 0\.5"):
        clear(replace(REQUEST, lot=lot), [bid("a", 600, 0.9), bid("b", 1, 0.4)], rng())
