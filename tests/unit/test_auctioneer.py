"""The auction house: who wins, who is shut out and why, what a correction and a careless judge may do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.errors import NoAward


def test_a_market_of_nobody_and_of_one() -> None:
    """Nobody is a typed no-award, and a single seat wins with certainty."""
    house = Auctioneer()
    with pytest.raises(NoAward, match="no_bids"):
        house.auction("x", value_micros=1_000)
    house.add_seat("only", 10)
    decision = house.auction("x", value_micros=1_000)
    assert (decision.seat, decision.propensity) == ("only", 1.0)
    house.retire("only")
    with pytest.raises(NoAward, match="no_bids"):
        house.auction("x", value_micros=1_000)


def test_all_above_the_ceiling_is_a_typed_no_award() -> None:
    """Also where a retired seat would have been below it."""
    house = Auctioneer()
    house.add_seat("dear", 1_000)
    house.add_seat("gone", 1, bound_micros=2)
    house.retire("gone")
    with pytest.raises(NoAward, match="all_above_ceiling"):
        house.auction("x", value_micros=1e6, ceiling_micros=100)


def test_who_was_shut_out_is_told_why() -> None:
    """Retired, above the ceiling, above the purse: as data, and as a sentence."""
    house = Auctioneer(allowance_micros=50)
    for seat, price in (("cheap", 10.0), ("middle", 2_000.0), ("dear", 9_000.0), ("gone", 5.0)):
        house.add_seat(seat, price)
    house.retire("gone")
    decision = house.auction("x", value_micros=1e6, ceiling_micros=5_000)
    assert decision.seat == "cheap"
    assert dict(decision.shut_out()) == {
        "middle": "above_purse",
        "dear": "above_price_ceiling",
        "gone": "retired",
    }
    house.add_seat("gone", 5.0)
    assert dict(decision.shut_out())["gone"] == "retired", "a decision says how it was, not how it is"


def test_who_is_let_in_keeps_its_own_luck() -> None:
    """Leaving a seat out changes no other's draw."""
    draws = []
    for ceiling_micros in (math.inf, 5_000):
        house = Auctioneer(seed=3)
        for seat, price in (("small", 30), ("dear", 9_000), ("large", 900)):
            house.add_seat(seat, price)
        draws.append(house.auction("x", value_micros=1e6, ceiling_micros=ceiling_micros).picked.draws.tolist())
    everybody, some = draws
    assert some == [everybody[0], everybody[2]]


def test_a_lost_seat_is_told_what_would_have_won() -> None:
    """At that price, or that quality, the score ties with the winner's; against a uniform pick nothing would have."""
    house = Auctioneer(seed=3)
    for seat, price in (("a", 100.0), ("b", 200.0), ("c", 300.0)):
        house.add_seat(seat, price)
    decision = house.auction("x", value_micros=1_000)
    best, *others = decision.standings()
    assert best.won
    assert best.margin_micros == 0
    for one in others:
        assert 1_000 * one.quality_draw - one.price_to_win_micros == pytest.approx(best.score)
        assert 1_000 * one.quality_to_win - one.price_micros == pytest.approx(best.score)
    explored = Auctioneer("random", seed=3)
    for seat, price in (("a", 100.0), ("b", 200.0)):
        explored.add_seat(seat, price)
    assert "uniform pick, against which" in explored.auction("x", value_micros=1_000).text()


def test_a_correction_takes_the_place_of_the_reward() -> None:
    """A later word on a decision counts, the earlier one no more."""
    corrected, direct = (Auctioneer(seed=1) for _ in range(2))
    for house, rewards in ((corrected, (1.0, 0.0)), (direct, (0.0,))):
        house.add_seat("a", 10)
        for _ in range(5):
            decision = house.auction("x", value_micros=1_000)
            for reward in rewards:
                house.reward(decision.decision_id, reward, replaces=True)
    one, other = (house.policy.beliefs for house in (corrected, direct))  # type: ignore[union-attr]
    np.testing.assert_allclose(one.total, other.total, atol=1e-12)
    np.testing.assert_allclose(one.weight, other.weight, atol=1e-12)


def test_judges_of_little_weight_break_nothing() -> None:
    """More outcomes than the guard looks at, together worth less than one: no mix is known, so none is preferred."""
    house = Auctioneer()
    house.add_seat("a", 10)
    for _ in range(600):
        house.reward(house.auction("x", value_micros=1_000).decision_id, 0.5, weight=1e-3)
    assert house.auction("x", value_micros=1_000).seat == "a"
