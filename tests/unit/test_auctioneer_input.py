"""What an auction house does with input at the edge of what it takes, and beyond."""

from __future__ import annotations

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.errors import InvalidRequest


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
    monkeypatch.setattr("bidding.auctioneer.KINDS_MAX", 2)
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


def test_a_total_is_kept_to_the_bit() -> None:
    """A cost that passes its bound by rounding counts as the bound."""
    house = Auctioneer(total_micros=1e9)
    house.add_seat("a", 5, bound_micros=1e9)
    house.settle(house.auction("x", value_micros=1e12).decision_id, 1e9 + 0.9)
    assert house.pacer.spent_micros == 1e9
