"""The knowledge graph: counters that replays do not move, neighbourhoods with bounds, likeness."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from bidding.domain import ids
from bidding.domain.errors import InvalidRequest
from bidding.domain.graph import Entity, Relation, SolvedLot, task_relations
from bidding.domain.ids import SeatId, TaskId, TenantId
from bidding.domain.seats import DataClass
from bidding.ports.ledger import Ledger
from tests.ledger_samples import NOW, World

ADDRESS = "ada@example.org"


def a_task(world: World, number: int = 1) -> TaskId:
    return ids.task_id(NOW + number, world.tenant, f"mail-{number}")


def said(
    world: World,
    task: TaskId,
    label: str | None = "invoice",
    confirmed: bool = True,
    address: str = ADDRESS,
    thread: str = "<1@example.org>",
    data_class: DataClass = "internal",
) -> tuple[Relation, ...]:
    lots = [SolvedLot(label, confirmed, SeatId("large"), None)]
    return task_relations(world.tenant, task, address, thread, data_class, lots)


def tell(world: World, number: int = 1, **what: object) -> TaskId:
    task = a_task(world, number)
    world.ledger.record_relations(world.tenant, task, said(world, task, **what))  # type: ignore[arg-type]
    return task


def around(world: World, kind: str, name: str, hops: int = 1, **bounds: object) -> list[Relation]:
    root = Entity.of(world.tenant, kind, name)  # type: ignore[arg-type]
    return world.ledger.neighbourhood(world.tenant, [root.entity_id], hops, **bounds)  # type: ignore[arg-type]


def weights(relations: Sequence[Relation]) -> dict[tuple[str, str, str], int]:
    return {(each.source.name, each.kind, each.target.name): each.weight for each in relations}


def test_what_a_task_says(world: World) -> None:
    """A task's relations come back around its sender, with the times inside its id."""
    task = tell(world)

    found = around(world, "sender", ADDRESS)

    assert weights(found) == {
        (task, "sent_by", ADDRESS): 1,
        (ADDRESS, "belongs_to", "example.org"): 1,
        (ADDRESS, "writes_about", "invoice"): 1,
    }
    assert {(each.first_seen_ms, each.last_seen_ms, each.hop, each.data_class) for each in found} == {
        (NOW + 1, NOW + 1, 1, "internal")
    }


def test_a_replay_moves_no_counter(world: World) -> None:
    """Telling the same again, in any order, changes nothing; another task counts."""
    for number in (1, 2, 1, 2, 2):
        tell(world, number)

    found = {each.kind: each for each in around(world, "sender", ADDRESS)}

    assert found["writes_about"].weight == 2
    assert (found["writes_about"].first_seen_ms, found["writes_about"].last_seen_ms) == (NOW + 1, NOW + 2)
    assert found["sent_by"].weight == 1


def test_a_correction_takes_back_what_it_corrects(world: World) -> None:
    """The task that was about one thing is now about another, and the first is gone or counts one less."""
    tell(world, 1)
    tell(world, 2)
    tell(world, 2, label="complaint")
    both = weights(around(world, "sender", ADDRESS))
    tell(world, 1, label="complaint")
    one = weights(around(world, "sender", ADDRESS))

    assert (both[ADDRESS, "writes_about", "invoice"], both[ADDRESS, "writes_about", "complaint"]) == (1, 1)
    assert (ADDRESS, "writes_about", "invoice") not in one
    assert one[ADDRESS, "writes_about", "complaint"] == 2


def test_a_task_may_be_forgotten(world: World) -> None:
    """A task that says nothing leaves nothing behind."""
    task = tell(world)
    world.ledger.record_relations(world.tenant, task, ())
    assert around(world, "sender", ADDRESS) == []


def test_a_guess_teaches_nobody(world: World) -> None:
    """What a seat answered and no human confirmed is known of the task alone."""
    task = tell(world, confirmed=False)
    assert (task, "guessed", "invoice") in weights(around(world, "task", task))
    kinds = {each.kind for each in around(world, "sender", ADDRESS) + around(world, "thread", "<1@example.org>")}
    assert kinds.isdisjoint({"writes_about", "concerns"})


def test_two_hops(world: World) -> None:
    """From a thread one comes to its tasks, and from those to sender and seat, each named with its distance."""
    task = tell(world)

    found = {(each.kind, each.hop) for each in around(world, "thread", "<1@example.org>", hops=2)}

    assert found == {
        ("part_of", 1),
        ("concerns", 1),
        ("sent_by", 2),
        ("about", 2),
        ("served_by", 2),
        ("writes_about", 2),
    }
    assert task in {each.source.name for each in around(world, "thread", "<1@example.org>")}


def test_a_hub_is_capped_and_kinds_take_turns(world: World) -> None:
    """Many tasks of a sender do not hide its organisation and topics, and the latest of them come first."""
    for number in range(1, 31):
        tell(world, number)

    found = around(world, "sender", ADDRESS, cap=5)

    assert len(found) == 5
    assert {each.kind for each in found} == {"belongs_to", "writes_about", "sent_by"}
    assert [each.source.name for each in found if each.kind == "sent_by"] == [a_task(world, n) for n in (30, 29, 28)]


def test_what_is_stricter_is_not_shown(world: World) -> None:
    """Relations learnt from confidential mails do not show to a caller who may see internal ones only."""
    tell(world, 1, data_class="confidential")
    tell(world, 2, data_class="public")

    open_ = around(world, "sender", ADDRESS, data_class="internal")

    assert {each.data_class for each in open_} == {"public"}
    assert {each.data_class for each in around(world, "sender", ADDRESS)} == {"public", "confidential"}


def test_only_the_kinds_asked_for(world: World) -> None:
    """A question for topics is answered with topics."""
    tell(world)
    assert [each.kind for each in around(world, "sender", ADDRESS, kinds=("writes_about",))] == ["writes_about"]


def test_bounds(world: World) -> None:
    """More hops or a larger cap than one call may answer are refused."""
    for hops, bounds in ((4, {}), (0, {}), (1, {"cap": 51}), (1, {"cap": 0})):
        with pytest.raises(InvalidRequest, match="hops"):
            around(world, "sender", ADDRESS, hops, **bounds)


def test_another_tenant(world: World) -> None:
    """A tenant that names another's entity finds nothing there."""
    tell(world)
    sender = Entity.of(world.tenant, "sender", ADDRESS)
    stranger = TenantId(f"{world.tenant}-stranger")

    assert world.ledger.neighbourhood(stranger, [sender.entity_id], 2) == []
    assert world.ledger.entities(stranger, [sender.entity_id]) == []
    assert world.ledger.nearest_entities(stranger, sender.entity_id, "sender", 5) == []
    assert world.ledger.entities(world.tenant, [sender.entity_id]) == [sender]


@pytest.mark.parametrize("name", ["'; DROP TABLE entities; --", "<b>\x1b[31m\u202e", 'a"}]', "\\x00%s%(tenant)s"])
def test_hostile_names(ledger: Ledger, name: str) -> None:
    """A name is data: it comes back as it was written."""
    world = World.of(ledger)
    tell(world, thread=name)
    [thread] = world.ledger.entities(world.tenant, [Entity.of(world.tenant, "thread", name).entity_id])
    assert thread.name == name


@pytest.mark.parametrize("dimensions", [3, 384])
def test_nearest_entities(world: World, dimensions: int) -> None:
    """Senders are near whose last mails are alike; other kinds and vectors of other lengths are not compared."""

    def embedded(number: int, address: str, *start: float) -> None:
        task = a_task(world, number)
        vector = (*start, *[0.0] * (dimensions - len(start)))
        world.ledger.record_relations(world.tenant, task, said(world, task, address=address), vector)

    embedded(1, "near@x.org", 0.9, 0.1)
    embedded(2, "far@x.org", -1.0, 0.0)
    embedded(4, "ada@x.org", 1.0, 0.0)
    embedded(3, "ada@x.org", -1.0, 0.0)  # an earlier mail, told later: the last one counts
    task = a_task(world, 5)
    world.ledger.record_relations(world.tenant, task, said(world, task, address="short@x.org"), (1.0,))

    ada = Entity.of(world.tenant, "sender", "ada@x.org").entity_id
    found = world.ledger.nearest_entities(world.tenant, ada, "sender", 5)

    assert [each.entity.name for each in found] == ["near@x.org", "far@x.org"]
    assert [each.similarity for each in found] == pytest.approx([0.9938837, -1.0], abs=1e-3)
    assert world.ledger.nearest_entities(world.tenant, str(uuid.uuid4()), "sender", 5) == []  # type: ignore[arg-type]
