"""Auditing a ledger whose old months were archived: what went is told apart from what was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg.conninfo import make_conninfo

from bidding.adapters.archive_targets import FolderTarget
from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.archive import PostgresMonths
from bidding.adapters.postgres.archived_rows import ParquetRows
from bidding.adapters.postgres.audit import PostgresAudit
from bidding.domain import ids
from bidding.domain.ids import HoldId, SeatId
from bidding.notary import Notary
from bidding.services.archive import archive
from bidding.services.rebuild import Rebuild, rebuild_policy
from bidding.services.receipts import seal_receipts
from bidding.services.verification import Finding, Verification, verify_ledger
from tests.database.receipt_samples import HARD_TEXT, a_notary
from tests.database.test_archive import AFTER, MONTH, over
from tests.ledger_samples import LIMIT_MICROS, NOW, World

LOTS = 5
SEATS = tuple(map(SeatId, ("large", HARD_TEXT, "null", "small")))


@dataclass
class Books:
    """A ledger with one month's work, its notary, and where its archive goes."""

    dsn: str
    notary: Notary
    world: World
    folder: Path

    def archive(self) -> int:
        """Archive the month; how many rows went. Receipts then cover that it went."""
        with PostgresMonths(self.dsn) as months:
            [manifest] = archive(months, FolderTarget(self.folder), AFTER, lambda: NOW)
        seal_receipts(self.notary)
        return sum(file.rows for file in manifest.files)

    def verified(self) -> Verification:
        return verify_ledger(self.notary, self.notary.signer.public_key())

    def verified_with_archive(self) -> Verification:
        assert isinstance(self.notary.audit, PostgresAudit)
        with ParquetRows(FolderTarget(self.folder), self.notary.audit.columns) as rows:
            return verify_ledger(self.notary, self.notary.signer.public_key(), rows)

    def harm(self, statement: str) -> str:
        """As a superuser with triggers switched off; what the statement returns."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            row = connection.execute(statement.encode()).fetchone()
            assert row is not None
            return str(row[0])

    @contextmanager
    def file(self, table: str) -> Iterator[list[dict[str, object]]]:
        """The rows of an archived file, written back as they are left."""
        path = self.folder / MONTH / f"{table}_{MONTH}.parquet"
        read = pq.read_table(path)
        rows = read.to_pylist()
        yield rows
        pq.write_table(pa.Table.from_pylist(rows, schema=read.schema), path)


@pytest.fixture
def books(fresh: str, tmp_path: Path) -> Iterator[Books]:
    """Lots of one month, sealed; the names of seats, and so the arrays of runners-up, are as hard as they can be."""
    with psycopg.connect(fresh, autocommit=True) as connection:
        connection.execute("SELECT maintain_partitions(%s, 1)", (NOW,))
    ledger = PostgresLedger(make_conninfo(fresh, user="ledger_app"), default_budget_micros=LIMIT_MICROS)
    with a_notary(fresh, tmp_path / "notary") as notary:
        books = Books(fresh, notary, World.of(ledger), tmp_path / "archive")
        over(notary, books.world, LOTS, SEATS)
        yield books
    ledger.close()


def test_archived_rows_are_not_deleted_rows(books: Books) -> None:
    """What went into an archive is counted as not checked; where it is given it is checked to the last column."""
    rows = books.verified().rows

    gone = books.archive()

    without, given = books.verified(), books.verified_with_archive()
    assert (without.findings, without.unchecked_rows) == ([], gone)
    assert (given.findings, given.unchecked_rows) == ([], 0)
    assert without.rows == given.rows > rows


def test_a_row_of_another_month_is_still_missed(books: Books) -> None:
    """An archive excuses the rows of its month only: a deleted row of a month that stayed is named."""
    books.archive()
    later = HoldId(ids.derive(NOW + 40 * 24 * 3_600_000, "a hold of the next month"))
    books.world.ledger.place_hold(books.world.tenant, later, 1, NOW)
    seal_receipts(books.notary)
    key = books.harm("DELETE FROM holds RETURNING json_build_array(tenant, hold_id)::text")

    for found in (books.verified(), books.verified_with_archive()):
        [finding] = [each for each in found.findings if each.table == "holds"]
        assert (finding.key, finding.problem) == (key, "deleted, or its transaction number was changed")


def test_a_row_deleted_before_the_month_was_archived(books: Books) -> None:
    """More rows are gone than the archive took: that is told, and the archive tells which."""
    key = books.harm(
        "DELETE FROM auctions WHERE auction_id = (SELECT min(auction_id::text)::uuid FROM auctions) "
        "RETURNING json_build_array(tenant, auction_id)::text"
    )
    books.archive()

    [counted] = books.verified().findings
    assert counted.table == "archived_tables"
    assert counted.problem == f"{LOTS} sealed rows are gone of which its archive took {LOTS - 1}"
    [named] = books.verified_with_archive().findings
    assert (named.table, named.key) == ("auctions", key)


def test_a_changed_file_of_the_archive(books: Books) -> None:
    """A price that was changed in a file of the archive is named, and so is the file."""
    books.archive()
    with books.file("awards") as rows:
        rows[0]["price_micros"] = 1
        key = f'["{rows[0]["tenant"]}", "{rows[0]["award_id"]}"]'

    changed, file = books.verified_with_archive().findings
    assert (changed.table, changed.key) == ("awards", key)
    assert changed.problem.startswith("changed")
    assert file == Finding(None, "archives", f'["{MONTH}/awards_{MONTH}.parquet"]', "is not the file that was exported")


def test_an_archive_that_is_not_there(books: Books, tmp_path: Path) -> None:
    """A folder without the month, and a file that is no Parquet, are named, and their rows are missed."""
    gone = books.archive()
    (books.folder / MONTH / f"auctions_{MONTH}.parquet").write_bytes(b"nothing")
    found = books.verified_with_archive()
    assert {finding.problem.split(":")[0] for finding in found.findings if finding.table == "archives"} == {
        "is not the file that was exported",
        "cannot be read",
    }
    assert {finding.table for finding in found.findings} == {"archives", "auctions"}

    books.folder = tmp_path / "elsewhere"
    found = books.verified_with_archive()
    assert found.findings_count == gone + 1
    assert found.findings[-1] == Finding(None, "archives", f'["{MONTH}/manifest.json"]', "is not there")


def test_a_forged_archive_excuses_nothing(books: Books) -> None:
    """While the month is still here, a row that says it was archived does not hide a deletion."""
    key = books.harm(
        "DELETE FROM settlements WHERE hold_id = (SELECT min(hold_id::text)::uuid FROM settlements) "
        "RETURNING json_build_array(tenant, hold_id)::text"
    )
    books.harm(
        f"INSERT INTO archived_tables (month, tenant, table_name, row_count, manifest_sha256) "
        f"VALUES ('{MONTH}', '{books.world.tenant}', 'settlements', 1, '') RETURNING month"
    )
    assert ("settlements", key) in {(finding.table, finding.key) for finding in books.verified().findings}


def test_the_policy_is_rebuilt_from_where_the_archive_ends(books: Books) -> None:
    """Versions whose outcomes were archived are taken as they are, and those after them folded again."""
    ledger, tenant = books.world.ledger, books.world.tenant
    books.archive()
    assert ledger.archived_version(tenant) == ledger.current(tenant).version == 1
    assert rebuild_policy(ledger, tenant) == Rebuild(tenant, 1, 0, 0, None)

    paced = ledger.current(tenant).folded([])
    ledger.append(tenant, paced, ledger.pending(tenant).watermark, NOW)
    assert rebuild_policy(ledger, tenant) == Rebuild(tenant, 1, 1, 0, None)
