"""What an auction house does with input at the edge of what it takes, and beyond."""

from __future__ import annotations

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.errors import InvalidRequest, NoAward, UnknownRecord
from bidding.domain.policies.baselines import ZeroRouter


@pytest.mark.parametrize("value", [0.0, 1e-310, 1e-300])
def test_what_is_worth_nothing_goes_to_the_cheapest(value: float) -> None:
    """Also where the spread of a score is too little to be divided by."""
    house = Auctioneer()
    house.add_seat("a", 10)
    house.add_seat("b", 20)
    decision = house.auction("x", value_micros=value)
    assert (decision.seat, decision.picked.propensities.tolist()) == ("a", [1.0, 0.0])


def test_a_kind_is_a_category(monkeypatch: pytest.MonkeyPatch) -> None:
    """A market of as many kinds as lots would take seconds for one: it says so instead."""
    monkeypatch.setattr("bidding.contexts.KINDS_MAX", 2)
    house = Auctioneer()
    house.add_seat("only", 10)
    for kind in "abab":
        house.auction(kind, value_micros=1e4)
    with pytest.raises(InvalidRequest, match="kind 'c' would be one more than 2"):
        house.auction("c", value_micros=1e4)


@pytest.mark.parametrize("claims", [["a"], 5, np.ones(2)])
def test_claims_are_by_seat(claims: object) -> None:
    """Anything else is refused in a sentence."""
    house = Auctioneer()
    house.add_seat("a", 10)
    with pytest.raises(InvalidRequest, match="claims are qualities by seat"):
        house.auction("x", value_micros=1e4, claims=claims)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["0.5", np.str_("0.5"), b"1", bytearray(b"1")])
def test_what_is_written_is_no_number(written: object) -> None:
    """Python would read it."""
    house = Auctioneer()
    house.add_seat("a", 10)
    decision = house.auction("x", value_micros=1e4)
    with pytest.raises(InvalidRequest, match="a reward is a number"):
        house.reward(decision.decision_id, written)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [None, 5, ["x"], {"x": 1}])
def test_names_are_text(name: object) -> None:
    """Of seats, kinds and policies; ids of decisions are numbers."""
    house = Auctioneer()
    with pytest.raises(InvalidRequest, match="a seat is a name"):
        house.add_seat(name, 3)  # type: ignore[arg-type]
    house.add_seat("a", 10)
    with pytest.raises(InvalidRequest, match="a kind is a name"):
        house.auction(name, value_micros=1e4)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="no policy"):
        Auctioneer(name)  # type: ignore[arg-type]
    with pytest.raises(UnknownRecord, match="no seat"):
        house.retire(name)  # type: ignore[arg-type]


def test_a_policy_has_all_its_parts() -> None:
    """Else it would fail in the middle of a payment."""

    class Half(ZeroRouter):
        called = property()

    with pytest.raises(InvalidRequest, match="it lacks called"):
        Auctioneer(Half())
    with pytest.raises(InvalidRequest, match="it is a class"):
        Auctioneer(ZeroRouter)  # type: ignore[arg-type]


@pytest.mark.parametrize("unknown", [None, "1", [1], 1.5, 7])
def test_what_is_no_decision_is_unknown(unknown: object) -> None:
    """Whatever one says of it."""
    house = Auctioneer()
    house.add_seat("a", 10)
    house.auction("x", value_micros=1e4)
    for tell in (house.void, lambda it: house.settle(it, 1), lambda it: house.reward(it, 1)):
        with pytest.raises(UnknownRecord, match="no decision"):
            tell(unknown)  # type: ignore[arg-type]
    house.settle(np.int64(1), 1)  # type: ignore[arg-type]  # what an array of ids holds


def test_a_total_is_kept_to_the_bit() -> None:
    """A cost that passes its bound by rounding counts as the bound."""
    house = Auctioneer(total_micros=1e9)
    house.add_seat("a", 5, bound_micros=1e9)
    house.settle(house.auction("x", value_micros=1e12).decision_id, 1e9 + 0.9)
    assert house.pacer.spent_micros == 1e9


def test_the_cheapest_below_the_ceiling_may_always_bid() -> None:
    """Where the ceiling shuts out who lists the least, the next is the fallback of the pace: no lot is left undone."""
    house = Auctioneer(allowance_micros=40, seed=1)
    house.add_seat("unbounded", 30)
    house.add_seat("bounded", 35, bound_micros=45)
    for _ in range(600):
        decision = house.auction("x", value_micros=1e5, ceiling_micros=50)
        house.settle(decision.decision_id, 41)
    assert decision.seat == "bounded"


def test_the_cheapest_that_fits_the_total_may_always_bid() -> None:
    """Near the end of a total, where one call of who lists the least could break it, the next is the fallback."""
    house = Auctioneer(allowance_micros=10, total_micros=3_000, seed=1)
    house.add_seat("wide", 10, bound_micros=100)
    house.add_seat("narrow", 20, bound_micros=30)
    costs = {"wide": 10.0, "narrow": 20.0}
    while house.pacer.spent_micros <= 2_970:
        decision = house.auction("x", value_micros=1_000)
        house.settle(decision.decision_id, costs[decision.seat])
    with pytest.raises(NoAward, match="over_budget"):
        house.auction("x", value_micros=1_000)


def test_a_list_stays_below_its_bound() -> None:
    """What a usual call costs is no more than what one can come to, at first and after a change."""
    house = Auctioneer()
    with pytest.raises(InvalidRequest, match="above bound_micros"):
        house.add_seat("a", 300, bound_micros=60)
    house.add_seat("a", 50, bound_micros=60)
    with pytest.raises(InvalidRequest, match="above bound_micros"):
        house.reprice("a", 70)
    house.reprice("a", 70, bound_micros=80)
    assert house.auction("x", value_micros=1e4).seat == "a"


def test_who_would_break_the_total_is_told_by_its_bound() -> None:
    """That, not what its call is expected to come to, is above what is left."""
    house = Auctioneer(total_micros=1_000)
    house.add_seat("cheap", 10, bound_micros=50)
    house.add_seat("dear", 30, bound_micros=900)
    house.settle(house.auction("x", value_micros=1e4).decision_id, 45)
    while (decision := house.auction("x", value_micros=1e4)).seats == ("cheap", "dear"):
        house.settle(decision.decision_id, 45)
    assert "dear: not let in, it may come to 900 µ$, more than the budget lets one call cost now" in decision.text()
