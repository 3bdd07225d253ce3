"""Bring a database to the current schema: numbered SQL files, forward only.

Each file runs once, in a transaction of its own, and must never change afterwards. A file whose first line is
`-- no-transaction` holds one statement that PostgreSQL refuses inside one, such as CREATE INDEX CONCURRENTLY, and
must be safe to run twice. Connect to the database itself: RDS Proxy cannot carry the session's lock.

Connect as a role that may create roles. Files up to 0009 run as that one, later ones as `ledger_owner`, which 0009
makes: what they create belongs to it and is granted to nobody until they say so.
"""

from __future__ import annotations

import hashlib
import time
from importlib.resources import files
from importlib.resources.abc import Traversable

import psycopg
from psycopg.rows import TupleRow

from bidding.domain.errors import LedgerUnavailable, Misconfigured

MIGRATIONS = files("schemas") / "migrations"

_LOCK = 0x61746F6D6963
_LOCK_SECONDS_MAX = 120.0
_PATIENCE = "SET lock_timeout = '30s'"  # who waits for a table makes all others wait behind it
_WITHOUT_TRANSACTION = "-- no-transaction"
_FIRST_OWNED = "0010"
_JOURNAL = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version     text NOT NULL CONSTRAINT schema_migrations_pkey PRIMARY KEY,
    name        text NOT NULL,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
)
"""


def migrate(dsn: str, folder: Traversable = MIGRATIONS) -> list[str]:
    """Apply what is missing and return the names of the files applied.

    Several processes may call it at once: one does the work, the others wait for it.
    Raises Misconfigured where an applied file changed or is unknown here, LedgerUnavailable where the database
    does not answer or another migration does not end.
    """
    try:
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None, connect_timeout=5) as connection:
            connection.execute(_PATIENCE)
            _lock(connection)
            return _apply(connection, sorted(_numbered(folder), key=lambda file: file.name))
    except psycopg.OperationalError as error:
        raise LedgerUnavailable(str(error).strip()) from error


def _numbered(folder: Traversable) -> list[Traversable]:
    found = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    versions = [_version(file) for file in found]
    if len(set(versions)) < len(versions) or not all(version.isdigit() for version in versions):
        raise Misconfigured(f"migrations need distinct numbers of four digits: {sorted(file.name for file in found)}")
    return found


def _version(file: Traversable) -> str:
    return file.name[:4]


def _lock(connection: psycopg.Connection[TupleRow]) -> None:
    """Poll for the lock: a session that waits inside it would block CREATE INDEX CONCURRENTLY for ever."""
    deadline = time.monotonic() + _LOCK_SECONDS_MAX
    while connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise LedgerUnavailable(f"another migration has been running for {_LOCK_SECONDS_MAX:.0f} s")
        time.sleep(0.1)


def _apply(connection: psycopg.Connection[TupleRow], numbered: list[Traversable]) -> list[str]:
    connection.execute(_JOURNAL.encode())
    applied: dict[str, str] = dict(connection.execute("SELECT version, sha256 FROM schema_migrations").fetchall())
    unknown = sorted(set(applied) - {_version(file) for file in numbered})
    if unknown:
        raise Misconfigured(f"the database has migrations that this version does not know: {unknown}; update Atomic")
    missing = [file for file in numbered if _version(file) not in applied]
    for file in numbered:
        if _version(file) in applied and applied[_version(file)] != _checksum(file):
            raise Misconfigured(f"{file.name} changed after it was applied: restore it, and add a new file instead")
    if missing and applied and _version(missing[0]) < max(applied):
        raise Misconfigured(f"{missing[0].name} is numbered before one that was applied: give it the next number")
    for file in missing:
        _apply_file(connection, file)
    return [file.name for file in missing]


def _apply_file(connection: psycopg.Connection[TupleRow], file: Traversable) -> None:
    statements = file.read_bytes()
    if statements.startswith(_WITHOUT_TRANSACTION.encode()):
        _run(connection, file, statements)
        return
    with connection.transaction():
        _run(connection, file, statements)


def _run(connection: psycopg.Connection[TupleRow], file: Traversable, statements: bytes) -> None:
    owned = _version(file) >= _FIRST_OWNED
    if owned:
        connection.execute("SET ROLE ledger_owner")
    connection.execute(statements)
    if owned:
        connection.execute("RESET ROLE")
    connection.execute(
        "INSERT INTO schema_migrations (version, name, sha256) VALUES (%s, %s, %s)",
        (_version(file), file.name, _checksum(file)),
    )


def _checksum(file: Traversable) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
