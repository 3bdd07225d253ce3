"""The learner: shrinkage, updating, replacing, forecasting."""

import pytest

from bidding.domain.ids import SeatId
from bidding.domain.policy import Event, Policy

A, B, C = SeatId("a"), SeatId("b"), SeatId("c")


def judged(seat: SeatId, kind: str, reward: float, count: int = 1) -> list[Event]:
    return [Event(seat, kind, reward, weight=1.0) for _ in range(count)]


def test_an_unknown_seat_starts_wide_at_the_middle() -> None:
    """Nothing known means a mean of one half and a wide spread."""
    belief = Policy().belief(A, "classify")
    assert belief.mean == pytest.approx(0.5)
    assert belief.sd > 0.35


def test_rewards_move_the_mean_and_narrow_the_spread() -> None:
    """Fifty rewards of 0.9 are believed, within a narrow band."""
    belief = Policy().folded(judged(A, "classify", 0.9, 50)).belief(A, "classify")
    assert belief.mean == pytest.approx(0.9, abs=0.02)
    assert belief.sd < 0.05


def test_a_record_at_one_kind_speaks_weakly_for_another() -> None:
    """A seat good at one kind is expected to be somewhat better than average at the next."""
    policy = Policy().folded(judged(A, "classify", 0.95, 50))
    assert 0.55 < policy.belief(A, "draft").mean < 0.9
    assert 0.5 < policy.belief(B, "draft").mean < policy.belief(A, "draft").mean


def test_a_published_score_is_a_prior_that_evidence_overrides() -> None:
    """A score known beforehand moves an untried seat, and fades with its own record."""
    assert Policy().belief(A, "classify", published=0.9).mean > 0.7
    tried = Policy().folded(judged(A, "classify", 0.1, 100))
    assert tried.belief(A, "classify", published=0.9).mean < 0.2


def test_a_later_judgement_replaces_the_earlier_one() -> None:
    """A human's word takes the place of the checks, as if they had never been."""
    checked = Event(A, "draft", 0.8, weight=0.25)
    human = Event(A, "draft", 0.0, weight=1.0, replaces=(0.8, 0.25), first=False)
    both = Policy().folded([checked, human])
    only = Policy().folded([Event(A, "draft", 0.0, weight=1.0)])
    assert both.belief(A, "draft").mean == pytest.approx(only.belief(A, "draft").mean)
    assert both.cell(A, "draft").calls == 1


def test_an_unchecked_answer_teaches_cost_and_not_quality() -> None:
    """A reward of None changes the forecasts and leaves the belief alone."""
    event = Event(A, "draft", None, 0.25, output_tokens=200, latency_ms=900)
    policy = Policy().folded([event] * 20)
    assert policy.belief(A, "draft") == Policy().belief(A, "draft")
    assert policy.forecast_output_tokens(A, "draft", prior=50) == pytest.approx((150 + 4_000) / 23)
    assert policy.forecast_latency_ms(A, "draft", prior=100) == pytest.approx((300 + 18_000) / 23)


def test_quotes_are_corrected_until_they_are_right() -> None:
    """A seat that costs four times its list is quoted at four times its list in the end, not at half of that."""
    policy = Policy()
    for _ in range(300):
        quoted = round(100 * policy.price_correction(A, "draft"))
        policy = policy.folded([Event(A, "draft", None, 0.25, cost_micros=400, quoted_micros=quoted)])
    assert policy.price_correction(A, "draft") == pytest.approx(4, rel=0.05)


def test_a_failure_counts_as_no_reward() -> None:
    """Failed calls pull a seat down and are counted."""
    policy = Policy().folded([Event(A, "draft", 0.0, 1.0, answered=False)] * 3)
    assert policy.belief(A, "draft").mean < 0.35
    assert policy.cell(A, "draft").failures == 3


def test_noise_is_estimated_from_the_scatter_within_cells() -> None:
    """Rewards that scatter widely leave a wider posterior than rewards that agree."""
    steady = Policy().folded(judged(A, "x", 0.5, 40))
    wild = Policy().folded(judged(A, "x", 0.0, 20) + judged(A, "x", 1.0, 20))
    assert wild.noise_variance() > 3 * steady.noise_variance()
    assert wild.belief(A, "x").sd > 1.5 * steady.belief(A, "x").sd


def test_folding_in_batches_equals_folding_at_once() -> None:
    """Only the version tells how many folds there were."""
    events = judged(A, "x", 0.3, 3) + judged(B, "x", 0.7, 2) + judged(C, "y", 1.0)
    at_once = Policy().folded(events)
    in_two = Policy().folded(events[:4]).folded(events[4:])
    assert at_once.cells == in_two.cells
    assert (at_once.version, in_two.version) == (1, 2)
