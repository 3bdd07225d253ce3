"""Connections to the ledger: shared by threads, replaced when they break, patient while the server restarts.

Every call is one statement in a transaction of its own, and every write is idempotent on its ids: that is what
makes it safe to send a call again when nobody knows whether its first try was committed.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.rows import DictRow, dict_row
from psycopg.types.string import TextLoader

from bidding.adapters.postgres.errors import translated
from bidding.domain.errors import LedgerUnavailable

Row = DictRow
Parameters = Mapping[str, Any]

_PATIENCE_SECONDS = 10.0
_FIRST_DELAY_SECONDS = 0.02
_DELAY_SECONDS_MAX = 1.0
_CONNECTIONS_MAX = 16
_COLLISIONS = (DeadlockDetected, SerializationFailure)


class Database:
    """One database. Threads may share it; it holds at most as many connections as calls ran at once.

    `revive` is called before a retry, unless the transaction merely met another one, so that whoever owns the server
    can start it again; it must be cheap while the server is up. There are no background threads: a frozen Lambda
    function wakes up with nothing to repair but a stale connection.
    """

    def __init__(
        self, dsn: str, revive: Callable[[], None] | None = None, patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        self._dsn = dsn
        self._revive = revive
        self._patience_seconds = patience_seconds
        self._idle: deque[psycopg.Connection[Row]] = deque()
        self._turns = threading.BoundedSemaphore(_CONNECTIONS_MAX)

    def rows(self, query: str, parameters: Parameters) -> list[Row]:
        """Run one statement and return its rows.

        Raises LedgerUnavailable after ten seconds of tries, LedgerConflict where an invariant refused the write,
        UnknownRecord where it refers to nothing.
        """
        deadline = time.monotonic() + self._patience_seconds
        for failures in itertools.count():
            try:
                with self._turns:
                    return self.run_once(query, parameters)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if time.monotonic() > deadline:
                    raise LedgerUnavailable(str(error).strip()) from error
                if failures:  # the first failure is often no more than a connection gone stale
                    time.sleep(min(_FIRST_DELAY_SECONDS * 2**failures, _DELAY_SECONDS_MAX))
                if self._revive is not None and not isinstance(error, _COLLISIONS):
                    self._revive()
            except psycopg.Error as error:
                known = translated(error)
                if known is None:
                    raise
                raise known from error
        raise AssertionError("unreachable")

    def row(self, query: str, parameters: Parameters) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(query, parameters)), None)

    def value(self, query: str, parameters: Parameters) -> Any:
        """The only column of the only row."""
        (row,) = self.rows(query, parameters)
        (value,) = row.values()
        return value

    def run_once(self, query: str, parameters: Parameters) -> list[Row]:
        """Run one statement without another try. Raises psycopg's errors."""
        connection = self._take()
        try:
            cursor = connection.execute(query.encode(), parameters)
            rows = cursor.fetchall() if cursor.description else []
        except psycopg.Error:
            if connection.closed:
                self.close()  # the server went away, and with it all other connections
            else:
                self._idle.append(connection)
            raise
        except BaseException:  # an interrupt in mid-call: the connection's state is unknown
            connection.close()
            raise
        self._idle.append(connection)
        return rows

    def close(self) -> None:
        """Close idle connections. The object stays usable and opens new ones."""
        with suppress(IndexError):  # other threads take from the same end
            while True:
                self._idle.pop().close()

    def _take(self) -> psycopg.Connection[Row]:
        with suppress(IndexError):
            return self._idle.pop()
        connection = psycopg.connect(
            self._dsn,
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            connect_timeout=5,
            keepalives_idle=10,  # a function that was frozen must notice that its connection is gone
            tcp_user_timeout=5_000,
        )
        connection.adapters.register_loader("uuid", TextLoader)  # ids are strings in the core
        return connection
