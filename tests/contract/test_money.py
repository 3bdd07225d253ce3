"""Money: what is held, settled and given back, what is refused, and that it adds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import AwardId, HoldId
from bidding.domain.records import (
    Budget,
    Conservation,
    Settlement,
)
from tests.ledger_samples import LIMIT_MICROS, NOW, World

_HOLD = HoldId("01a0c5d5-0000-7000-8000-000000000001")
_OTHER_HOLD = HoldId("01a0c5d5-0000-7000-8000-000000000002")


def test_hold(world: World) -> None:
    """A hold reserves budget of the default limit once, however often it is placed."""
    assert [world.ledger.place_hold(world.tenant, _HOLD, 700, NOW) for _ in range(2)] == [True, True]

    assert world.ledger.budget(world.tenant) == Budget(LIMIT_MICROS, 700, 0)


def test_hold_over_budget(world: World) -> None:
    """A hold that would overspend is declined and changes nothing; one that fits exactly is placed."""
    world.ledger.set_budget(world.tenant, 1_000)

    assert not world.ledger.place_hold(world.tenant, _HOLD, 1_001, NOW)
    assert world.ledger.place_hold(world.tenant, _HOLD, 1_000, NOW)
    assert not world.ledger.place_hold(world.tenant, _OTHER_HOLD, 1, NOW)
    assert world.ledger.budget(world.tenant) == Budget(1_000, 1_000, 0)


def test_budget_before_any_hold(world: World) -> None:
    """A tenant that never held has the default budget, untouched."""
    assert world.ledger.budget(world.tenant) == Budget(LIMIT_MICROS, 0, 0)


def test_budget_below_what_is_held(world: World) -> None:
    """The limit cannot be set below what is spent and held."""
    world.ledger.place_hold(world.tenant, _HOLD, 700, NOW)

    with pytest.raises(LedgerConflict, match="budgets_never_overspent"):
        world.ledger.set_budget(world.tenant, 699)


def test_settlement(world: World) -> None:
    """Settling moves the cost from held to spent, releases the rest, and happens once."""
    award = world.awarded(world.lots()[0])
    world.completed(award, cost_micros=300)

    world.settled(award, 300)
    world.settled(award, 999)

    assert world.ledger.budget(world.tenant) == Budget(LIMIT_MICROS, 0, 300)


def test_void(world: World) -> None:
    """Voiding gives the whole hold back."""
    award = world.awarded(world.lots()[0])

    world.ledger.settle(world.tenant, Settlement(award.hold_id, award.award_id, "voided", 0), NOW)

    assert world.ledger.budget(world.tenant) == Budget(LIMIT_MICROS, 0, 0)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (Settlement(_HOLD, None, "settled", 1), "settlements_need_an_award"),
        (Settlement(_HOLD, AwardId("own"), "settled", 1_001), "settlements_within_hold"),
        (Settlement(_HOLD, AwardId("own"), "voided", 1), "settlements_void_is_free"),
        (Settlement(_HOLD, AwardId("own"), "voided", 0), "settlements_void_only_unclaimed"),
        (Settlement(_HOLD, AwardId("other"), "settled", 1), "settlements_of_its_award"),
    ],
)
def test_refused_settlement(world: World, change: Settlement, constraint: str) -> None:
    """A settlement that breaks an invariant is refused by its name and moves no money."""
    award, other = (world.awarded(lot) for lot in world.lots(2))
    world.completed(award)
    awards = {AwardId("own"): award.award_id, AwardId("other"): other.award_id}
    settlement = replace(change, hold_id=award.hold_id, award_id=awards[change.award_id] if change.award_id else None)

    with pytest.raises(LedgerConflict, match=constraint):
        world.ledger.settle(world.tenant, settlement, NOW)

    assert world.ledger.budget(world.tenant) == Budget(LIMIT_MICROS, 2_000, 0)


def test_settlement_of_nothing(world: World) -> None:
    """A hold that was never placed cannot be resolved."""
    with pytest.raises(UnknownRecord):
        world.ledger.settle(world.tenant, Settlement(_HOLD, None, "voided", 0), NOW)


def test_orphan_holds(world: World) -> None:
    """Holds of earlier attempts without an award are voided, all others stay."""
    lot, other = world.lots(2)
    world.awarded(lot)
    for of_lot, attempt, round_ in ((lot, 1, 2), (lot, 2, 1), (lot, 3, 1), (other, 1, 1)):
        award = world.auction(of_lot, attempt, round_).award
        assert award is not None
        world.hold(award)

    world.ledger.release_orphan_holds(world.tenant, lot.lot_id, 3, NOW)
    world.ledger.release_orphan_holds(world.tenant, lot.lot_id, 3, NOW)

    assert world.ledger.budget(world.tenant) == Budget(LIMIT_MICROS, 3_000, 0)


def test_conservation(world: World) -> None:
    """The budget equals what settlements and open holds add up to."""
    settled, open_ = (world.awarded(lot) for lot in world.lots(2))
    world.completed(settled, cost_micros=300)
    world.settled(settled, 300)
    world.completed(open_, cost_micros=200)

    found = world.ledger.conservation(world.tenant)

    assert found == Conservation(Budget(LIMIT_MICROS, 1_000, 300), 300, 500, 1, 1_000)
    assert found.holds
