"""Tasks and lots: who may work on a task, and what is kept of it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from bidding.domain import ids
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import LotId, TaskId, TenantId
from bidding.domain.records import ClaimStatus, Task, TaskClaim, TaskStatus
from tests.ledger_samples import NOW, World

_LEASE_MS = 60_000


def claim(world: World, key: str = "mail-1", owner: str = "owner-1", now_ms: int = NOW) -> TaskClaim:
    return world.ledger.claim_task(world.tenant, key, "upload", "mail/1.eml", owner, now_ms, _LEASE_MS)


def test_first_claim(world: World) -> None:
    """The first claim of a document makes its task and begins attempt 1."""
    first = claim(world)

    task_id = ids.task_id(NOW, world.tenant, "mail-1")
    assert first == TaskClaim(task_id, "claimed", 1)
    expected = Task(task_id, world.tenant, "running", None, "upload", "mail/1.eml", None, 1)
    assert world.ledger.task(world.tenant, task_id) == expected


@pytest.mark.parametrize("owner", ["owner-1", "owner-2"])
def test_live_claim(world: World, owner: str) -> None:
    """While a lease lives nobody else is given the task, not even its owner a second time."""
    first = claim(world)

    assert claim(world, owner=owner, now_ms=NOW + _LEASE_MS - 1) == TaskClaim(first.task_id, "in_progress", 1)


def test_lease_ends(world: World) -> None:
    """A task whose lease ended goes to the next caller as the next attempt, under the id of the first ingest."""
    first = claim(world)

    assert claim(world, owner="owner-2", now_ms=NOW + _LEASE_MS) == TaskClaim(first.task_id, "claimed", 2)


def test_released_lease(world: World) -> None:
    """Releasing the leases of dead owners frees their tasks and no others."""
    dead, alive = f"dead-{uuid.uuid4()}", f"alive-{uuid.uuid4()}"
    freed = claim(world, "mail-1", dead)
    kept = claim(world, "mail-2", alive)

    world.ledger.release_leases([dead])

    assert (dead in world.ledger.lease_owners(), alive in world.ledger.lease_owners()) == (False, True)
    assert claim(world, "mail-1") == TaskClaim(freed.task_id, "claimed", 2)
    assert claim(world, "mail-2") == TaskClaim(kept.task_id, "in_progress", 1)


@pytest.mark.parametrize(
    ("end", "answer", "attempt"),
    [("done", "done", 1), ("refused", "refused", 1), ("awaiting_approval", "awaiting_approval", 1),
     ("failed", "claimed", 2), ("running", "claimed", 2)],
)  # fmt: skip
def test_claim_after_end(world: World, end: TaskStatus, answer: ClaimStatus, attempt: int) -> None:
    """A failed or handed back task may be tried again, one that ended otherwise is answered with its end."""
    first = claim(world)
    world.ledger.finish_task(world.tenant, first.task_id, end, "because", None)

    assert claim(world) == TaskClaim(first.task_id, answer, attempt)


def test_finish(world: World) -> None:
    """Finishing a task keeps its reason and result and gives the claim back; a new attempt clears both."""
    task_id = claim(world).task_id

    world.ledger.finish_task(world.tenant, task_id, "failed", "no award", "results/1.json")

    expected = Task(task_id, world.tenant, "failed", "no award", "upload", "mail/1.eml", "results/1.json", 1)
    assert world.ledger.task(world.tenant, task_id) == expected
    claim(world)
    again = replace(expected, status="running", reason=None, result_key=None, attempt=2)
    assert world.ledger.task(world.tenant, task_id) == again


def test_list_of_tasks(world: World) -> None:
    """Tasks are listed oldest first, all of them or those of one status."""
    old = claim(world, "old", now_ms=NOW - 1).task_id
    new = claim(world, "new", now_ms=NOW).task_id
    world.ledger.finish_task(world.tenant, new, "done", None, None)

    assert [task.task_id for task in world.ledger.tasks(world.tenant)] == [old, new]
    assert [task.task_id for task in world.ledger.tasks(world.tenant, "done")] == [new]


def test_lots_are_written_once(world: World) -> None:
    """Lots come back as they were put, by position, and putting them again changes nothing."""
    lots = world.lots(3)
    world.ledger.put_lots(world.tenant, [replace(lots[0], kind="draft")])

    assert world.ledger.lots_of(world.tenant, lots[0].task_id) == lots
    assert world.ledger.lot(world.tenant, lots[2].lot_id) == lots[2]


def test_one_lot_per_position(world: World) -> None:
    """A task has one lot at a position: another one is refused."""
    (lot,) = world.lots()

    with pytest.raises(LedgerConflict, match="lots_one_per_position"):
        world.ledger.put_lots(world.tenant, [replace(lot, lot_id=LotId(str(uuid.uuid4())))])


def test_close_lot(world: World) -> None:
    """Closing a lot changes its status alone."""
    (lot,) = world.lots()

    world.ledger.close_lot(world.tenant, lot.lot_id, "done")

    assert world.ledger.lot(world.tenant, lot.lot_id) == replace(lot, status="done")


def test_outputs(world: World) -> None:
    """The latest successful output of a lot is its output; a lot without one is left out."""
    answered, failed, untouched = world.lots(3)
    world.completed(world.awarded(answered), output={"label": "first"})
    world.completed(world.awarded(answered, attempt=2), output={"label": "second", "why": "nul \x00 and \ud800"})
    world.completed(world.awarded(answered, attempt=2, round_=2), failed=True)
    world.completed(world.awarded(failed), failed=True)

    outputs = world.ledger.outputs_of(world.tenant, [answered.lot_id, failed.lot_id, untouched.lot_id])

    assert outputs == {answered.lot_id: {"label": "second", "why": "nul \x00 and \ud800"}}


@pytest.mark.parametrize("identifier", ["00000000-0000-7000-8000-000000000000", "no id at all"])
def test_unknown(world: World, identifier: str) -> None:
    """Asking for a task or lot that is not there is the caller's mistake."""
    task, lot = TaskId(identifier), LotId(identifier)

    with pytest.raises(UnknownRecord):
        world.ledger.task(world.tenant, task)
    with pytest.raises(UnknownRecord):
        world.ledger.lot(world.tenant, lot)
    with pytest.raises(UnknownRecord):
        world.ledger.finish_task(world.tenant, task, "done", None, None)
    with pytest.raises(UnknownRecord):
        world.ledger.close_lot(world.tenant, lot, "done")


def test_other_tenant(world: World) -> None:
    """A tenant sees nothing of another's tasks and lots, and the same document is a task of its own."""
    (lot,) = world.lots(key="mail-1")
    stranger = World(world.ledger, TenantId(f"{world.tenant}-stranger"))

    assert world.ledger.tasks(stranger.tenant) == []
    assert world.ledger.lots_of(stranger.tenant, lot.task_id) == []
    with pytest.raises(UnknownRecord):
        world.ledger.lot(stranger.tenant, lot.lot_id)
    assert claim(stranger).status == "claimed"


def test_a_claim_repeated_under_its_name_has_the_same_answer(world: World) -> None:
    """A retry whose first answer was lost still holds the task; another claim does not."""

    def named(name: str) -> TaskClaim:
        return world.ledger.claim_task(world.tenant, "mail-1", "upload", "mail/1.eml", "o", NOW, _LEASE_MS, name)

    first = named("execution-1")
    assert named("execution-1") == first == TaskClaim(first.task_id, "claimed", 1)
    assert named("execution-2").status == "in_progress"
