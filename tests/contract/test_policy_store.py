"""Outcomes and policy versions: what teaches, what replaces what, and what is folded when."""

from __future__ import annotations

import pytest

from bidding.domain.errors import PolicyMoved
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.learning.learner import PacePlan
from bidding.domain.policy import Policy
from bidding.domain.records import OutcomeSource
from tests.ledger_samples import NOW, SEATS, World, a_bid, a_notice

Judgement = tuple[OutcomeSource, float | None]
_LARGE = SeatId("large")


def taught(world: World) -> list[tuple[float | None, tuple[float, float] | None, bool]]:
    return [(event.reward, event.replaces, event.first) for event in world.ledger.pending(world.tenant).events]


def test_event(world: World) -> None:
    """An outcome teaches with its reward, the quote of the winning bid and what the call consumed."""
    award = world.awarded(world.lots()[0])
    world.completed(award, cost_micros=300)
    world.judged(award, "checks", 0.5, weight=0.25)

    offers = tuple(
        OfferSeen(bid.seat_id, told.quality_micros - told.delay_micros, bid.price_micros, bid.listed_micros or 0.0)
        for bid in (a_bid(seat, rank) for rank, seat in enumerate(SEATS))
        for told in [a_notice(bid, "outscored")]
    )
    expected = Event(
        _LARGE,
        "classify",
        reward=0.5,
        weight=0.25,
        input_tokens=512,
        output_tokens=60,
        quoted_output_tokens=64,
        latency_ms=850,
        quoted_latency_ms=900,
        listed_latency_ms=850.5,
        cost_micros=300,
        quoted_micros=400,
        listed_micros=380.25,
        offers=offers,
    )
    assert world.ledger.pending(world.tenant).events == (expected,)


def test_offers_come_with_the_first_judgement_only(world: World) -> None:
    """A call is paced once, however often its answer is judged."""
    award = world.awarded(world.lots()[0])
    world.completed(award, cost_micros=300)
    world.judged(award, "checks", 0.5)
    world.judged(award, "human", 0.75)

    assert [len(event.offers) for event in world.ledger.pending(world.tenant).events] == [len(SEATS), 0]


def test_failure(world: World) -> None:
    """A failed execution teaches a reward of zero, and that no answer came."""
    award = world.awarded(world.lots()[0])
    world.completed(award, cost_micros=300, failed=True)
    world.judged(award, "failure", 0.0)

    (event,) = world.ledger.pending(world.tenant).events
    assert (event.reward, event.answered, event.first) == (0.0, False, True)


@pytest.mark.parametrize(
    ("judgements", "expected"),
    [
        ([("checks", 0.2), ("human", 0.8)], [(0.2, None, True), (0.8, (0.2, 1.0), False)]),
        ([("human", 0.8), ("human", 0.9)], [(0.8, None, True), (0.9, (0.8, 1.0), False)]),
        ([("human", 0.8), ("judge", 0.1)], [(0.8, None, True)]),
        ([("checks", None), ("judge", 0.6)], [(None, None, True), (0.6, None, False)]),
        ([("judge", 0.6), ("human", None)], [(0.6, None, True)]),
        ([("failure", 0.0), ("checks", 0.4)], [(0.0, None, True), (0.4, (0.0, 1.0), False)]),
        (
            [("checks", 0.2), ("human", 0.8), ("judge", 0.1), ("human", 0.5)],
            [(0.2, None, True), (0.8, (0.2, 1.0), False), (0.5, (0.8, 1.0), False)],
        ),
    ],
)
def test_authority(
    world: World, judgements: list[Judgement], expected: list[tuple[float | None, tuple[float, float] | None, bool]]
) -> None:
    """A later judgement takes the place of one of its authority or less; a lesser or undecided one teaches nothing."""
    award = world.awarded(world.lots()[0])

    for number, (source, reward) in enumerate(judgements):
        world.judged(award, source, reward, sequence=str(number))

    assert taught(world) == expected
    (past,) = world.ledger.history(world.tenant, award.lot_id).rounds
    assert [(outcome.source, outcome.reward) for outcome in past.outcomes] == judgements


def test_outcome_is_written_once(world: World) -> None:
    """An outcome that is written again changes nothing."""
    award = world.awarded(world.lots()[0])
    first = world.judged(award, "human", 0.8)
    world.judged(award, "human", 0.1, sequence="0")

    assert taught(world) == [(0.8, None, True)]
    assert world.ledger.history(world.tenant, award.lot_id).rounds[0].outcomes == (first,)


def test_no_policy_yet(world: World) -> None:
    """Before any fold the policy is version 0 and empty."""
    assert world.ledger.current(world.tenant) == Policy()


def test_fold(world: World) -> None:
    """A fold consumes what was pending; later outcomes wait for the next one, in their order."""
    first, second, third = (world.awarded(lot) for lot in world.lots(3))
    world.judged(first, "checks", 0.25)
    batch = world.ledger.pending(world.tenant)
    policy = world.ledger.current(world.tenant).folded(batch.events)
    world.judged(second, "checks", 0.5)
    world.ledger.append(world.tenant, policy, batch.watermark, NOW)
    world.judged(third, "checks", 0.75)

    assert world.ledger.current(world.tenant) == policy
    assert [event.reward for event in world.ledger.pending(world.tenant).events] == [0.5, 0.75]


def test_policy_moves_once(world: World) -> None:
    """Of two folds of the same outcomes one is refused, whichever version it claims to make."""
    world.judged(world.awarded(world.lots()[0]), "checks", 0.25)
    batch = world.ledger.pending(world.tenant)
    policy = world.ledger.current(world.tenant).folded(batch.events)
    world.ledger.append(world.tenant, policy, batch.watermark, NOW)

    for again in (policy, policy.folded(batch.events), Policy(version=3)):
        with pytest.raises(PolicyMoved):
            world.ledger.append(world.tenant, again, batch.watermark, NOW)

    assert world.ledger.current(world.tenant) == policy


def test_pacing_without_news(world: World) -> None:
    """A version that learnt nothing may follow at the same watermark, paced by another plan."""
    learnt = Policy().folded([Event(_LARGE, "classify", 0.1 + 0.2, 1 / 3)])
    world.ledger.append(world.tenant, learnt, 7, NOW)

    paced = learnt.folded([], PacePlan(allowance_micros=1 / 3, uniform_share=0.1))
    world.ledger.append(world.tenant, paced, 7, NOW)

    assert world.ledger.current(world.tenant) == paced


def test_tenants_learn_apart(world: World) -> None:
    """Outcomes and versions of one tenant are nothing to another."""
    world.judged(world.awarded(world.lots()[0]), "checks", 0.25)
    stranger = TenantId(f"{world.tenant}-stranger")

    assert world.ledger.pending(stranger).events == ()
    world.ledger.append(stranger, Policy(1), 1, NOW)
    assert world.ledger.current(world.tenant) == Policy()
