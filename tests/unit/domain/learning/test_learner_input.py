"""What the learner does with outcomes that are none: a typed error, and nothing learnt."""

from __future__ import annotations

from typing import Any

import pytest

from bidding import Auctioneer, Event, Learner, PacePlan, policy_named
from bidding.domain.errors import InvalidRequest

GOOD = Event("a", "answer", reward=0.5, weight=1.0, cost_micros=10, quoted_micros=9, listed_micros=9.0)


@pytest.mark.parametrize(
    "change",
    [
        {"seat_id": 3},
        {"kind": None},
        {"reward": "0.5"},
        {"reward": float("nan")},
        {"weight": None},
        {"weight": -1.0},
        {"replaces": (0.5,)},
        {"replaces": (0.5, "1")},
        {"latency_ms": None},
        {"cost_micros": float("inf")},
        {"input_tokens": -1},
    ],
)
def test_an_event_states_sound_values(change: dict[str, object]) -> None:
    """Else it is refused where it is made."""
    fields: dict[str, Any] = {"seat_id": "a", "kind": "answer", "reward": 0.5, "weight": 1.0} | change
    with pytest.raises(InvalidRequest):
        Event(**fields)


def test_of_a_batch_with_something_else_in_it_nothing_is_learnt() -> None:
    """Nor of what stood before it."""
    learner = Learner()
    learner.learn([GOOD])
    before = learner.state()
    wrong: list[Any] = [GOOD, {"seat_id": "a"}]
    with pytest.raises(InvalidRequest, match="a learner takes events"):
        learner.learn(wrong)
    assert learner.state() == before


@pytest.mark.parametrize("plan", [{"allowance_micros": -1.0}, {"allowance_micros": "5"}, {"uniform_share": None}])
def test_a_plan_is_made_of_numbers(plan: dict[str, Any]) -> None:
    """An allowance above 0, a share from 0 to 1."""
    with pytest.raises(InvalidRequest):
        PacePlan(**plan)


@pytest.mark.parametrize("length", [True, -1, "0.5", 10**29])
def test_features_have_a_length(length: Any) -> None:
    """Whole, and short enough to be solved for, wherever a policy is made."""
    with pytest.raises(InvalidRequest, match="the length of features"):
        policy_named("linucb", length)
    with pytest.raises(InvalidRequest, match="the length of features"):
        Auctioneer(features=length)
