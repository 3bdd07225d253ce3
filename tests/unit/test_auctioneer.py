"""The auction house: who wins, who is shut out and why, what a correction and a careless judge may do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bidding import Auctioneer, docket
from bidding.domain.errors import InvalidRequest, NoAward, UnknownRecord


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
    why = {one.seat: one.reason for one in decision.shut_out()}
    assert why == {"middle": "above_purse", "dear": "above_price_ceiling", "gone": "retired"}
    assert "dear: not let in, it may come to 18000 µ$, more than the ceiling of 5000 µ$" in decision.text()
    assert "middle: not let in, it may come to 4000 µ$, more than the budget lets one call cost now" in decision.text()
    house.add_seat("gone", 5.0)
    assert decision.shut_out()[-1][:2] == ("gone", "retired"), "a decision says how it was, not how it is"


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
    assert 1_000 * best.quality_draw - best.price_to_win_micros == pytest.approx(others[0].score)
    assert 1_000 * best.quality_to_win - best.price_micros == pytest.approx(others[0].score)
    assert f"up to {best.price_to_win_micros:.1f} µ$ it would still have won" in decision.text()
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


def paced(seed: int = 0, **kept: float) -> Auctioneer:
    """Three seats: poor and cheap, good, dear and a little better; a hundred micro-dollars a lot."""
    house = Auctioneer(allowance_micros=100.0, seed=seed, **kept)  # type: ignore[arg-type]
    for seat, price in (("poor", 30.0), ("good", 90.0), ("dear", 400.0)):
        house.add_seat(seat, price, bound_micros=20 * price)
    return house


LEVELS = {"poor": 0.4, "good": 0.65, "dear": 0.8}
LISTED = {"poor": 30.0, "good": 90.0, "dear": 400.0}


def told(house: Auctioneer, decision_id: int, seat: str) -> None:
    """The call is made, costs what is listed, and is worth what the seat is worth."""
    house.settle(decision_id, LISTED[seat])
    house.reward(decision_id, LEVELS[seat])


def test_auctions_that_come_to_nothing_leave_no_trace() -> None:
    """However many end above the ceiling, or in a call that is voided, the market goes on as if they had not been."""
    calm, busy, won = paced(), paced(), []
    for _ in range(400):
        for _ in range(3):
            with pytest.raises(NoAward, match="all_above_ceiling"):
                busy.auction("x", value_micros=1e5, ceiling_micros=1)
        for house in (calm, busy):
            decision = house.auction("x", value_micros=1e5)
            told(house, decision.decision_id, decision.seat)
            won.append(decision.seat)
    assert won[::2] == won[1::2]
    assert calm.pacer.state() == busy.pacer.state()


def test_a_voided_call_teaches_nothing_and_costs_nothing() -> None:
    """Nothing of the lot is counted, held, or learnt of prices."""
    fresh, voided = paced(), paced()
    for _ in range(50):
        voided.void(voided.auction("x", value_micros=1e5, length=1e6).decision_id)
    assert voided.pacer.under_way == fresh.pacer.under_way
    assert (voided.pacer.lots, voided.pacer.purse_micros, voided.pacer.spent_micros) == (0, 0.0, 0.0)
    np.testing.assert_array_equal(voided.prices.overall(), fresh.prices.overall())
    assert sum(voided.prices.state().length) == 0


def test_a_call_is_voided_once_and_before_anything_is_told_of_it() -> None:
    """Nothing is held for it any more, and nobody can settle it; what was made cannot be undone."""
    house = paced(total_micros=10_000.0)
    first, second = (house.auction("x", value_micros=1e5).decision_id for _ in range(2))
    house.void(first)
    with pytest.raises(UnknownRecord):
        house.settle(first, 1)
    house.settle(second, 1)
    with pytest.raises(InvalidRequest, match="its call was made"):
        house.void(second)
    assert house.pacer.under_way.held == 0


@pytest.mark.parametrize(("total", "booked"), [(None, 30), (100_000.0, 600)])
def test_a_decision_that_is_given_up_is_booked(
    monkeypatch: pytest.MonkeyPatch, total: float | None, booked: float
) -> None:
    """The oldest go first; of a call whose cost nobody told, what was held counts, or what was expected."""
    monkeypatch.setattr(docket, "PENDING_MAX", 3)
    house = Auctioneer(total_micros=total)
    house.add_seat("only", 30, bound_micros=600)
    first, *others = (house.auction("x", value_micros=1e5).decision_id for _ in range(5))
    assert (house.pacer.spent_micros, house.pacer.under_way.calls) == (2 * booked, 3)
    with pytest.raises(UnknownRecord):
        house.settle(first, 30)
    for paid in others[1:]:
        house.settle(paid, 30)
    for _ in range(3):
        house.auction("x", value_micros=1e5)
    for paid in others[1:]:  # calls that nobody tells of do not push those out that are paid
        house.reward(paid, 0.5)
    assert (house.pacer.spent_micros, house.pacer.under_way.calls) == (90 + 2 * booked, 3)


def test_a_total_rests_on_bounds() -> None:
    """A seat of such a market states one, keeps it when it comes back, and no call costs more."""
    house = Auctioneer(total_micros=100.0)
    with pytest.raises(InvalidRequest, match="needs bound_micros"):
        house.add_seat("a", 5)
    house.add_seat("a", 5, bound_micros=20)
    house.retire("a")
    house.add_seat("a", 5)
    decision = house.auction("x", value_micros=1e4)
    with pytest.raises(InvalidRequest, match=r"may cost 20\.0 micro-dollars"):
        house.settle(decision.decision_id, 5_000)
    house.settle(decision.decision_id, 20)
    assert house.pacer.spent_micros == 20


def test_no_cure_is_told_that_nobody_could_take() -> None:
    """A quality above 1 and a price below 0 are no advice."""
    house = Auctioneer(seed=1)
    house.add_seat("good", 1, published=0.95)
    house.add_seat("hopeless", 1e6, published=0.1)
    lost = house.auction("x", value_micros=1_000).text().splitlines()[1]
    assert lost.startswith("hopeless: ")
    assert lost.endswith("no price and no quality would have won")


def test_calls_that_cost_nothing_make_nobody_cheaper() -> None:
    """A free seat serves for long; a dear one is then quoted by its list, and shut out by the ceiling and the purse."""
    for limits, ceiling in (({"allowance_micros": 400.0}, math.inf), ({}, 1_000.0)):
        house = Auctioneer(seed=3, **limits)
        house.add_seat("local", 1e-6)
        for _ in range(200):
            decision = house.auction("x", value_micros=50_000)
            house.settle(decision.decision_id, 0.0)
            house.reward(decision.decision_id, 0.6)
        house.add_seat("dear", 9_000)
        decision = house.auction("x", value_micros=50_000, ceiling_micros=ceiling)
        assert decision.seat == "local"
        assert [one.seat for one in decision.shut_out()] == ["dear"]


def test_a_seat_that_was_free_costs_what_its_new_list_says() -> None:
    """Its free calls are no record of what the next price list will come to."""
    house = Auctioneer(allowance_micros=100, seed=3)
    house.add_seat("promo", 1e-6)
    house.add_seat("cheap", 50)
    for price in (0.0, 1_000.0):
        if price:
            house.reprice("promo", price)
        spent = 0.0
        for _ in range(500):
            decision = house.auction("x", value_micros=50_000)
            cost = price if decision.seat == "promo" else 50.0
            spent += cost
            house.settle(decision.decision_id, cost)
            house.reward(decision.decision_id, 0.8 if decision.seat == "promo" else 0.5)
        assert spent <= 1.005 * 500 * 100
