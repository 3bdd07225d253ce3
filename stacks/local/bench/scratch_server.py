"""A PostgreSQL to be measured and mistreated: the embedded server in a temporary home, never an existing one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.connection import Database
from bidding.adapters.postgres.migrations import migrate
from bidding.adapters.postgres.upkeep import PostgresUpkeep
from bidding.services.upkeep import MONTHS_AHEAD
from stacks.local.postgres import postmaster
from stacks.local.postgres.binaries import locate_binaries, server_user
from stacks.local.postgres.server import PostgresServer
from stacks.local.postgres.storage import PostgresStorage, open_storage

AMPLE_MICROS = 10**15
"""A budget that no load exhausts."""

APP_ROLE = "ledger_app"
"""The role that row-level security binds."""
_DAY_MS = 86_400_000


class ScratchServer:
    """A server of its own; a context manager. Its home is deleted with all that was written."""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="atomic-bench-"))
        self._folder.chmod(0o755)  # the server may run as another user
        self.home = self._folder / "home"
        self.server = PostgresServer(self.home)
        self.dsn = self.server.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pid = postmaster.running_pid(self.storage)
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)  # at once: nobody will read what a last checkpoint would write
        self.server.release()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def storage(self) -> PostgresStorage:
        """Where the server keeps its files."""
        return open_storage(self.home, server_user())

    def database(self, name: str, template: str | None = None) -> str:
        """The URL of a new database: a copy of `template`, else an empty ledger."""
        dsn = self.dsn_of(name)
        made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template or "template0"))
        with connect(self.dsn) as connection:
            connection.execute(made)
        if template is None:
            make_ledger(dsn)
        return dsn

    def dsn_of(self, name: str) -> str:
        """The URL of a database of this server."""
        return make_conninfo(self.dsn, dbname=name)

    def program(self, name: str) -> Path:
        """A PostgreSQL program that came with the server, such as pgbench."""
        return locate_binaries(server_user(), self.storage.binaries).folder / name

    def cpu_seconds(self) -> float | None:
        """Processor time the server used so far, ended sessions included; None where /proc does not tell."""
        pid = postmaster.running_pid(self.storage)
        if pid is None or not Path(f"/proc/{pid}/stat").exists():
            return None
        with connect(self.dsn) as connection:
            sessions = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
        ticks = _ticks(pid, with_ended_children=True) + sum(
            _ticks(each, with_ended_children=False) for (each,) in sessions
        )
        return ticks / os.sysconf("SC_CLK_TCK")


def make_ledger(dsn: str) -> None:
    """What `atomic migrate` does: the schema, and partitions for the months around now."""
    migrate(dsn)
    database = Database(dsn)
    PostgresUpkeep(database, AMPLE_MICROS).maintain_partitions(now_ms() - _DAY_MS, MONTHS_AHEAD)
    database.close()


def connect(dsn: str) -> psycopg.Connection[TupleRow]:
    """A plain session beside the ledger, each statement a transaction."""
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)


def app_dsn(dsn: str) -> str:
    """The same database, for the role that the market's functions use."""
    return make_conninfo(dsn, user=APP_ROLE)


def open_ledger(dsn: str, **options: Any) -> PostgresLedger:
    """The ledger as the functions of an installation open it: as a role that row-level security binds."""
    return PostgresLedger(app_dsn(dsn), default_budget_micros=AMPLE_MICROS, **options)


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def _ticks(pid: int, *, with_ended_children: bool) -> int:
    """Fields 14 to 17 of /proc/PID/stat: user and system time, then those of children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(int(ticks) for ticks in fields[11 : 15 if with_ended_children else 13])
