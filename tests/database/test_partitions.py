"""Partitions: rows of before are carried over, every month has its own, invariants hold in each, queries prune."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Json

from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.migrations import MIGRATIONS, migrate
from bidding.adapters.postgres.rows import auction_document
from bidding.domain import ids
from bidding.domain.ids import TenantId
from bidding.domain.lots import Lot, SchemaRef
from stacks.local.postgres.server import PostgresServer
from tests.database.conftest import Connection
from tests.ledger_samples import LIMIT_MICROS, World

_TABLES = ("auctions", "awards", "bids", "completions", "executions", "holds", "outcomes", "settlements")
_DAY_MS = 86_400_000


def months(connection: Connection, table: str) -> list[str]:
    """Names of a table's partitions, without the table's."""
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", (table,)
    )
    return [name.removeprefix(f"{table}_") for (name,) in rows]


@pytest.fixture
def unpartitioned(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[str]:
    """URL of a ledger as it was before partitions."""
    server = postgres_server.acquire()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE unpartitioned")
    for file in MIGRATIONS.iterdir():
        if file.name < "0008":
            shutil.copy(str(file), tmp_path / file.name)
    dsn = make_conninfo(server, dbname="unpartitioned")
    migrate(dsn, tmp_path)
    yield dsn


def fill(connection: Connection, tenant: str, now_ms: int) -> Lot:
    """A lot that was auctioned, executed, settled and judged, written with the functions of before."""
    task = ids.task_id(now_ms, TenantId(tenant), "mail-1")
    lot = Lot(ids.lot_id(task, 0), task, TenantId(tenant), 0, "classify", "body", SchemaRef("classification.v1"), "p/0",
              "confidential", 2_000, 900)  # fmt: skip
    record = World(None, lot.tenant).auction(lot)  # type: ignore[arg-type]
    award = record.award
    assert award is not None
    document = {"lot_id": lot.lot_id, "task_id": task, "position": 0, "kind": "classify", "part": "body", "output": "o",
                "payload_key": "p/0", "data_class": "confidential", "value_micros": 1, "price_ceiling_micros": 900,
                "quality_floor": 0, "deadline_ms": 1, "delay_micros_per_second": 0, "needs": [], "status": "open"}  # fmt: skip
    claim = "00000000-0000-4000-8000-000000000000"
    calls: list[tuple[str, tuple[object, ...]]] = [
        ("claim_task(%s, %s, %s, 's', 'd', 'o', %s, %s, 1)", (tenant, str(now_ms), task, claim, now_ms)),
        ("put_lots(%s, %s)", (tenant, Json([document]))),
        ("place_hold(%s, %s, %s, 100000, %s)", (tenant, award.hold_id, award.hold_micros, now_ms)),
        ("record_auction(%s, %s, %s)", (tenant, Json(auction_document(record)), now_ms)),
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


def test_rows_of_before_are_carried_over(unpartitioned: str) -> None:
    """Every row written before partitions is found after them, in the partition of its month and with its number."""
    november = int(datetime(2025, 11, 30, 23, 59, 59, 999_000, UTC).timestamp() * 1_000)
    with psycopg.connect(unpartitioned, autocommit=True) as connection:
        lots = [fill(connection, "tenant-a", now_ms) for now_ms in (november, november + 1)]
        before = {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 2".encode()).fetchall() for table in _TABLES
        }
        migrate(unpartitioned)
        for table in _TABLES:
            after = connection.execute(f"SELECT * FROM {table} ORDER BY 2".encode()).fetchall()
            if table == "holds":
                after = [(*row[:3], row[4]) for row in after]
            assert after == before[table]
            assert months(connection, table) == ["2025_11", "2025_12", "default"]
            assert connection.execute(f"SELECT count(*) FROM {table}_default".encode()).fetchone() == (0,)
    ledger = PostgresLedger(make_conninfo(unpartitioned, user="ledger_app"), default_budget_micros=LIMIT_MICROS)
    assert [len(ledger.history(lot.tenant, lot.lot_id).rounds) for lot in lots] == [1, 1]
    assert ledger.conservation(TenantId("tenant-a")).holds
    ledger.close()
