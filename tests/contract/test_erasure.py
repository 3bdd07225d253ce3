"""Erasure: text goes, the ledger's rows stay, and a record says what was done."""

from __future__ import annotations

import uuid
from dataclasses import replace

from bidding.domain.graph import Entity, SolvedLot, task_relations
from bidding.domain.ids import LotId, SeatId, TaskId
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Demonstration, Erasure
from tests.ledger_samples import NOW, World

ADDRESS = "ada@example.org"


def solved(world: World, address: str = ADDRESS, thread: str = "<1@example.org>") -> tuple[Lot, Award]:
    """A lot with everything that may hold text of a mail."""
    [lot] = world.lots()
    award = world.awarded(lot)
    world.completed(award, output={"label": "secret"})
    world.settled(award)
    world.judged(award, "human", 1.0)
    world.ledger.close_lot(world.tenant, lot.lot_id, "done")
    world.ledger.finish_task(world.tenant, lot.task_id, "done", None, f"results/{lot.task_id}.json")
    shown = Demonstration(lot.lot_id, "classify", "s", "secret text", {"label": "secret"}, "human", (1.0, 0.0))
    world.ledger.add_demonstration(world.tenant, shown, NOW)
    lots = [SolvedLot("secret", True, SeatId("large"), None)]
    relations = task_relations(world.tenant, lot.task_id, address, thread, "internal", lots)
    world.ledger.record_relations(world.tenant, lot.task_id, relations, (1.0, 0.0))
    return lot, award


def erased(world: World, *tasks: TaskId) -> Erasure:
    erasure = Erasure(str(uuid.uuid4()), "operator", tasks, 3, NOW)
    world.ledger.erase_tasks(world.tenant, erasure)
    return erasure


def sender_of(world: World, address: str = ADDRESS) -> Entity:
    return Entity.of(world.tenant, "sender", address)


def test_text_goes_and_rows_stay(world: World) -> None:
    """Answer, example, source and part are blank; auction, award, settlement and judgement are as they were."""
    lot, award = solved(world)
    before = world.ledger.history(world.tenant, lot.lot_id)
    money = world.ledger.conservation(world.tenant)

    erasure = erased(world, lot.task_id)

    task = world.ledger.task(world.tenant, lot.task_id)
    assert (task.source, task.status, task.reason, task.result_key) == ("", "refused", "erased", None)
    after = world.ledger.history(world.tenant, lot.lot_id)
    [past] = before.rounds
    assert past.completion is not None
    blank = replace(past.completion, output={}, detail="")
    assert after.rounds == (replace(past, completion=blank),)
    assert after.lot == replace(before.lot, part="")
    assert world.ledger.conservation(world.tenant) == money
    assert world.ledger.demonstrations(world.tenant, [lot.lot_id]) == []
    assert world.ledger.erasures(world.tenant) == [erasure]
    assert award.lot_id == lot.lot_id


def test_the_graph_forgets(world: World) -> None:
    """A sender without tasks is gone with all relations; what others take part in stays, a thread without its name."""
    lot, _ = solved(world)
    other, _ = solved(world, address="bob@example.org")

    erased(world, lot.task_id)

    gone = [sender_of(world).entity_id, Entity.of(world.tenant, "task", lot.task_id).entity_id]
    assert world.ledger.entities(world.tenant, gone) == []
    bob = sender_of(world, "bob@example.org").entity_id
    around = world.ledger.neighbourhood(world.tenant, [bob], 2)
    assert {each.source.name for each in around if each.kind == "sent_by"} == {other.task_id}
    assert [each.target.name for each in around if each.kind == "part_of"] == [""]
    [organisation] = [each for each in around if each.kind == "belongs_to"]
    assert organisation.weight == 1


def test_tasks_of_a_sender(world: World) -> None:
    """The graph names a sender's tasks; those it knows nothing of are told apart, and erased ones are neither."""
    lot, _ = solved(world)
    solved(world, address="bob@example.org")
    [unknown] = world.lots()

    assert world.ledger.tasks_of_sender(world.tenant, sender_of(world).entity_id) == ([lot.task_id], [unknown.task_id])
    erased(world, lot.task_id, unknown.task_id)
    assert world.ledger.tasks_of_sender(world.tenant, sender_of(world).entity_id) == ([], [])


def test_where_text_may_lie(world: World) -> None:
    """Document, payload, raw answer and result of the asked tasks, and of no others."""
    lot, _ = solved(world)
    solved(world)
    keys = world.ledger.object_keys(world.tenant, [lot.task_id])
    assert keys == sorted(["mail/1.eml", lot.payload_key, "raw/1.txt", f"results/{lot.task_id}.json"])


def test_erasing_again_changes_nothing(world: World) -> None:
    """A repetition after an interruption finds nothing left to do."""
    lot, _ = solved(world)
    erasure = erased(world, lot.task_id)
    after = world.ledger.history(world.tenant, lot.lot_id)
    world.ledger.erase_tasks(world.tenant, erasure)
    assert world.ledger.history(world.tenant, lot.lot_id) == after
    assert world.ledger.erasures(world.tenant) == [erasure]


def test_another_tenant_erases_nothing(world: World) -> None:
    """Naming another tenant's task erases nothing of it."""
    lot, _ = solved(world)
    stranger = World.of(world.ledger)
    before = world.ledger.history(world.tenant, lot.lot_id)
    assert stranger.ledger.object_keys(stranger.tenant, [lot.task_id]) == []
    assert stranger.ledger.tasks_of_sender(stranger.tenant, sender_of(world).entity_id) == ([], [])
    erased(stranger, lot.task_id)
    assert world.ledger.history(world.tenant, lot.lot_id) == before
    assert world.ledger.demonstrations(world.tenant, [LotId(lot.lot_id)]) != []
