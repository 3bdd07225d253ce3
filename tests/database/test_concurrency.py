"""Many callers at once: budgets hold, claims have one winner, and order is kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from threading import Barrier, Event
from typing import TypeVar

import psycopg

from bidding.adapters.postgres import PostgresLedger
from bidding.domain import ids
from bidding.domain.errors import LedgerConflict
from bidding.domain.ids import HoldId, TenantId
from bidding.domain.records import Award, Budget, Settlement, TaskClaim
from tests.ledger_samples import NOW, World

_THREADS = 8
_Result = TypeVar("_Result")


def at_once(calls: Sequence[Callable[[], _Result]]) -> list[_Result]:
    """Results of calls that start together, each in a thread of its own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], _Result]) -> _Result:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_budget_under_concurrency(world: World) -> None:
    """Callers that hold on one budget together get what fits, to the last micro-dollar, and not more."""
    world.ledger.set_budget(world.tenant, 1_000)

    def hold_many() -> int:
        return sum(world.ledger.place_hold(world.tenant, HoldId(str(uuid.uuid4())), 10, NOW) for _ in range(20))

    assert sum(at_once([hold_many] * _THREADS)) == 100
    assert world.ledger.budget(world.tenant) == Budget(1_000, 1_000, 0)


def test_first_holds_of_a_tenant(ledger: PostgresLedger) -> None:
    """The first holds of a new tenant all succeed, although each finds no budget."""
    tenant = TenantId(f"new-{uuid.uuid4()}")

    placed = at_once([lambda: ledger.place_hold(tenant, HoldId(str(uuid.uuid4())), 10, NOW)] * _THREADS)

    assert placed == [True] * _THREADS
    assert ledger.budget(tenant).held_micros == 10 * _THREADS


def test_one_hold_placed_at_once(world: World, postgres_dsn: str) -> None:
    """Retries of one hold that wait for the budget together reserve its amount once, where no second would fit."""
    world.ledger.set_budget(world.tenant, 10)
    hold = HoldId(str(uuid.uuid4()))

    with ThreadPoolExecutor(2) as threads, psycopg.connect(postgres_dsn) as blocker:
        blocker.execute("SELECT FROM budgets WHERE tenant = %s FOR UPDATE", (world.tenant,))
        calls = [threads.submit(world.ledger.place_hold, world.tenant, hold, 10, NOW) for _ in range(2)]
        wait(calls, timeout=0.3)
        blocker.rollback()
        placed = [call.result() for call in calls]

    assert placed == [True, True]
    assert world.ledger.budget(world.tenant) == Budget(10, 10, 0)


def test_one_auction_recorded_at_once(world: World) -> None:
    """Callers that award one auction together, each with all of it, are all told that it is recorded; it is, once."""
    world.ledger.set_budget(world.tenant, 100_000)
    for lot in world.lots(10):
        record = world.auction(lot)
        award = partial(world.ledger.award_auction, world.tenant, record, NOW)
        again = partial(world.ledger.record_auction, world.tenant, record, NOW)
        assert at_once([award] * _THREADS) == ["recorded"] * _THREADS
        assert at_once([again] * _THREADS) == [True] * _THREADS
    for lot in world.lots(10):
        record = world.auction(lot)
        assert record.award is not None
        world.hold(record.award)
        held = partial(world.ledger.record_auction, world.tenant, record, NOW)
        assert at_once([held] * _THREADS) == [True] * _THREADS


def test_one_execution(world: World) -> None:
    """Of callers that claim one award together exactly one may execute it."""
    award = world.awarded(world.lots()[0])

    claims = at_once([lambda: world.ledger.claim_execution(world.tenant, award.award_id, NOW)] * _THREADS)

    assert sorted(claims) == [False] * (_THREADS - 1) + [True]


def test_one_task(world: World) -> None:
    """Of callers that ingest one document together exactly one gets the task, and all name the same."""

    def ingest(number: int) -> TaskClaim:
        owner, now_ms = f"owner-{number}", NOW + number
        return world.ledger.claim_task(world.tenant, "mail-1", "upload", "mail/1.eml", owner, now_ms, 60_000)

    claims = at_once([partial(ingest, number) for number in range(_THREADS)])

    assert len({claim.task_id for claim in claims}) == 1
    assert sorted(claim.status for claim in claims) == ["claimed"] + ["in_progress"] * (_THREADS - 1)


def test_one_settlement(world: World) -> None:
    """Settlements of one hold that meet move its money once."""
    award = world.awarded(world.lots()[0])
    world.completed(award)

    at_once([lambda: world.settled(award, 300)] * _THREADS)

    assert world.ledger.conservation(world.tenant).holds
    assert world.ledger.budget(world.tenant).spent_micros == 300


def test_claim_meets_void(world: World) -> None:
    """Where a claim meets a void of the same hold, exactly one of the two happens."""

    def claim(award: Award) -> bool:
        return world.ledger.claim_execution(world.tenant, award.award_id, NOW)

    def void(award: Award) -> bool:
        try:
            world.ledger.settle(world.tenant, Settlement(award.hold_id, award.award_id, "voided", 0), NOW)
        except LedgerConflict:
            return False
        return True

    for lot in world.lots(12):
        award = world.awarded(lot)

        assert sorted(at_once([partial(claim, award), partial(void, award)])) == [False, True]


def test_judgements_that_meet(world: World) -> None:
    """Judgements of one award that meet replace each other in the order in which they are folded."""
    award = world.awarded(world.lots()[0])

    def judge(number: int) -> None:
        world.judged(award, "human", number / 10, sequence=str(number))

    at_once([partial(judge, number) for number in range(_THREADS)])

    events = world.ledger.pending(world.tenant).events
    assert [event.first for event in events] == [True] + [False] * (_THREADS - 1)
    assert [event.replaces[0] if event.replaces else None for event in events] == [
        None,
        *(event.reward for event in events[:-1]),
    ]


def test_fold_beside_an_older_transaction(world: World, postgres_dsn: str) -> None:
    """An outcome whose transaction is older but ends later than a fold is not lost to the next fold."""
    early, late = (world.awarded(lot) for lot in world.lots(2))
    begun, proceed = Event(), Event()

    def slow_writer() -> None:
        with psycopg.connect(postgres_dsn) as slow:
            slow.execute("SELECT pg_current_xact_id()")
            begun.set()
            proceed.wait(10)
            slow.execute(
                "SELECT record_outcome(%s, %s, %s, 'human', 0.25, 1, '{}', 0)",
                (world.tenant, ids.outcome_id(early.award_id, "human", "late"), early.award_id),
            )

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(slow_writer)
        begun.wait(10)
        world.judged(late, "human", 0.75)
        batch = world.ledger.pending(world.tenant)
        world.ledger.append(world.tenant, world.ledger.current(world.tenant).folded(batch.events), batch.watermark, NOW)
        proceed.set()
        writing.result()

    after = world.ledger.pending(world.tenant)
    assert [event.reward for event in batch.events] == []
    assert [event.reward for event in after.events] == [0.25, 0.75]
