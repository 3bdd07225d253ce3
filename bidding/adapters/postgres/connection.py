"""Connections to the ledger: shared by threads, replaced when they break, patient while the server restarts.

Every call is one round trip and one transaction, and every write is idempotent on its ids: that is what makes it safe
to send a call again when nobody knows whether its first try was committed.

Row-level security shows a transaction the rows of the tenant it names. A ledger function names it in its body. Plain
statements that read are sent together with `as_tenant`, in one batch that the server runs as one transaction. Nothing
is left in the session: RDS Proxy may give the connection to somebody else between any two calls.
"""

from __future__ import annotations

import functools
import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.errors import DeadlockDetected, SerializationFailure, error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.rows import DictRow, dict_row
from psycopg.types.string import TextLoader

from bidding.adapters.postgres.errors import translated
from bidding.adapters.postgres.login import connection_parameters
from bidding.domain.errors import InvalidRequest, LedgerUnavailable

Row = DictRow
Result = TypeVar("Result")
Parameters = Mapping[str, Any]
Call = tuple[str, Parameters]
"""A statement and its parameters."""


class Composite(bytes):
    """A parameter of a composite type, in binary form; which type, the statement says."""


class _CompositeDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Composite) -> bytes:
        return obj


def register_composites(connection: psycopg.Connection[Any]) -> None:
    """Let statements of this connection take `Composite` parameters."""
    connection.adapters.register_dumper(Composite, _CompositeDumper)


_PATIENCE_SECONDS = 10.0
_FIRST_DELAY_SECONDS = 0.02
_DELAY_SECONDS_MAX = 1.0
_CONNECTIONS_MAX = 16
_COLLISIONS = (DeadlockDetected, SerializationFailure)
_NAME = re.compile(r"%\((\w+)\)s")
_AS_TENANT = "SELECT as_tenant(%(tenant)s)"


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
        self._turns: SimpleQueue[None] = SimpleQueue()  # cheaper than a semaphore of `threading`, which is Python
        for _ in range(_CONNECTIONS_MAX):
            self._turns.put(None)

    def value(self, call: str, parameters: Parameters) -> Any:
        """The answer of one ledger function, which names its tenant itself.

        Raises LedgerUnavailable after ten seconds of tries, LedgerConflict where an invariant refused the write,
        UnknownRecord where it refers to nothing, InvalidRequest where a value cannot be stored.
        """
        ((row,),) = self.calls([(call, parameters)])
        (value,) = row.values()
        return value

    def rows(self, query: str, parameters: Parameters) -> list[Row]:
        """Run one statement as the tenant of `parameters`, where they name one, and return its rows.

        Raises what `value` raises.
        """
        (rows,) = self.together([query], parameters)
        return rows

    def row(self, query: str, parameters: Parameters) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(query, parameters)), None)

    def together(self, queries: Sequence[str], parameters: Parameters) -> list[list[Row]]:
        """The rows of each of several statements, as `rows`, in one round trip."""
        if "tenant" not in parameters:
            return self.calls([(query, parameters) for query in queries])
        return self.calls([(query, parameters) for query in (_AS_TENANT, *queries)])[1:]

    def answer(self, call: str, argument: Composite) -> str:
        """The text that a procedure answers to one composite value: the hot path, without a cursor and its rows.

        Raises what `value` raises. Python's signal handlers wait for the answer.
        """
        numbered, _ = _numbered(call)
        return self._patiently(lambda connection: _answer(connection, numbered, argument))

    def run_once(self, calls: Sequence[Call]) -> list[list[Row]]:
        """Run statements in one round trip and one transaction, without another try. Raises psycopg's errors."""
        return self._once(lambda connection: _results(connection, calls))

    def calls(self, calls: Sequence[Call]) -> list[list[Row]]:
        """The rows of each of several statements with parameters of their own, in one round trip, all or none.

        Runs them again where the connection failed or another transaction was in the way. Raises what `value` raises.
        """
        return self._patiently(lambda connection: _results(connection, calls))

    def close(self) -> None:
        """Close idle connections. The object stays usable and opens new ones."""
        with suppress(IndexError):  # other threads take from the same end
            while True:
                self._idle.pop().close()

    def _patiently(self, run: Callable[[psycopg.Connection[Row]], Result]) -> Result:
        deadline = time.monotonic() + self._patience_seconds
        for failures in itertools.count():
            try:
                return self._once(run)
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
            except UnicodeEncodeError as error:
                raise InvalidRequest(f"the ledger cannot hold this text: {error.reason}") from error
        raise AssertionError("unreachable")

    def _once(self, run: Callable[[psycopg.Connection[Row]], Result]) -> Result:
        self._turns.get()
        try:
            connection = self._take()
            try:
                result = run(connection)
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
            return result
        finally:
            self._turns.put(None)

    def _take(self) -> psycopg.Connection[Row]:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> psycopg.Connection[Row]:
        connection = psycopg.connect(
            **connection_parameters(self._dsn),
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            cursor_factory=psycopg.RawCursor,
            connect_timeout=5,
            keepalives_idle=10,  # a function that was frozen must notice that its connection is gone
            tcp_user_timeout=5_000,
        )
        connection.adapters.register_loader("uuid", TextLoader)  # ids are strings in the core
        register_composites(connection)
        return connection


def _results(connection: psycopg.Connection[Row], calls: Sequence[Call]) -> list[list[Row]]:
    if len(calls) == 1:
        return [_fetched(_execute(connection, *calls[0]))]
    with connection.pipeline():  # one message to the server, whose statements are one transaction
        cursors = [_execute(connection, *call) for call in calls]
    return [_fetched(cursor) for cursor in cursors]


def _answer(connection: psycopg.Connection[Row], statement: bytes, argument: Composite) -> str:
    result = connection.pgconn.exec_params(statement, [argument], param_formats=[Format.BINARY])
    if result.status != ExecStatus.TUPLES_OK:
        if connection.closed:
            raise psycopg.OperationalError(result.get_error_message())
        raise error_from_result(result)
    return (result.get_value(0, 0) or b"").decode()


def _execute(connection: psycopg.Connection[Row], query: str, parameters: Parameters) -> psycopg.Cursor[Row]:
    numbered, names = _numbered(query)
    return connection.execute(numbered, [parameters[name] for name in names])


@functools.cache
def _numbered(query: str) -> tuple[bytes, tuple[str, ...]]:
    """A query with `$1` in place of the first `%(name)s`, and the names in that order.

    The server knows numbers only; psycopg would look for the names anew at each call of a long query.
    """
    names = tuple(dict.fromkeys(_NAME.findall(query)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return _NAME.sub(lambda found: numbers[found[1]], query).replace("%%", "%").encode(), names


def _fetched(cursor: psycopg.Cursor[Row]) -> list[Row]:
    return cursor.fetchall() if cursor.description else []
