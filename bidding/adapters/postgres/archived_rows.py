"""Rows of archived months, as an audit reads them: Parquet values become the server's bytes again, and those a leaf."""

from __future__ import annotations

import functools
import hashlib
import json
import struct
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bidding.adapters.postgres.audit import Column, image_of
from bidding.domain.errors import UnknownRecord
from bidding.domain.receipts import RowImage
from bidding.ports.archive import ArchiveTarget

_MANIFEST = "manifest.json"
_EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts time from 2000 on, Parquet from 1970."""


class ParquetRows:
    """See `ArchivedRows`. A context manager: files are fetched into a folder that ends with it.

    `columns` are those of the ledger's tables now: one that a month did not know yet is null in it.
    """

    def __init__(self, target: ArchiveTarget, columns: Mapping[str, Sequence[Column]]) -> None:
        self._target = target
        self._columns = columns
        self._files: dict[str, list[Path]] = {}

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def faults(self, manifests: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
        """Fetch the months, and tell which files are not what was exported."""
        for month, digest in sorted(manifests.items()):
            name = f"{month}/{_MANIFEST}"
            manifest = self._fetched(name)
            if manifest is None:
                yield name, "is not there"
                continue
            if hashlib.sha256(manifest.read_bytes()).digest() != digest:
                yield name, "is not the manifest of what was dropped"
            yield from self._faults_of(month, json.loads(manifest.read_bytes())["files"])

    def rows(self, table: str, from_xact: int, to_xact: int) -> Iterator[RowImage]:
        """The rows written by transactions in [from, to), in any order."""
        columns = self._columns[table]
        image = image_of(table, columns)
        for path in self._files.get(table, ()):
            file = pq.ParquetFile(path)
            for number in range(file.num_row_groups):
                group = file.read_row_group(number)
                xact = pc.cast(group["xact_id"], pa.int64())
                chosen = group.filter(pc.and_(pc.greater_equal(xact, from_xact), pc.less(xact, to_xact)))
                for values in _bytes_of(chosen, columns):
                    yield replace(image(values), personal="intact")  # these columns are not in an archive

    def _faults_of(self, month: str, files: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        for file in files:
            name = f"{month}/{file['file']}"
            path = self._fetched(name)
            if path is None:
                yield name, "is not there"
                continue
            with path.open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != file["sha256"]:
                    yield name, "is not the file that was exported"
            try:
                pq.ParquetFile(path).read()
            except (pa.ArrowException, OSError) as error:
                yield name, f"cannot be read: {str(error).splitlines()[0]}"
                continue
            self._files.setdefault(file["table"], []).append(path)

    def _fetched(self, name: str) -> Path | None:
        path = Path(self._folder.name, name.replace("/", "_"))
        try:
            self._target.read(name, path)
        except UnknownRecord:
            return None
        return path


def _bytes_of(rows: pa.Table, columns: Sequence[Column]) -> Iterator[list[bytes | None]]:
    """Every row's values, in the order of `columns`, as the server's binary bytes."""
    values: list[list[bytes | None]] = []
    for column in columns:
        if column.name not in rows.column_names:
            values.append([None] * rows.num_rows)
            continue
        encode = _ENCODINGS.get(column.type, _text)
        kept = rows[column.name]
        plain = pc.cast(kept, pa.int64()) if pa.types.is_timestamp(kept.type) else kept
        values.append([None if value is None else encode(value) for value in plain.to_pylist()])
    yield from map(list, zip(*values, strict=True))


def _text(value: str) -> bytes:
    return value.encode()


def _list(values: Sequence[str | None]) -> bytes:
    """An array as PostgreSQL writes it."""
    return ("{" + ",".join("NULL" if value is None else _element(value) for value in values) + "}").encode()


def _element(value: str) -> str:
    plain = value and value.upper() != "NULL" and not any(letter in '{},"\\ \t\n\r\v\f' for letter in value)
    if plain:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _numbers(of_type: int, packed: str, values: Sequence[float | None]) -> bytes:
    """A list of numbers as PostgreSQL sends it: dimensions, has nulls, type, length, first index, elements."""
    if not values:
        return struct.pack(">iii", 0, 0, of_type)
    elements = [b"\xff\xff\xff\xff" if value is None else struct.pack(">i" + packed, 8, value) for value in values]
    return struct.pack(">iiiii", 1, None in values, of_type, len(values), 1) + b"".join(elements)


_ENCODINGS: dict[str, Callable[[Any], bytes]] = {
    "boolean": lambda value: b"\x01" if value else b"\x00",
    "integer": lambda value: value.to_bytes(4, "big", signed=True),
    "bigint": lambda value: value.to_bytes(8, "big", signed=True),
    "double precision": lambda value: struct.pack(">d", value),
    "timestamp with time zone": lambda value: (value - _EPOCH_US).to_bytes(8, "big", signed=True),
    "xid8": lambda value: int(value).to_bytes(8, "big"),
    "uuid": lambda value: uuid.UUID(value).bytes,
    "bytea": bytes,
    "bigint[]": functools.partial(_numbers, 20, "q"),
    "double precision[]": functools.partial(_numbers, 701, "d"),
    "text[]": _list,
    "uuid[]": _list,
}
"""As `audit` reads them; of all other types it is the text."""
