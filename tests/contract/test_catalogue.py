"""Seats and demonstrations: who may bid, and what may be shown."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, SeatId, TaskId, TenantId
from bidding.domain.records import Demonstration
from bidding.domain.seats import PriceList, Seat
from bidding.ports.ledger import Ledger
from tests.ledger_samples import NOW, World, a_seat


def unique_seat() -> Seat:
    return a_seat(f"seat-{uuid.uuid4()}")


def found(ledger: Ledger, seat: Seat) -> Seat:
    (only,) = [each for each in ledger.seats() if each.seat_id == seat.seat_id]
    return only


def demonstration(text: str, *embedding: float, lot: int = 1, scope: str = "invoices") -> Demonstration:
    return Demonstration(
        lot_id=LotId(str(uuid.UUID(int=lot))),
        kind="classify",
        scope=scope,
        text=text,
        output={"label": text},
        source="human",
        embedding=embedding,
    )


def test_seat(ledger: Ledger) -> None:
    """A seat comes back as it was put, among all seats by id."""
    seat = unique_seat()

    ledger.put_seat(seat, NOW)
    ledger.put_seat(unique_seat(), NOW)

    assert found(ledger, seat) == seat
    names = [each.seat_id for each in ledger.seats()]
    assert names == sorted(names)


def test_new_terms(ledger: Ledger) -> None:
    """Putting a seat again sets its terms and prices, and an older price may return."""
    seat = unique_seat()
    dearer = replace(seat, max_output_tokens=64, prior_quality=None, prices=PriceList(cpu_second_micros=9, source="x"))

    for terms in (seat, dearer, seat):
        ledger.put_seat(terms, NOW)
        assert found(ledger, seat) == terms


def test_retired_seat(ledger: Ledger) -> None:
    """A retired seat stays retired when its terms are put anew, until it is readmitted."""
    seat = unique_seat()
    ledger.put_seat(seat, NOW)

    ledger.set_status(seat.seat_id, "retired")
    ledger.put_seat(seat, NOW)

    assert found(ledger, seat) == replace(seat, status="retired")
    ledger.set_status(seat.seat_id, "active")
    assert found(ledger, seat) == seat


def test_unknown_seat(ledger: Ledger) -> None:
    """A seat that was never put cannot be retired."""
    with pytest.raises(UnknownRecord):
        ledger.set_status(SeatId("nobody"), "retired")


def test_nearest(world: World) -> None:
    """Demonstrations come by likeness, those that cannot be compared last, and no more than asked for."""
    near, far, opposite = (
        demonstration("near", 0.75, 0.25, lot=1),
        demonstration("far", 0.25, 0.75, lot=2),
        demonstration("opposite", -1.0, 0.0, lot=3),
    )
    longer = demonstration("longer", 1.0, 0.0, 0.0, lot=4)
    plain = demonstration("plain", lot=5)
    for each in (plain, opposite, far, longer, near):
        world.ledger.add_demonstration(world.tenant, each, NOW)

    shown = world.ledger.nearest(world.tenant, "classify", "invoices", (1.0, 0.0), 10)

    assert [replace(each, similarity=0.0) for each in shown] == [near, far, opposite, longer, plain]
    assert [each.similarity for each in shown] == pytest.approx([0.948683, 0.316228, -1.0, 0.0, 0.0], abs=1e-5)
    assert len(world.ledger.nearest(world.tenant, "classify", "invoices", (1.0, 0.0), 2)) == 2


def test_nearest_without_an_embedder(world: World) -> None:
    """Without an embedding the latest demonstrations are shown."""
    first, second = demonstration("first", 1.0, lot=1), demonstration("second", lot=2)
    for each in (first, second):
        world.ledger.add_demonstration(world.tenant, each, NOW)

    assert world.ledger.nearest(world.tenant, "classify", "invoices", (), 10) == [second, first]


def test_scope(world: World) -> None:
    """Demonstrations of another scope, kind or tenant are not shown."""
    world.ledger.add_demonstration(world.tenant, demonstration("one", 1.0), NOW)
    stranger = TenantId(f"{world.tenant}-stranger")

    assert world.ledger.nearest(world.tenant, "classify", "letters", (1.0,), 10) == []
    assert world.ledger.nearest(world.tenant, "extract", "invoices", (1.0,), 10) == []
    assert world.ledger.nearest(stranger, "classify", "invoices", (1.0,), 10) == []
    assert world.ledger.demonstrations(stranger, [LotId(str(uuid.UUID(int=1)))]) == []


def test_correction_takes_the_place(world: World) -> None:
    """The later demonstration of a lot takes the place of the earlier one, in every scope."""
    wrong, right = demonstration("wrong", 1.0), demonstration("right", 0.5, scope="letters")
    other = demonstration("other", 1.0, lot=2)
    for each in (wrong, other, right, right):
        world.ledger.add_demonstration(world.tenant, each, NOW)

    assert world.ledger.nearest(world.tenant, "classify", "invoices", (), 10) == [other]
    lots = [other.lot_id, LotId(str(uuid.UUID(int=9))), right.lot_id]
    assert world.ledger.demonstrations(world.tenant, lots) == [other, right]


def test_withdrawn(world: World) -> None:
    """A withdrawn demonstration is found no more, until the lot is solved anew."""
    first = demonstration("a", 1.0, 0.0)
    world.ledger.add_demonstration(world.tenant, first, NOW)
    world.ledger.withdraw_demonstration(world.tenant, first.lot_id, NOW)
    assert world.ledger.demonstrations(world.tenant, [first.lot_id]) == []
    assert world.ledger.nearest(world.tenant, "classify", "invoices", (), 5) == []
    world.ledger.add_demonstration(world.tenant, first, NOW)
    assert world.ledger.demonstrations(world.tenant, [first.lot_id]) == [first]


def test_the_same_thread_comes_first(world: World) -> None:
    """A demonstration of the thread's own tasks ranks a fifth higher, its similarity told as it is, and no further."""
    [mine] = world.lots()
    near = demonstration("near", 0.9, 0.43589, lot=1)
    own = replace(demonstration("own", 0.75, 0.66144), lot_id=mine.lot_id)
    best = demonstration("best", 1.0, 0.0, lot=2)
    for each in (near, own, best):
        world.ledger.add_demonstration(world.tenant, each, NOW)

    def shown(*tasks: TaskId) -> list[str]:
        found = world.ledger.nearest(world.tenant, "classify", "invoices", (1.0, 0.0), 3, tasks)
        assert {each.text: round(each.similarity, 2) for each in found} == {"near": 0.9, "own": 0.75, "best": 1.0}
        return [each.text for each in found]

    assert shown() == ["best", "near", "own"]
    assert shown(mine.task_id) == ["best", "own", "near"]
