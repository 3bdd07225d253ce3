"""The ledger's rows as they are, for audits: columns come in binary, every hash is made here and not by the server."""

# ruff: noqa: S608  names of tables and columns come from the catalogue, and are quoted

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import psycopg
from psycopg.rows import TupleRow

from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.connection import Database
from bidding.adapters.postgres.login import connection_parameters
from bidding.domain.archive import ArchivedTable
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import LedgerUnavailable
from bidding.domain.ids import LotId, TenantId
from bidding.domain.merkle import leaf_hash
from bidding.domain.receipts import (
    LotRow,
    PersonalState,
    RowImage,
    UnsealedTail,
    encode_fields,
    field_head,
    personal_digest,
)
from bidding.domain.records import Conservation
from bidding.ports.policy import PolicyStore

_COLUMNS = """
SELECT table_name, column_name, type, covered_by, key_position
FROM ledger_columns
ORDER BY table_name COLLATE "C", column_name COLLATE "C"
"""
_ARCHIVED = """
SELECT tenant, month, table_name AS table, row_count AS rows, manifest_sha256
FROM archived_tables
WHERE to_regclass(format('%%I', table_name || '_' || month)) IS NULL
ORDER BY month, table_name, tenant
"""
_LEARNERS = "SELECT DISTINCT tenant FROM policy_snapshots ORDER BY tenant"
_TENANTS = "SELECT tenant FROM budgets UNION SELECT tenant FROM holds ORDER BY tenant"
_IN_RANGE = "xact_number(xact_id) >= %(from)s AND xact_number(xact_id) < %(to)s"
_OF_TENANT = "tenant = %(tenant)s AND "
_NEAR_LOT = " BETWEEN first_id_of(%(lot)s) AND last_id_of(%(lot)s)"  # ids of a task share their time: one partition
_AWARDED = " IN (SELECT {key} FROM awarded_lots WHERE tenant = %(tenant)s AND lot_id = %(lot)s)"
_KEYS = {
    "awards": "award_id",
    "holds": "hold_id",
    "settlements": "hold_id",
    "executions": "award_id",
    "completions": "award_id",
    "outcomes": "award_id",
}
_OF_LOT = {
    "lots": "lot_id = %(lot)s",
    "demonstrations": "lot_id = %(lot)s",
    "auctions": f"lot_id = %(lot)s AND auction_id{_NEAR_LOT}",
    "bids": f"auction_id{_NEAR_LOT} AND auction_id IN "
    f"(SELECT auction_id FROM auctions WHERE tenant = %(tenant)s AND lot_id = %(lot)s AND auction_id{_NEAR_LOT})",
} | {table: f"{key}{_NEAR_LOT} AND {key}{_AWARDED.format(key=key)}" for table, key in _KEYS.items()}
_BINARY = {
    "boolean",
    "integer",
    "bigint",
    "double precision",
    "timestamp with time zone",
    "xid8",
    "uuid",
    "bytea",
    "bigint[]",
    "double precision[]",
}
"""Types whose value in a leaf is PostgreSQL's binary form; of all others it is the text."""


@dataclass(frozen=True)
class Column:
    """A column of a ledger table, as `ledger_columns` describes it."""

    name: str
    type: str
    covered_by: str | None
    key_position: int | None

    @property
    def selected(self) -> str:
        """SQL for its value in a leaf."""
        name = '"' + self.name.replace('"', '""') + '"'
        return name if self.type in _BINARY else f"{name}::text"

    @cached_property
    def head(self) -> bytes:
        """What precedes its value in a leaf."""
        return field_head(self.name)


class PostgresAudit:
    """See `LedgerAudit`. For the owner of the installation: it looks across tenants. For one thread at a time."""

    def __init__(self, dsn: str, database: Database, ledger: PostgresLedger) -> None:
        self._dsn = dsn
        self._database = database
        self._ledger = ledger
        self._connection: psycopg.Connection[TupleRow] | None = None

    def close(self) -> None:
        """Close the connection that rows came over. The object stays usable and opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @cached_property
    def columns(self) -> dict[str, list[Column]]:
        """Of every ledger table, by name."""
        columns: dict[str, list[Column]] = {}
        for row in self._database.rows(_COLUMNS, {}):
            table = row.pop("table_name")
            columns.setdefault(table, []).append(Column(row.pop("column_name"), **row))
        return columns

    def tables(self) -> Sequence[str]:
        """Every ledger table, sorted."""
        return tuple(self.columns)

    def rows(self, table: str, from_xact: int, to_xact: int) -> Iterator[RowImage]:
        """The rows written by transactions in [from, to), in any order; streamed."""
        image = image_of(table, self.columns[table])
        for values in self._copy(table, _IN_RANGE, {"from": from_xact, "to": to_xact}):
            yield image(values)

    def rows_of_lot(self, tenant: TenantId, lot: LotId) -> list[LotRow]:
        """Every row about a lot, by table and key."""
        found = []
        for table in sorted(_OF_LOT.keys() & self.columns.keys()):
            columns = self.columns[table]
            covered = [(at, column) for at, column in enumerate(columns) if column.covered_by == "leaf"]
            image = image_of(table, columns)
            condition = _OF_TENANT + _OF_LOT[table]
            for values in self._copy(table, condition, {"tenant": tenant, "lot": lot}):
                row = image(values)
                fields = [(column.name, column.type, values[at]) for at, column in covered]
                present = tuple((name, kind, value) for name, kind, value in fields if value is not None)
                found.append(LotRow(table, row.key, row.xact, present))
        return sorted(found, key=lambda row: (row.table, row.key))

    def tail(self, from_xact: int) -> UnsealedTail:
        """The rows behind all receipts, in one look at all tables."""
        parts = []
        for table, columns in self.columns.items():
            times = [column.selected for column in columns if column.type == "timestamp with time zone"]
            oldest = f"min({times[0]})" if times else "NULL::timestamptz"
            parts.append(
                f"SELECT count(*) AS n, {oldest} AS oldest, "
                "count(*) FILTER (WHERE xact_id >= pg_snapshot_xmax(pg_current_snapshot())) AS ahead "
                f'FROM "{table}" WHERE xact_number(xact_id) >= %(from)s'
            )
        query = (
            "SELECT sum(n)::bigint AS rows, floor(extract(epoch FROM min(oldest)) * 1000)::bigint AS oldest_ms, "
            f"sum(ahead)::bigint AS from_the_future FROM ({' UNION ALL '.join(parts)}) AS tables"
        )
        row = self._database.row(query, {"from": from_xact})
        assert row is not None
        return UnsealedTail(**row)

    def conservation(self) -> Iterator[tuple[TenantId, str, Conservation]]:
        """Every budget of every tenant, with its key."""
        for row in self._database.rows(_TENANTS, {}):
            tenant = row["tenant"]
            for each in self._ledger.budgets(tenant):
                key = json.dumps([tenant, each.scope, each.window or "total"], ensure_ascii=False)
                yield tenant, key, self._ledger.conservation(tenant, each.scope, each.window)

    def archived(self) -> Sequence[ArchivedTable]:
        """What went into archives, of months of which nothing is left here."""
        return [ArchivedTable(**row) for row in self._database.rows(_ARCHIVED, {})]

    def learners(self) -> Sequence[TenantId]:
        """Every tenant with a policy, sorted."""
        return [TenantId(row["tenant"]) for row in self._database.rows(_LEARNERS, {})]

    @property
    def policies(self) -> PolicyStore:
        """Their policies, to read."""
        return self._ledger

    def _copy(self, table: str, condition: str, parameters: dict[str, object]) -> Iterator[Sequence[bytes | None]]:
        """Rows of a table, all its columns in the order of their names, as the server's binary bytes."""
        selected = ", ".join(column.selected for column in self.columns[table])
        query = f'COPY (SELECT {selected} FROM "{table}" WHERE {condition}) TO STDOUT (FORMAT binary)'
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(
                    **connection_parameters(self._dsn), autocommit=True, connect_timeout=5
                )
            with self._connection.cursor().copy(query.encode(), parameters) as copy:
                yield from copy.rows()
        except psycopg.OperationalError as error:
            raise LedgerUnavailable(str(error).strip()) from error


def image_of(table: str, columns: Sequence[Column]) -> Callable[[Sequence[bytes | None]], RowImage]:
    """A function from the values of `columns`, sorted by name, to the image of their row."""
    prefix = field_head(table)
    covered = [(at, column.head) for at, column in enumerate(columns) if column.covered_by == "leaf"]
    personal = [(at, column.head) for at, column in enumerate(columns) if column.covered_by == "personal"]
    key = sorted(
        (column.key_position, at, column.type) for at, column in enumerate(columns) if column.key_position is not None
    )
    position = {column.name: at for at, column in enumerate(columns)}
    xact = position["xact_id"]

    def state(values: Sequence[bytes | None]) -> PersonalState:
        salt = values[position["personal_salt"]]
        fields = [(head, values[at]) for at, head in personal]
        if salt is None:
            return "erased" if all(value in _ERASED for _, value in fields) else "changed"
        return "intact" if personal_digest(salt, fields) == values[position["personal_digest"]] else "changed"

    def image(values: Sequence[bytes | None]) -> RowImage:
        leaf = leaf_hash(prefix + encode_fields((head, values[at]) for at, head in covered))
        name = json.dumps([_key_value(kind, values[at]) for _, at, kind in key], ensure_ascii=False)
        number = int.from_bytes(values[xact] or b"", "big")
        return RowImage(number, name, leaf, state(values) if personal else "intact")

    return image


_ERASED = (None, b"", b"{}", b"null")
"""What an erased column may hold."""


def _key_value(kind: str, value: bytes | None) -> str | int:
    assert value is not None  # columns of a primary key
    if kind == "uuid":
        return str(uuid.UUID(bytes=value))
    if kind in {"integer", "bigint"}:
        return int.from_bytes(value, "big", signed=True)
    return value.decode()
