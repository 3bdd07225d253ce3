"""When the server dies: calls are repeated with their ids, nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.budgets import PostgresBudgets
from bidding.adapters.postgres.connection import Call, Database, Row
from bidding.adapters.postgres.market import PostgresMarket
from bidding.adapters.postgres.tasks import PostgresTasks
from bidding.domain.errors import LedgerConflict, LedgerUnavailable
from bidding.domain.ids import HoldId
from bidding.domain.records import TaskClaim
from stacks.local.postgres.server import PostgresServer
from tests.ledger_samples import LIMIT_MICROS, NOW, World


@pytest.fixture
def revived(app_dsn: str, postgres_server: PostgresServer) -> Iterator[PostgresLedger]:
    """A ledger that can start its server again."""
    ledger = PostgresLedger(app_dsn, default_budget_micros=LIMIT_MICROS, revive=postgres_server.ensure_running)
    yield ledger
    ledger.close()
    postgres_server.ensure_running()


def kill_server(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)").fetchone()
    assert row is not None
    os.kill(int(row[0]), signal.SIGKILL)


def test_server_killed_in_mid_run(revived: PostgresLedger, postgres_dsn: str, postgres_server: PostgresServer) -> None:
    """Lots that are auctioned, executed and settled while the server is killed all end, and every cent adds up."""
    worlds = [World.of(revived) for _ in range(4)]

    def run(world: World) -> int:
        settled = 0
        for lot in world.lots(50):
            for _ in range(4):
                try:
                    award = world.awarded(lot)
                    break
                except LedgerConflict:  # the asynchronous hold went with the server: it is placed again
                    continue
            else:
                pytest.fail("the hold was lost four times")
            world.completed(award)
            world.settled(award)
            settled += 300
        return settled

    with ThreadPoolExecutor(len(worlds)) as threads:
        runs = [threads.submit(run, world) for world in worlds]
        kills = 0
        while kills < 3 and not all(each.done() for each in runs):
            time.sleep(0.15)
            postgres_server.ensure_running()
            kill_server(postgres_dsn)
            kills += 1
        assert kills == 3
        assert [each.result() for each in runs] == [15_000] * len(worlds)

    for world in worlds:
        found = revived.conservation(world.tenant)
        assert (found.holds, found.settled_micros, found.open_holds) == (True, 15_000, 0)


def test_unreachable_server() -> None:
    """A server that stays away makes the call fail as the operator's matter, after the patience is used up."""
    revivals: list[str] = []
    database = Database("host=/nonexistent dbname=ledger", lambda: revivals.append("tried"), patience_seconds=0.1)

    with pytest.raises(LedgerUnavailable, match="nonexistent"):
        database.rows("SELECT 1", {})

    assert len(revivals) >= 2


class LosesFirstAnswer(Database):
    """A connection that breaks after the commit and before the answer, once."""

    lose = True

    def run_once(self, calls: Sequence[Call]) -> list[list[Row]]:
        rows = super().run_once(calls)
        if self.lose:
            self.lose = False
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return rows


@pytest.fixture
def forgetful(app_dsn: str) -> Iterator[Database]:
    """A database whose first answer is never heard."""
    database = LosesFirstAnswer(app_dsn)
    yield database
    database.close()


def test_lost_answer_to_a_claim(world: World, forgetful: Database) -> None:
    """Who claimed an execution and lost the answer may still execute it, once."""
    market = PostgresMarket(forgetful, LIMIT_MICROS)
    award = world.awarded(world.lots()[0])

    assert market.claim_execution(world.tenant, award.award_id, NOW)
    assert not market.claim_execution(world.tenant, award.award_id, NOW)


def test_lost_answer_to_an_ingest(world: World, forgetful: Database) -> None:
    """Who claimed a task and lost the answer is given it, in the same attempt."""
    tasks = PostgresTasks(forgetful, LIMIT_MICROS)

    claim = tasks.claim_task(world.tenant, "mail-1", "upload", "mail/1.eml", "owner-1", NOW, 60_000)

    assert claim == TaskClaim(claim.task_id, "claimed", 1)


def test_lost_answer_to_a_hold(world: World, forgetful: Database) -> None:
    """A hold whose answer was lost is reserved once."""
    budgets = PostgresBudgets(forgetful, LIMIT_MICROS)

    assert budgets.place_hold(world.tenant, HoldId(str(uuid.uuid4())), 700, NOW)

    assert world.ledger.budget(world.tenant).held_micros == 700
