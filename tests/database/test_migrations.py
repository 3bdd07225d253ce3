"""Migrations: in order, once, never changed, and equal to the schema that is written down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bidding.adapters.postgres.migrations import MIGRATIONS, migrate
from bidding.domain.errors import LedgerUnavailable, Misconfigured
from stacks.local.postgres.server import PostgresServer
from tests.database.dump_schema import SCHEMA, dump


@pytest.fixture
def empty(postgres_server: PostgresServer, request: pytest.FixtureRequest) -> str:
    """URL of a database without any table."""
    server = postgres_server.acquire()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {request.node.name}".encode())
    return make_conninfo(server, dbname=request.node.name)


def write(folder: Path, **files: str) -> Path:
    for name, statements in files.items():
        (folder / f"{name[1:]}.sql").write_text(statements)
    return folder


def tables(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in rows]


def test_schema_is_written_down(postgres_template: str) -> None:
    """schemas/schema.sql is what the migrations make."""
    assert dump(postgres_template) == SCHEMA.read_text()


def test_migrations_say_why() -> None:
    """Each migration has a number of its own, and begins with a comment that says why."""
    files = [file for file in MIGRATIONS.iterdir() if file.name.endswith(".sql")]

    assert len({file.name[:5] for file in files if file.name[:4].isdigit() and file.name[4] == "_"}) == len(files)
    assert all(file.read_text().startswith("-- ") for file in files)


def test_applied_once(empty: str, tmp_path: Path) -> None:
    """Files are applied in the order of their numbers, each once, also where several processes start together."""
    write(tmp_path, _0002_b="INSERT INTO a VALUES (1)", _0001_a="CREATE TABLE a (n integer)")

    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(empty, tmp_path), range(4)))

    assert sorted(applied) == [[], [], [], ["0001_a.sql", "0002_b.sql"]]
    write(tmp_path, _0003_c="CREATE TABLE c (n integer)")
    assert migrate(empty, tmp_path) == ["0003_c.sql"]


def test_failed_migration(empty: str, tmp_path: Path) -> None:
    """A file that fails leaves nothing behind, and those before it stay."""
    write(tmp_path, _0001_a="CREATE TABLE a (n integer)", _0002_b="CREATE TABLE b (n integer); SELECT 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty, tmp_path)

    assert tables(empty) == ["a", "schema_migrations"]


def test_changed_migration(empty: str, tmp_path: Path) -> None:
    """A file that changed after it was applied is refused by name."""
    migrate(empty, write(tmp_path, _0001_a="CREATE TABLE a (n integer)"))

    with pytest.raises(Misconfigured, match=r"0001_a\.sql changed"):
        migrate(empty, write(tmp_path, _0001_a="CREATE TABLE a (n bigint)"))


def test_database_ahead_of_the_code(empty: str, tmp_path: Path) -> None:
    """A database with migrations that this version does not know is refused."""
    migrate(empty, write(tmp_path, _0001_a="SELECT 1", _0002_b="SELECT 1"))
    (tmp_path / "0002_b.sql").unlink()

    with pytest.raises(Misconfigured, match="0002"):
        migrate(empty, tmp_path)


def test_late_number(empty: str, tmp_path: Path) -> None:
    """A new file numbered before one that was applied is refused."""
    migrate(empty, write(tmp_path, _0002_b="SELECT 1"))

    with pytest.raises(Misconfigured, match=r"0001_a\.sql is numbered before"):
        migrate(empty, write(tmp_path, _0001_a="SELECT 1"))


def test_same_number_twice(empty: str, tmp_path: Path) -> None:
    """Two files of one number are refused before anything is applied."""
    with pytest.raises(Misconfigured, match="distinct numbers"):
        migrate(empty, write(tmp_path, _0001_a="SELECT 1", _0001_b="SELECT 1"))


def test_without_transaction(empty: str, tmp_path: Path) -> None:
    """A file that asks for it runs outside a transaction, as a concurrent index needs."""
    write(
        tmp_path,
        _0001_a="CREATE TABLE a (n integer)",
        _0002_b="-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_by_n ON a (n)",
    )

    assert migrate(empty, tmp_path) == ["0001_a.sql", "0002_b.sql"]


def test_no_server() -> None:
    """A database that does not answer is the operator's matter."""
    with pytest.raises(LedgerUnavailable):
        migrate("host=/nonexistent dbname=ledger")
