"""Variants and their trials: the same on every ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidding.domain.errors import LedgerConflict
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Award, Completion, Demonstration
from bidding.domain.seats import Seat
from bidding.domain.variants import Variant, Verdict
from bidding.ports.ledger import Ledger
from tests.ledger_samples import NOW, World, a_seat


def _variant(world: World) -> Variant:
    """A variant of a seat of its own, for the kind of the world's lots."""
    seat = SeatId(f"large/{world.tenant}"[:100])
    world.ledger.put_seat(a_seat(seat), NOW)
    [lot] = world.lots(key="shown")
    return Variant(seat, lot.kind, "s", SeatId("large"), "search", "Say it.", (lot.lot_id,), 0.75, 0.5, 8, 1_000)


def _seat(ledger: Ledger, seat: SeatId) -> Seat:
    return next(each for each in ledger.seats() if each.seat_id == seat)


def _completion(world: World, award: Award) -> Completion | None:
    return world.ledger.execution(world.tenant, award.award_id).completion


def test_a_variant_is_kept_and_its_seat_is_its_tenants(world: World) -> None:
    """What was put is found, once, by its tenant alone; terms put anew leave the seat to its tenant."""
    variant = _variant(world)
    for _ in range(2):
        world.ledger.put_variant(world.tenant, variant, NOW)

    assert world.ledger.variants(world.tenant) == [variant]
    assert world.ledger.variants(TenantId(f"{world.tenant}-stranger")) == []
    world.ledger.put_seat(a_seat(variant.seat_id), NOW)
    assert _seat(world.ledger, variant.seat_id).only_tenant == world.tenant


def test_a_seat_carries_one_tenants_variant(world: World) -> None:
    """An unknown seat, or another tenant's, is refused."""
    variant = _variant(world)
    world.ledger.put_variant(world.tenant, variant, NOW)
    stranger = TenantId(f"{world.tenant}-stranger")

    for tenant, seat in ((stranger, variant.seat_id), (world.tenant, SeatId("nobody"))):
        with pytest.raises(LedgerConflict):
            world.ledger.put_variant(tenant, replace(variant, seat_id=seat), NOW)


def test_a_decision_is_final_and_retires_the_seat(world: World) -> None:
    """Until then a review brings the spending up to date."""
    variant = _variant(world)
    world.ledger.put_variant(world.tenant, variant, NOW)

    world.ledger.review_variant(world.tenant, variant.seat_id, 10, Verdict("challenger"), NOW)
    assert world.ledger.variants(world.tenant) == [replace(variant, spent_micros=10)]

    world.ledger.review_variant(world.tenant, variant.seat_id, 20, Verdict("retired", "behind"), NOW)
    world.ledger.review_variant(world.tenant, variant.seat_id, 30, Verdict("champion", "no"), NOW)
    assert world.ledger.variants(world.tenant) == [replace(variant, spent_micros=20, status="retired", reason="behind")]
    assert _seat(world.ledger, variant.seat_id).status == "retired"


def test_a_trial_is_what_both_earned_at_the_kind(world: World) -> None:
    """Rewards that stand, less the cost per value; the base's record is in it, and what the challenger cost."""
    variant = _variant(world)
    world.ledger.put_variant(world.tenant, variant, NOW)
    lots = world.lots(2, key="tried")
    awards = [world.awarded(lot) for lot in lots]
    for award, reward in zip(awards, (0.25, 0.75), strict=True):
        world.completed(award)
        world.settled(award)
        world.judged(award, "checks", 0.1)
        world.judged(award, "human", reward)

    own = replace(variant, seat_id=awards[0].seat_id, base_seat_id=variant.seat_id)
    world.ledger.put_seat(a_seat(own.seat_id), NOW)
    world.ledger.put_variant(world.tenant, own, NOW)
    trial = world.ledger.trial(world.tenant, own)
    costs = [each.cost_micros for award in awards if (each := _completion(world, award))]
    nets = [reward - cost / lots[0].value_micros for reward, cost in zip((0.25, 0.75), costs, strict=True)]
    assert sorted(trial.challenger) == pytest.approx(nets)
    assert (trial.base, trial.spent_micros) == ((), sum(costs))


def test_verified_are_what_humans_said_last(world: World) -> None:
    """The last of a kind, oldest first; what a judge liked is not among them."""
    lots = world.lots(3, key="solved")
    sources = ("human", "judge", "human")
    made = [
        Demonstration(lot.lot_id, "draft", "s", f"text {number}", {"label": "a"}, source)  # type: ignore[arg-type]
        for number, (lot, source) in enumerate(zip(lots, sources, strict=True))
    ]
    for each in made:
        world.ledger.add_demonstration(world.tenant, each, NOW)

    assert world.ledger.verified(world.tenant, "draft", 5) == [made[0], made[2]]
    assert world.ledger.verified(world.tenant, "draft", 1) == [made[2]]
