"""What seats said of labels, and what turned out to be right: the same on every ledger."""

from __future__ import annotations

import uuid

from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.records import Award, Demonstration
from bidding.domain.weighed_lots import WINDOW_LOTS, WeighedLot
from tests.ledger_samples import NOW, World

SEAT = SeatId("small")


def _award(number: int, seat: SeatId = SEAT) -> Award:
    made, lot = (str(uuid.UUID(int=base + number)) for base in (10_000, 20_000))
    return Award(made, made, LotId(lot), made, seat, 1, 1, 1, 1.0, ())  # type: ignore[arg-type]


def _verify(world: World, award: Award, label: str) -> None:
    shown = Demonstration(award.lot_id, "classify", "s", "text", {"label": label}, "human")
    world.ledger.add_demonstration(world.tenant, shown, NOW)


def test_what_was_said_comes_back_with_what_was_right(world: World) -> None:
    """Oldest first; a lot that nobody verified has no right label, and one verified later gets it."""
    first, second = _award(1), _award(2)
    world.ledger.record_label_chances(world.tenant, first, "s", {"a": 0.25, "b": 0.75}, NOW)
    world.ledger.record_label_chances(world.tenant, second, "s", {"a": 0.5, "b": 0.5}, NOW)
    _verify(world, first, "a")

    said = [WeighedLot({"a": 0.25, "b": 0.75}, "a"), WeighedLot({"a": 0.5, "b": 0.5}, None)]
    assert world.ledger.weighed_lots(world.tenant, SEAT, "s") == said

    world.ledger.withdraw_demonstration(world.tenant, first.lot_id, NOW)
    assert world.ledger.weighed_lots(world.tenant, SEAT, "s")[0].right is None


def test_the_first_word_stands(world: World) -> None:
    """A retry of a call changes nothing."""
    for chances in ({"a": 1.0}, {"b": 1.0}):
        world.ledger.record_label_chances(world.tenant, _award(1), "s", chances, NOW)

    assert world.ledger.weighed_lots(world.tenant, SEAT, "s") == [WeighedLot({"a": 1.0}, None)]


def test_seats_scopes_and_tenants_are_apart(world: World) -> None:
    """What one seat says at one set of labels calibrates nothing else, and no other tenant's lots."""
    world.ledger.record_label_chances(world.tenant, _award(1), "s", {"a": 1.0}, NOW)
    stranger = TenantId(f"{world.tenant}-stranger")

    assert world.ledger.weighed_lots(world.tenant, SeatId("large"), "s") == []
    assert world.ledger.weighed_lots(world.tenant, SEAT, "t") == []
    assert world.ledger.weighed_lots(stranger, SEAT, "s") == []


def test_the_window_moves_on(world: World) -> None:
    """The last lots count; what is older is let go."""
    for number in range(WINDOW_LOTS + 3):
        world.ledger.record_label_chances(world.tenant, _award(number), "s", {"a": float(number)}, NOW)

    said = world.ledger.weighed_lots(world.tenant, SEAT, "s")
    assert [lot.chances["a"] for lot in said] == [float(number) for number in range(3, WINDOW_LOTS + 3)]
