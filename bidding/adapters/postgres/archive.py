"""Months of the ledger as Parquet files.

Connect as whoever migrates: partitions are read by their owner, who sees the rows of all tenants. Types that Parquet
lacks travel as text: uuid, json, numeric and transaction numbers.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from bidding.adapters.postgres.errors import translated
from bidding.domain.archive import ArchivedFile, Blockers
from bidding.domain.errors import ArchiveDiffers, LedgerUnavailable

BATCH_ROWS = 20_000
PERSONAL: dict[str, tuple[str, ...]] = {"completions": ("detail", "output", "personal_salt")}
"""Columns that an erasure blanks. They stay out, so that no archive has to be searched and rewritten for it."""

_TYPES = {
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double precision": pa.float64(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "bytea": pa.binary(),
    "bigint[]": pa.list_(pa.int64()),
    "double precision[]": pa.list_(pa.float64()),
    "text[]": pa.list_(pa.string()),
    "uuid[]": pa.list_(pa.string()),
}
_COLUMNS = """
SELECT attname, format_type(atttypid, NULL)
FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_KEY = """
SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE indrelid = %s::regclass AND indisprimary ORDER BY array_position(indkey::int2[], attnum)
"""


class PostgresMonths:
    """See `LedgerMonths`. A context manager around one connection of its own."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def __enter__(self) -> Self:
        try:
            self._connection: psycopg.Connection[TupleRow] = psycopg.connect(self._dsn, autocommit=True)
        except psycopg.OperationalError as error:
            raise LedgerUnavailable(str(error).strip()) from error
        self._connection.execute("SET ROLE ledger_owner")
        self._connection.execute("SET TIME ZONE 'UTC'")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def months_before(self, day: date) -> list[str]:
        """Months that ended by that day and are here, oldest first."""
        return [month for (month,) in self._connection.execute("SELECT months_before(%s)", (day,))]

    def bounds(self, month: str) -> tuple[str, str]:
        """The first id of a month and the first one after it."""
        following = "to_char(to_date(%(month)s, 'YYYY_MM') + interval '1 month', 'YYYY_MM')"
        query = f"SELECT first_id_of_month(%(month)s)::text, first_id_of_month({following})::text"
        first, after = self._row(query, {"month": month})
        return str(first), str(after)

    def blockers(self, month: str) -> Blockers:
        """What keeps a month here."""
        query = "SELECT open_holds, unfolded_outcomes, running_tasks, unsealed_rows FROM blockers_of_month(%(month)s)"
        return Blockers(*self._row(query, {"month": month}))

    def receipts(self, month: str) -> tuple[int, int] | None:
        """First and last batch of receipts that seal its rows."""
        first, last = self._row("SELECT first_batch, last_batch FROM receipts_of_month(%(month)s)", {"month": month})
        return None if first is None else (first, last)

    def export(self, month: str, folder: Path) -> list[ArchivedFile]:
        """Write every partition of a month into a folder."""
        (tables,) = self._row("SELECT partitioned_tables()", {})
        return [self._export(table, f"{table}_{month}", folder) for table in tables]

    def verify(self, file: ArchivedFile, path: Path) -> None:
        """Row group by row group, the file against a second reading of the rows. Raises ArchiveDiffers."""
        read = pq.ParquetFile(path)
        groups = (read.read_row_group(number) for number in range(read.num_row_groups))
        rows = 0
        for written, here in itertools.zip_longest(groups, self._batches(file.table, file.partition)):
            if written is None or here is None or not pa.Table.from_batches([here]).equals(written):
                raise ArchiveDiffers(f"{file.file} does not hold what {file.partition} does, from row {rows} on")
            rows += here.num_rows
        if rows != file.rows:
            raise ArchiveDiffers(f"{file.file} holds {rows} rows, not {file.rows}")

    def drop(self, month: str, files: Sequence[ArchivedFile], manifest_sha256: str, now_ms: int) -> None:
        """Let a month go that was exported. Raises LedgerConflict where it changed since, or is still under way."""
        rows = json.dumps({file.table: file.rows for file in files})
        parameters = {"month": month, "rows": rows, "sha256": bytes.fromhex(manifest_sha256), "now_ms": now_ms}
        self._row("SELECT drop_month(%(month)s, %(rows)s, %(sha256)s, %(now_ms)s)", parameters)

    def _row(self, query: str, parameters: dict[str, Any]) -> Any:
        try:
            return self._connection.execute(query.encode(), parameters).fetchone()
        except psycopg.OperationalError as error:
            raise LedgerUnavailable(str(error).strip()) from error
        except psycopg.Error as error:
            raise translated(error) or error from error

    def _export(self, table: str, partition: str, folder: Path) -> ArchivedFile:
        path = folder / f"{partition}.parquet"
        rows = 0
        with pq.ParquetWriter(path, self._schema(table, partition), compression="zstd") as writer:
            for batch in self._batches(table, partition):
                writer.write_batch(batch, row_group_size=BATCH_ROWS)
                rows += batch.num_rows
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        known = {name for name, _ in self._columns(partition)}
        left_out = tuple(name for name in PERSONAL.get(table, ()) if name in known)
        return ArchivedFile(table, partition, path.name, rows, path.stat().st_size, digest, left_out)

    def _columns(self, partition: str) -> list[tuple[str, str]]:
        return [(str(name), str(type_)) for name, type_ in self._connection.execute(_COLUMNS, (partition,))]

    def _kept(self, table: str, partition: str) -> list[tuple[str, str]]:
        return [column for column in self._columns(partition) if column[0] not in PERSONAL.get(table, ())]

    def _schema(self, table: str, partition: str) -> pa.Schema:
        return pa.schema([(name, _TYPES.get(type_, pa.string())) for name, type_ in self._kept(table, partition)])

    def _batches(self, table: str, partition: str) -> Iterator[pa.RecordBatch]:
        """The rows in the order of their key, in batches of one size."""
        schema = self._schema(table, partition)
        with self._connection.transaction(), self._connection.cursor(name="export") as cursor:
            cursor.execute(self._query(table, partition))
            while rows := cursor.fetchmany(BATCH_ROWS):
                columns = [
                    pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def _query(self, table: str, partition: str) -> Composed:
        key = [str(name) for (name,) in self._connection.execute(_KEY, (partition,))]
        return SQL("SELECT {} FROM {} ORDER BY {}").format(
            SQL(", ").join(_selected(name, type_) for name, type_ in self._kept(table, partition)),
            Identifier(partition),
            SQL(", ").join(Identifier(name) for name in key),
        )


def _selected(name: str, type_: str) -> Composed:
    if type_ == "uuid[]":
        return SQL("{}::text[]").format(Identifier(name))
    return SQL("{}" if type_ in _TYPES else "{}::text").format(Identifier(name))
