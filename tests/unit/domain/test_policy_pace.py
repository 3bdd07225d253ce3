"""The pace of a policy's versions: a plan, the purse that folds fill and empty, and plans that are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.learning.learner import Learner, PacePlan
from bidding.domain.learning.pacing import Pacer
from bidding.domain.policy import Policy

A, B = SeatId("a"), SeatId("b")
PLAN = PacePlan(allowance_micros=60.0, uniform_share=0.05)
CALL = Event(A, "draft", reward=None, weight=0.25, cost_micros=40, quoted_micros=60, listed_micros=60.0)
CALLS = [
    replace(CALL, seat_id=(A, B)[turn % 2], offers=(OfferSeen(A, 900.0, 40.0), OfferSeen(B, 869.0, 80.0)))
    for turn in range(90)
]


def test_a_plan_paces_through_events() -> None:
    """Calls dearer than the allowance raise λ and are told the purse; without a plan there is neither."""
    assert Learner().request_terms(20).purse_micros is None
    dear = tuple(OfferSeen(each, value, price) for each, value, price in ((A, 100.0, 20.0), (B, 1_000.0, 200.0)))
    calls = [replace(CALL, seat_id=B, cost_micros=200, offers=dear)] * 50
    terms = Policy().folded(calls, PLAN).learner().request_terms(20)
    assert terms.uniform_share == PLAN.uniform_share
    assert 0 <= terms.pace.low <= terms.pace.high
    assert terms.pace.high > 0
    assert terms.purse_micros == 0  # 50 calls at 200 on an allowance of 60
    again = Policy().folded(calls, PLAN).folded([], PacePlan()).learner()
    assert again.request_terms(20).purse_micros is None


def test_the_luck_of_the_cheapest_is_not_spent_on_others_by_folds_either() -> None:
    """An allowance that just pays for the cheapest leaves next to nothing for others, however cheap a run of it was."""
    offers = tuple(OfferSeen(each, 100.0, price) for each, price in ((A, 60.0), (B, 200.0)))
    lucky = [replace(CALL, seat_id=A, cost_micros=20, quoted_micros=60, offers=offers)] * 400
    terms = Policy().folded(lucky, PLAN).learner().request_terms(60)
    assert terms.purse_micros is not None
    assert 60 <= terms.purse_micros < 200
    assert Policy().folded(lucky, replace(PLAN, allowance_micros=120.0)).learner().request_terms(60).purse_micros > 200  # type: ignore[operator]


def test_a_fold_counts_the_fallback_by_its_list() -> None:
    """Who lists the least is what the budget must pay for, though another's quote was lower, and its own too."""
    low = (OfferSeen(A, 100.0, 50.0, 58.0), OfferSeen(B, 100.0, 20.0, 90.0))
    calls = [replace(CALL, seat_id=A, cost_micros=20, quoted_micros=50, offers=low)] * 60
    told = Policy().folded(calls, PLAN).learner().request_terms(50, 58).purse_micros
    unlisted = tuple(replace(each, listed_micros=0.0) for each in low)
    by_quotes = Policy().folded([replace(call, offers=unlisted) for call in calls], PLAN).learner().request_terms(20)
    assert told is not None
    assert by_quotes.purse_micros is not None
    assert told < by_quotes.purse_micros


def test_the_same_plan_again_changes_nothing() -> None:
    """A fold without news under the same allowance keeps purse and offers."""
    once = Policy().folded(CALLS, PLAN)
    assert once.folded([], PLAN).state.pace == once.folded([]).state.pace
    assert once.folded([]).state.pace.purse_micros == once.state.pace.purse_micros


@pytest.mark.parametrize("bad", [float("nan"), 0.0, -1.0, float("inf")])
def test_an_allowance_that_is_none_is_refused(bad: float) -> None:
    """A budget of zero, below, or no number at all."""
    with pytest.raises(InvalidRequest):
        Policy().folded([], PacePlan(allowance_micros=bad))
    with pytest.raises(InvalidRequest):
        Pacer(None, total_micros=bad)


@pytest.mark.parametrize("share", [float("nan"), -0.1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """Uniform picks are a share of the lots."""
    with pytest.raises(InvalidRequest):
        PacePlan(uniform_share=share)
