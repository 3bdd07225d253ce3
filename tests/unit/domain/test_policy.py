"""Versions of what was learnt: beliefs, forecasts and pace, made of recorded events."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from bidding.adapters.postgres.learner_state import learner_state
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.learning.failures import FAILURE_PRIOR
from bidding.domain.learning.learner import (
    Belief,
    Learner,
    PacePlan,
    usual_output_tokens,
)
from bidding.domain.learning.state import LearnerState
from bidding.domain.policy import Policy

A, B, C = SeatId("a"), SeatId("b"), SeatId("c")
CALL = Event(
    A,
    "draft",
    reward=None,
    weight=0.25,
    input_tokens=100,
    output_tokens=200,
    quoted_output_tokens=90,
    latency_ms=900,
    quoted_latency_ms=300,
    listed_latency_ms=300.0,
    cost_micros=400,
    quoted_micros=100,
    listed_micros=100.0,
)


def judged(seat: SeatId, kind: str, reward: float, count: int = 1) -> list[Event]:
    return [Event(seat, kind, reward, weight=1.0) for _ in range(count)]


def believed(policy: Policy, seat: SeatId, kind: str, **published: float) -> Belief:
    learner = policy.learner(published)
    learner.meet([A, B, C])
    [belief] = learner.beliefs(kind, [seat])
    return belief


def history() -> list[Event]:
    """Three seats at two kinds: judged, corrected, failed, unchecked, and with the offers of their auctions."""
    events = []
    for turn in range(90):
        seat, kind = (A, B, C)[turn % 3], ("classify", "draft")[turn % 2]
        offers = tuple(OfferSeen(each, 900.0 - 31 * at, 40.0 * (at + 1)) for at, each in enumerate((A, B, C)))
        call = replace(CALL, seat_id=seat, kind=kind, cost_micros=37 * (turn % 5 + 1), offers=offers)
        if turn % 7 == 3:
            events.append(replace(call, reward=0.0, weight=1.0, answered=False))
        elif turn % 11 == 5:
            events.append(call)
        else:
            events.append(replace(call, reward=(turn % 10) / 10))
        if turn % 13 == 6 and (last := events[-1]).reward is not None:
            events.append(Event(seat, kind, 1.0, 1.0, replaces=(last.reward, last.weight), first=False))
    return events


PLAN = PacePlan(allowance_micros=60.0, uniform_share=0.1)


def test_an_unknown_seat_starts_at_the_middle() -> None:
    """Nothing known means a mean of one half, and seats that are known alike are drawn alike."""
    beliefs = {believed(Policy(), seat, "classify") for seat in (A, B, C)}
    assert len(beliefs) == 1
    [belief] = beliefs
    assert belief.mean == pytest.approx(0.5)
    assert belief.sd > 0


def test_rewards_move_the_mean_and_narrow_the_spread() -> None:
    """The more rewards agree, the closer the mean is to them and the smaller its spread."""
    few, many = (believed(Policy().folded(judged(A, "classify", 0.9, count)), A, "classify") for count in (5, 200))
    start = believed(Policy(), A, "classify")
    assert start.mean < few.mean < many.mean < 0.9 + 1e-9
    assert 0.9 - many.mean < 0.02
    assert many.sd < few.sd < start.sd


def test_a_record_at_one_kind_speaks_weakly_for_another() -> None:
    """A seat good at one kind is expected to be better than a stranger at the next, and not as good as there."""
    policy = Policy().folded(judged(A, "classify", 0.95, 50) + judged(B, "classify", 0.4, 50))
    assert believed(policy, B, "draft").mean < believed(policy, A, "draft").mean
    assert believed(policy, A, "draft").mean < believed(policy, A, "classify").mean


def test_a_published_score_is_a_prior_that_evidence_overrides() -> None:
    """A score known beforehand moves an untried seat, and fades with its own record."""
    assert believed(Policy(), A, "classify", a=0.9).mean > believed(Policy(), A, "classify").mean
    tried = Policy().folded(judged(A, "classify", 0.1, 100))
    assert believed(tried, A, "classify", a=0.9).mean == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize(
    "change", [{"weight": 1e20}, {"weight": float("nan")}, {"cost_micros": 10**16}, {"latency_ms": float("inf")}]
)
def test_an_event_out_of_all_bounds_is_refused(change: dict[str, float]) -> None:
    """One such would spoil what is believed of every seat."""
    with pytest.raises(InvalidRequest):
        replace(CALL, reward=0.5, **change)  # type: ignore[arg-type]


def test_a_list_of_next_to_nothing_teaches_no_factor() -> None:
    """A cost is as many times as much as one likes."""
    policy = Policy().folded([replace(CALL, cost_micros=10**15, listed_micros=1e-300)])
    assert policy.learner({}).price_factor(A, "draft", 100).expected == pytest.approx(1.0)


@pytest.mark.parametrize("score", [float("nan"), -0.1, 1.1, float("inf")])
def test_a_published_score_that_is_none_is_refused(score: float) -> None:
    """It would spoil what is believed of every seat."""
    with pytest.raises(InvalidRequest):
        Policy().learner({"a": score})


def test_a_later_judgement_replaces_the_earlier_one() -> None:
    """A human's word takes the place of the checks, as if they had never been, and is no second call."""
    checked = Event(A, "draft", 0.8, weight=0.25)
    human = Event(A, "draft", 0.0, weight=1.0, replaces=(0.8, 0.25), first=False)
    both, only = Policy().folded([checked, human]), Policy().folded([replace(human, replaces=None, first=True)])
    assert believed(both, A, "draft").mean == pytest.approx(believed(only, A, "draft").mean)
    assert both.state.failures.calls == only.state.failures.calls == ((1.0,),)


def test_a_judgement_taken_back_from_a_faded_record_leaves_no_debt() -> None:
    """After an alarm cut the record, taking a whole outcome out of it leaves sums that rewards can add up to."""
    events = judged(A, "draft", 1.0, 60) + judged(A, "draft", 0.0, 40)
    policy = Policy().folded(events)
    assert policy.state.watches[0].alarm_at is not None, "the drop was to raise an alarm"
    taken = [Event(A, "draft", 0.0, 1.0, replaces=(1.0, 1.0), first=False)] * 10
    state = policy.folded(taken).state.beliefs
    weight, total, squares = state.weight[0][0], state.total[0][0], state.squares[0][0]
    assert 0 <= squares <= total <= weight
    assert 0 <= believed(policy.folded(taken), A, "draft").mean <= 1


def test_an_unchecked_answer_teaches_cost_and_not_quality() -> None:
    """A reward of None moves price, tokens and latency towards what was seen, and leaves the belief alone."""
    learner = Policy().folded([CALL] * 200).learner()
    assert learner.beliefs("draft", [A]) == Learner().beliefs("draft", [A])
    assert learner.price_factor(A, "draft", 100).expected == pytest.approx(4, rel=0.05)
    assert learner.latency_factor(A, "draft", 100).expected == pytest.approx(3, rel=0.05)
    assert learner.output_tokens(A, "draft", 100).expected == pytest.approx(200, rel=0.05)


def test_upper_ends_are_at_or_above_what_is_expected() -> None:
    """For every quantity, learnt or not."""
    for learner in (Learner(), Policy().folded(history()).learner()):
        for forecast in (learner.price_factor, learner.latency_factor, learner.output_tokens):
            found = forecast(A, "draft", 300)
            assert found.upper >= found.expected > 0


def test_an_unknown_kind_takes_a_usual_answer() -> None:
    """Output tokens start from what an answer of the kind usually takes."""
    for kind in ("classify", "draft", "translate"):
        assert Learner().output_tokens(A, kind, 50).expected == usual_output_tokens(kind)


def test_a_failure_counts_as_no_reward_and_raises_the_chance_of_the_next() -> None:
    """Failed calls pull a seat down, are counted, and leave the forecasts alone."""
    policy = Policy().folded([replace(CALL, reward=0.0, weight=1.0, answered=False)] * 3)
    learner = policy.learner()
    assert believed(policy, A, "draft").mean < believed(Policy(), A, "draft").mean
    assert policy.state.failures.failures == ((3.0,),)
    assert learner.price_factor(A, "draft", 100).expected == 1.0
    nothing_known = learner.failure_chance(B, "draft", 100), Learner().failure_chance(A, "draft", 100)
    assert nothing_known == pytest.approx((FAILURE_PRIOR, FAILURE_PRIOR))
    here, elsewhere = learner.failure_chance(A, "draft", 100), learner.failure_chance(A, "classify", 100)
    assert FAILURE_PRIOR < elsewhere < here < 1


def test_the_chance_to_fail_goes_to_the_share_that_fails() -> None:
    """One call in four, over a long record."""
    calls = [replace(CALL, reward=0.0, weight=1.0, answered=bool(turn % 4)) for turn in range(2_000)]
    assert Policy().folded(calls).learner().failure_chance(A, "draft", 100) == pytest.approx(0.25, abs=0.01)


def test_coverage_is_counted_of_calls_that_were_answered() -> None:
    """The share of calls below the upper ends that were quoted at their time."""
    inside = replace(CALL, cost_micros=100, latency_ms=300)
    outside = replace(inside, cost_micros=1_000_000)
    state = Policy().folded([inside, inside, inside, outside]).state
    [price], [latency] = state.prices.upper, state.latencies.upper
    assert (price.values, price.covered, latency.covered) == (4, 3, 4)


def test_the_same_events_lead_to_the_same_bits() -> None:
    """Folding is a function of the version and the events."""
    first, second = (Policy().folded(history(), PLAN) for _ in range(2))
    assert first == second
    assert repr(first) == repr(second)


def test_folding_in_two_batches_with_a_snapshot_between_is_deterministic() -> None:
    """A version read back from its JSON goes on to the same bits as the one that was never written."""
    events = history()
    middle = Policy().folded(events[:40], PLAN)
    read = Policy(middle.version, learner_state(json.loads(json.dumps(asdict(middle.state)))))
    assert repr(read) == repr(middle)
    assert repr(read.folded(events[40:])) == repr(middle.folded(events[40:]))


def test_batches_add_up_to_the_same_record() -> None:
    """However events are cut into folds, every sum in the record is the same; only versions tell the folds apart."""
    events = history()
    at_once, in_two = Policy().folded(events, PLAN), Policy().folded(events[:40], PLAN).folded(events[40:])
    assert (at_once.version, in_two.version) == (1, 2)
    assert at_once.state.beliefs == in_two.state.beliefs
    assert at_once.state.failures == in_two.state.failures
    assert at_once.state.prices == in_two.state.prices


def test_a_learner_comes_back_from_its_state() -> None:
    """State, learner, state: the same; and both believe the same of every seat."""
    state = Policy().folded(history(), PLAN).state
    one, two = Learner(state), Learner(Learner(state).state())
    assert two.state() == state
    for kind in ("classify", "draft", "unseen"):
        assert one.beliefs(kind, [A, B, C]) == two.beliefs(kind, [A, B, C])
        assert one.price_factor(A, kind, 70) == two.price_factor(A, kind, 70)
    assert one.request_terms(20) == two.request_terms(20)


def test_kinds_that_were_met_before_any_seat_keep_their_place() -> None:
    """A record with columns and no rows comes back with its columns."""
    first = Learner()
    first.beliefs("classify", [])
    second = Learner(first.state())
    second.learn(judged(A, "draft", 1.0))
    state = second.state()
    assert state.kinds == ("classify", "draft")
    assert state.beliefs.weight == ((0.0, 1.0),)


def test_the_state_of_a_format_before_says_nothing() -> None:
    """A snapshot that is no object is learnt anew."""
    assert learner_state([]) == LearnerState()


def test_a_snapshot_without_lengths_says_nothing_of_failing_and_all_else() -> None:
    """Older ones kept the counts alone, and no calls of newcomers: they are read, and learnt on from."""
    state = Policy().folded(history(), PLAN).state
    older = json.loads(json.dumps(asdict(state)))
    older |= {"calls": older["failures"]["calls"], "failures": older["failures"]["failures"]}
    del older["beliefs"]["trial_calls"]
    read = learner_state(older)
    assert replace(read, failures=state.failures) == state
    learner = Learner(read)
    assert learner.failure_chance(A, "draft", 100) == pytest.approx(FAILURE_PRIOR)
    learner.learn(history())


@pytest.mark.parametrize(
    "wrong",
    [
        {"reward": float("nan")},
        {"reward": 1.5},
        {"reward": -0.1},
        {"weight": float("nan")},
        {"weight": -1.0},
        {"weight": float("inf")},
        {"replaces": (float("nan"), 1.0)},
        {"replaces": (0.5, float("nan"))},
        {"cost_micros": -1},
        {"latency_ms": -5},
        {"listed_micros": float("nan")},
        {"listed_latency_ms": float("inf")},
        {"offers": (OfferSeen(A, float("nan"), 1.0),)},
        {"offers": (OfferSeen(A, 1.0, float("nan")),)},
        {"offers": (OfferSeen(A, 1.0, -1.0),)},
    ],
)
def test_an_event_with_a_number_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    """What would spoil the record is refused before a learner sees it."""
    with pytest.raises(InvalidRequest):
        replace(CALL, **wrong)  # type: ignore[arg-type]
