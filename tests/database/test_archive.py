"""Archives: a month goes only when it is over, only as exported, and the rest of the ledger still adds up."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import boto3
import psycopg
import pyarrow.parquet as pq
import pytest
from moto import mock_aws
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from bidding.adapters.archive_targets import FolderTarget, S3Target
from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.archive import PostgresMonths
from bidding.domain.errors import ArchiveDiffers, InvalidRequest, LedgerConflict, UnknownRecord
from bidding.domain.ids import SeatId
from bidding.domain.policy import Policy
from bidding.notary import Notary
from bidding.ports.archive import ArchiveTarget
from bidding.services.archive import archive, archive_month
from bidding.services.receipts import seal_receipts
from stacks.local.postgres.server import PostgresServer
from tests.database.receipt_samples import a_notary
from tests.ledger_samples import LIMIT_MICROS, NOW, SEATS, World

MONTH = "2026_09"
AFTER = date(2026, 10, 1)


@pytest.fixture
def dsn(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A ledger of the test's own, with partitions for the month of its rows."""
    assert postgres_template
    server, name = postgres_server.acquire(), f"archive_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE migrated").format(Identifier(name)))
    own = make_conninfo(server, dbname=name)
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("SELECT maintain_partitions(%s, 1)", (NOW,))
    yield own
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def world(dsn: str) -> Iterator[World]:
    """A tenant of that ledger."""
    ledger = PostgresLedger(make_conninfo(dsn, user="ledger_app"), default_budget_micros=LIMIT_MICROS)
    yield World.of(ledger)
    ledger.close()


@pytest.fixture
def months(dsn: str) -> Iterator[PostgresMonths]:
    """Its months."""
    with PostgresMonths(dsn) as opened:
        yield opened


@pytest.fixture
def notary(dsn: str, tmp_path: Path) -> Iterator[Notary]:
    """What seals and audits it."""
    with a_notary(dsn, tmp_path / "notary") as notary:
        yield notary


def over(notary: Notary, world: World, lots: int = 3, seats: Sequence[SeatId] = SEATS) -> None:
    """Work of the month that is through: settled, judged, folded, sealed, and its task done."""
    for lot in world.lots(lots):
        award = world.awarded(lot, seats=seats)
        world.completed(award, output={"label": "private words"})
        world.settled(award)
        world.judged(award, "human", 1 / 3)
        world.ledger.close_lot(world.tenant, lot.lot_id, "done")
        world.ledger.finish_task(world.tenant, lot.task_id, "done", None, None)
    folded(world)
    seal_receipts(notary)


def folded(world: World) -> None:
    version = world.ledger.current(world.tenant).version + 1
    watermark = world.ledger.pending(world.tenant).watermark
    world.ledger.append(world.tenant, Policy(version), watermark, NOW)


def partitions(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE %s", (f"%{MONTH}",)
        )
        return {name for (name,) in rows}


def everything(dsn: str, table: str, columns: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"SELECT {columns} FROM {table}_{MONTH} ORDER BY 1, 2".encode()).fetchall()


def test_a_month_goes_and_can_be_read(
    dsn: str, notary: Notary, world: World, months: PostgresMonths, tmp_path: Path
) -> None:
    """Every row is in the files bit for bit, the partitions are gone, and money is still conserved."""
    over(notary, world)
    columns = ["auction_id", "bidders", "bid_price_micros", "notice_score", "notice_quality_to_win"]
    bids = everything(dsn, "auctions", ", ".join(["auction_id::text", *columns[1:]]))
    before = world.ledger.conservation(world.tenant)
    assert before.settled_micros == 900

    [manifest] = archive(months, FolderTarget(tmp_path), AFTER, lambda: NOW)

    assert partitions(dsn) == set()
    assert world.ledger.conservation(world.tenant) == before
    assert before.holds
    folder = tmp_path / MONTH
    written = json.loads((folder / "manifest.json").read_bytes())
    assert (written["month"], written["version"]) == (MONTH, 1)
    assert {file["table"]: file["rows"] for file in written["files"]} == {
        "holds": 3, "auctions": 3, "bids": 0, "awards": 3, "executions": 3, "completions": 3, "settlements": 3,
        "outcomes": 3,
    }  # fmt: skip
    for file in manifest.files:
        assert hashlib.sha256((folder / file.file).read_bytes()).hexdigest() == file.sha256
    read = pq.read_table(folder / f"auctions_{MONTH}.parquet").select(columns)
    assert sorted(tuple(row.values()) for row in read.to_pylist()) == bids
    assert archive(months, FolderTarget(tmp_path), AFTER, lambda: NOW) == []


def test_an_archive_holds_no_answer(
    dsn: str, notary: Notary, world: World, months: PostgresMonths, tmp_path: Path
) -> None:
    """What an erasure would have to blank is not exported, and the manifest says so."""
    over(notary, world)
    [manifest] = archive(months, FolderTarget(tmp_path), AFTER, lambda: NOW)
    [completions] = [file for file in manifest.files if file.table == "completions"]
    assert completions.left_out[:2] == ("detail", "output")
    assert "output" not in pq.read_schema(tmp_path / MONTH / completions.file).names


@pytest.mark.parametrize("reason", ["1 open holds", "outcomes that no policy", "1 running tasks"])
def test_a_month_under_way_stays(
    reason: str, dsn: str, notary: Notary, world: World, months: PostgresMonths, tmp_path: Path
) -> None:
    """An open hold, an unfolded outcome or a running task keeps the month, and nothing is written."""
    over(notary, world)
    if "holds" in reason:
        [lot] = world.lots()
        world.awarded(lot)
        world.ledger.finish_task(world.tenant, lot.task_id, "failed", "x", None)
    elif "outcomes" in reason:
        [lot] = world.lots()
        award = world.awarded(lot)
        world.completed(award)
        world.settled(award)
        world.judged(award, "human", 0.5)
        world.ledger.finish_task(world.tenant, lot.task_id, "done", None, None)
    else:
        world.lots()

    with pytest.raises(InvalidRequest, match=reason):
        archive(months, FolderTarget(tmp_path / "archive"), AFTER, lambda: NOW)

    assert len(partitions(dsn)) == 8
    assert not (tmp_path / "archive").exists()


def test_a_month_that_is_not_over_stays(
    dsn: str, notary: Notary, world: World, months: PostgresMonths, tmp_path: Path
) -> None:
    """Only whole months go that ended by the day named."""
    over(notary, world)
    assert archive(months, FolderTarget(tmp_path), date(2026, 9, 30), lambda: NOW) == []


class Forgetful:
    """A store that returns one file with another's bytes, or with a byte changed."""

    def __init__(self, inner: ArchiveTarget, name: str) -> None:
        self._inner = inner
        self._name = name

    def write(self, name: str, path: Path) -> None:
        self._inner.write(name, path)

    def read(self, name: str, path: Path) -> None:
        self._inner.read(name, path)
        if name.endswith(self._name):
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)


@pytest.mark.parametrize("name", ["manifest.json", f"bids_{MONTH}.parquet"])
def test_a_file_that_comes_back_changed(
    name: str, dsn: str, notary: Notary, world: World, months: PostgresMonths, tmp_path: Path
) -> None:
    """Nothing is dropped where what was written cannot be read back."""
    over(notary, world)
    with pytest.raises(ArchiveDiffers, match="came back changed"):
        archive(months, Forgetful(FolderTarget(tmp_path), name), AFTER, lambda: NOW)
    assert len(partitions(dsn)) == 8


def test_rows_that_differ_from_the_file(
    dsn: str, notary: Notary, world: World, months: PostgresMonths, tmp_path: Path
) -> None:
    """A file is compared with the rows themselves, so one that hashes as written but says something else is found."""
    over(notary, world)
    files = {file.table: file for file in months.export(MONTH, tmp_path)}
    months.verify(files["auctions"], tmp_path / files["auctions"].file)
    over(notary, world, lots=1)
    with pytest.raises(ArchiveDiffers, match="does not hold"):
        months.verify(files["auctions"], tmp_path / files["auctions"].file)
    with pytest.raises(LedgerConflict, match="exported"):
        months.drop(MONTH, list(files.values()), "00" * 32, NOW)
    assert len(partitions(dsn)) == 8


def test_the_market_cannot_archive(dsn: str) -> None:
    """The role of the market may neither list nor drop months."""
    with psycopg.connect(make_conninfo(dsn, user="ledger_app"), autocommit=True) as connection:
        for call in ("months_before('2027-01-01')", f"drop_month('{MONTH}', '{{}}', '', 0)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT {call}".encode())


def test_archive_in_a_bucket(
    dsn: str, notary: Notary, world: World, months: PostgresMonths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A bucket serves as well as a folder."""
    over(notary, world)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="archives")
        target = S3Target("archives", "ledger/", client)
        manifest = archive_month(months, target, MONTH, NOW)
        keys = {each["Key"] for each in client.list_objects_v2(Bucket="archives")["Contents"]}
        with pytest.raises(UnknownRecord):
            target.read("nothing", tmp_path / "x")
    assert keys == {f"ledger/{MONTH}/{name}" for name in ["manifest.json", *(file.file for file in manifest.files)]}
