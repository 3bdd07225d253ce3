"""Partitions: rows of before are carried over, every month has its own, invariants hold in each, queries prune."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Json

from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.errors import constraint_of
from bidding.adapters.postgres.migrations import MIGRATIONS, migrate
from bidding.domain import ids
from bidding.domain.ids import TenantId
from bidding.domain.lots import Lot, SchemaRef
from stacks.local.postgres.server import PostgresServer
from tests.database.conftest import Connection
from tests.database.old_ledger import documents
from tests.database.test_constraints import BREACHES
from tests.ledger_samples import LIMIT_MICROS, NOW, World

_TABLES = ("auctions", "awards", "bids", "completions", "executions", "holds", "outcomes", "settlements")
_DAY_MS = 86_400_000


def months(connection: Connection, table: str) -> list[str]:
    """Names of a table's partitions, without the table's."""
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", (table,)
    )
    return [name.removeprefix(f"{table}_") for (name,) in rows]


@pytest.fixture
def unpartitioned(postgres_server: PostgresServer, tmp_path: Path) -> str:
    """URL of a ledger as it was before partitions."""
    server = postgres_server.acquire()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE unpartitioned")
    for file in MIGRATIONS.iterdir():
        if file.name < "0008":
            shutil.copy(str(file), tmp_path / file.name)
    dsn = make_conninfo(server, dbname="unpartitioned")
    migrate(dsn, tmp_path)
    return dsn


def fill(connection: Connection, tenant: str, now_ms: int) -> Lot:
    """A lot that was auctioned, executed, settled and judged, written with the functions of before."""
    task = ids.task_id(now_ms, TenantId(tenant), "mail-1")
    lot = Lot(ids.lot_id(task, 0), task, TenantId(tenant), 0, "classify", "body", SchemaRef("classification.v1"), "p/0",
              "confidential", 2_000, 900)  # fmt: skip
    record = World(None, lot.tenant).auction(lot)  # type: ignore[arg-type]
    award = record.award
    assert award is not None
    whole = documents(record)
    document = {"lot_id": lot.lot_id, "task_id": task, "position": 0, "kind": "classify", "part": "body", "output": "o",
                "payload_key": "p/0", "data_class": "confidential", "value_micros": 1, "price_ceiling_micros": 900,
                "quality_floor": 0, "deadline_ms": 1, "delay_micros_per_second": 0, "needs": [],
                "status": "open"}  # fmt: skip
    claim = "00000000-0000-4000-8000-000000000000"
    calls: list[tuple[str, tuple[object, ...]]] = [
        ("claim_task(%s, %s, %s, 's', 'd', 'o', %s, %s, 1)", (tenant, str(now_ms), task, claim, now_ms)),
        ("put_lots(%s, %s)", (tenant, Json([document]))),
        ("place_hold(%s, %s, %s, 100000, %s)", (tenant, award.hold_id, award.hold_micros, now_ms)),
        ("record_auction(%s, %s, %s)", (tenant, Json(whole), now_ms)),
        ("claim_execution(%s, %s, %s, %s)", (tenant, award.award_id, claim, now_ms)),
        ("complete_execution(%s, %s, 'failed', 'invalid', '', 1, 1, 1, 300, 5, NULL, NULL, NULL, %s)",
         (tenant, award.award_id, now_ms)),
        ("settle(%s, %s, %s, 'settled', 300, %s)", (tenant, award.hold_id, award.award_id, now_ms)),
        ("record_outcome(%s, %s, %s, 'failure', 0, 1, '{}', %s)",
         (tenant, ids.outcome_id(award.award_id, "failure", "0"), award.award_id, now_ms)),
    ]  # fmt: skip
    for call, parameters in calls:
        connection.execute(f"SELECT {call}".encode(), parameters)
    return lot


def rows_of(connection: Connection, table: str, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """A table's rows, in these columns: later migrations add others."""
    names = ", ".join(columns)
    return connection.execute(f"SELECT {names} FROM {table} ORDER BY 2".encode()).fetchall()


def test_rows_of_before_are_carried_over(unpartitioned: str) -> None:
    """Every row written before partitions is found after them, in the partition of its month and with its number."""
    november = int(datetime(2025, 11, 30, 23, 59, 59, 999_000, UTC).timestamp() * 1_000)
    with psycopg.connect(unpartitioned, autocommit=True) as connection:
        lots = [fill(connection, "tenant-a", now_ms) for now_ms in (november, november + 1)]
        columns = {
            table: [column.name for column in connection.execute(f"SELECT * FROM {table}".encode()).description or ()]
            for table in _TABLES
        }
        before = {table: rows_of(connection, table, columns[table]) for table in _TABLES}
        assert min(len(rows) for rows in before.values()) == 2
        migrate(unpartitioned)
        for table in _TABLES:
            assert rows_of(connection, table, columns[table]) == before[table]
            assert months(connection, table) == ["2025_11", "2025_12", "default"]
            assert connection.execute(f"SELECT count(*) FROM {table}_default".encode()).fetchone() == (0,)
    ledger = PostgresLedger(make_conninfo(unpartitioned, user="ledger_app"), default_budget_micros=LIMIT_MICROS)
    assert [len(ledger.history(lot.tenant, lot.lot_id).rounds) for lot in lots] == [1, 1]
    assert ledger.conservation(TenantId("tenant-a")).holds
    ledger.close()


def a_month_later(now_ms: int, number: int = 1) -> int:
    return now_ms + number * 31 * _DAY_MS


@pytest.fixture
def cut(ledger: PostgresLedger, connection: Connection) -> World:
    """A tenant of a ledger with partitions from this month on, and the next two."""
    ledger.maintain_partitions(NOW, 2)
    return World.of(ledger)


def test_maintenance(cut: World, connection: Connection) -> None:
    """Every table has this month's partition and the coming ones, once, and nothing lies outside of them."""
    cut.awarded(cut.lots()[0])
    states = cut.ledger.maintain_partitions(NOW, 2)

    assert [each.table for each in states] == sorted(_TABLES)
    assert {each.months for each in states} == {3}
    assert {each.rows_in_default for each in states} == {0}
    assert {tuple(months(connection, table)) for table in _TABLES} == {("2026_09", "2026_10", "2026_11", "default")}


def test_invariants_in_every_partition(cut: World, connection: Connection) -> None:
    """What is unique beside the key of a partition is so in each of them, the default one and new ones included."""
    wanted = {"auctions": ["one_per_round"], "awards": ["one_per_auction", "one_per_hold"], "outcomes": ["one_first"]}
    for table in _TABLES:
        for suffix in months(connection, table):
            name = f"{table}_{suffix}"
            indices = connection.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique", (name,)
            ).fetchall()
            found = [index.removeprefix(f"{name}_") for (index,) in indices if "_one_" in index]
            assert sorted(found) == wanted.get(table, []), name
            triggers = connection.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
                (name, f"{table}_append_only"),
            ).fetchall()
            assert len(triggers) == 1, name


@pytest.mark.parametrize("constraint", ["auctions_one_per_round", "awards_one_per_auction", "awards_one_per_hold"])
def test_invariant_of_a_month(cut: World, connection: Connection, constraint: str) -> None:
    """In the partition of a month the invariants are refused by the names that they have everywhere."""
    cut.awarded(cut.lots()[0])
    with pytest.raises(psycopg.IntegrityError) as refused:
        connection.execute(BREACHES[constraint].encode(), {"tenant": cut.tenant})

    assert "2026_09" in str(refused.value.diag.constraint_name)
    assert constraint_of(refused.value) == constraint


def plan(connection: Connection, query: str, parameters: dict[str, object]) -> str:
    """How the server would run a query, on tables of which it believes that they are large."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL enable_seqscan = off")  # the tables of a test fit into a page
        rows = connection.execute(f"EXPLAIN {query}".encode(), parameters).fetchall()
    return "\n".join(line for (line,) in rows)


def test_a_lot_is_explained_from_one_partition(cut: World, connection: Connection) -> None:
    """Everything about a lot is found by index, in the partitions of its own month only."""
    (lot,) = cut.lots()
    cut.awarded(lot)
    for table in ("auctions", "bids", "awards", "completions", "settlements", "outcomes"):
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL enable_seqscan = off")  # the tables of a test fit into a page
            connection.execute(f"SELECT * FROM {table}_of_lot(%s, %s)".encode(), (cut.tenant, lot.lot_id))
            read = connection.execute("""
                SELECT relname::text, seq_scan FROM pg_stat_xact_user_tables
                WHERE seq_scan + coalesce(idx_scan, 0) > 0 AND schemaname = 'public'
            """).fetchall()
        assert read != []
        assert [name for name, seq_scans in read if seq_scans or not name.endswith("_2026_09")] == []


def test_the_last_hour_is_found_by_time(cut: World, connection: Connection) -> None:
    """Awards of the last hour come from the index on time, which is small."""
    query = "SELECT seat_id, count(*) FROM awards WHERE created_at >= now() - interval '1 hour' GROUP BY seat_id"
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL enable_indexscan = off")
        text = plan(connection, query, {})

    assert "Seq Scan" not in text
    assert "Bitmap Index Scan on awards_2026_09_created_at_idx" in text


def test_outcomes_to_fold_are_found_by_number(cut: World, connection: Connection) -> None:
    """Outcomes that wait for a fold come from the index on their transaction, not from all that ever were."""
    query = """
        SELECT outcome_id FROM outcomes
        WHERE tenant = %(tenant)s AND stands AND xact_id >= '1000000' ORDER BY xact_id, outcome_id
    """
    text = plan(connection, query, {"tenant": cut.tenant})

    assert "Seq Scan" not in text
    assert "xact_id_outcome_id_idx" in text


def test_no_row_is_refused_for_want_of_a_month(cut: World, connection: Connection) -> None:
    """A row of a month without a partition is kept, reported, and stays when its month is made too late."""
    far = a_month_later(NOW, 24)
    hold = ids.hold_id(ids.auction_id(ids.lot_id(ids.task_id(far, cut.tenant, "late"), 0), 1, 1))
    assert cut.ledger.place_hold(cut.tenant, hold, 10, far)

    states = cut.ledger.maintain_partitions(far, 0)

    assert {each.table: each.rows_in_default for each in states if each.rows_in_default} == {"holds": 1}
    assert {each.table for each in states if each.months == 3} == {"holds"}
    assert cut.ledger.conservation(cut.tenant).holds
