"""What holds for every auction and every fold."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.bids import Bid
from bidding.domain.clearing import clear
from bidding.domain.errors import NoAward
from bidding.domain.ids import SeatId
from bidding.domain.learning.events import Event
from bidding.domain.lots import Payload
from bidding.domain.policy import Policy
from bidding.domain.rewards import check
from tests.unit.domain.test_auction import LOT, REQUEST


def _bid(price_micros: int, beyond_micros: int, **rest: Any) -> Bid:
    return Bid(price_micros=price_micros, hold_micros=price_micros + beyond_micros, **rest)


bids = st.lists(
    st.builds(
        _bid,
        seat_id=st.text("abcdef", min_size=1, max_size=4).map(SeatId),
        price_micros=st.integers(0, 700),
        beyond_micros=st.integers(0, 300),
        quality_mean=st.floats(-0.5, 1.5),
        quality_sd=st.floats(0, 0.6),
        latency_ms=st.integers(0, 60_000),
        input_tokens=st.integers(0, 2_000),
        output_tokens=st.integers(0, 300),
    ),
    max_size=8,
    unique_by=lambda bid: bid.seat_id,
)


@given(bids, st.integers(0, 2**32))
def test_a_winner_is_never_above_the_ceiling_and_every_bidder_is_told(offers: list[Bid], seed: int) -> None:
    """Worst case ≤ ceiling, one notice per bid, chances that sum to one over those that could win."""
    try:
        clearing = clear(REQUEST, offers, np.random.default_rng(seed))
    except NoAward:
        assert all(
            offer.hold_micros > LOT.price_ceiling_micros or offer.quality_mean < LOT.quality_floor for offer in offers
        )
        return
    assert clearing.winner.price_micros <= clearing.winner.hold_micros <= LOT.price_ceiling_micros
    assert sorted(notice.seat_id for notice in clearing.notices) == sorted(offer.seat_id for offer in offers)
    assert abs(sum(notice.propensity for notice in clearing.notices) - 1) < 1e-9
    assert clearing == clear(REQUEST, offers[::-1], np.random.default_rng(seed))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.floats(0, 1)), max_size=30))
def test_beliefs_stay_within_sight_of_the_rewards(rewards: list[tuple[str, str, float]]) -> None:
    """Posterior means stay near the unit interval, and their spread is positive and bounded."""
    policy = Policy().folded([Event(SeatId(seat), kind, reward, 1.0) for seat, kind, reward in rewards])
    learner = policy.learner()
    learner.meet("abc")
    for belief in learner.beliefs("x", "abc"):
        assert -0.25 <= belief.mean <= 1.25  # additive terms know no bounds
        assert 0 < belief.sd < 0.6


@given(st.sampled_from(["extract", "summarise", "draft"]), st.text(max_size=300), st.text(max_size=300))
def test_checks_never_leave_the_unit_interval(kind: str, text: str, answer: str) -> None:
    """Whatever a mail and a model say, each check is between 0 and 1."""
    output: dict[str, object] = {"summary": answer, "body": answer, "asks": [{"ask": answer, "span": answer}]}
    parts = check(kind, Payload(part="body", text=text), output)  # type: ignore[arg-type]
    assert all(0 <= value <= 1 for value in parts.values())
