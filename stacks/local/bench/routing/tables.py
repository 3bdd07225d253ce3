"""Reading the compressed tables of outcome data, with errors that name the file."""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

from bidding.domain.errors import InvalidRequest


def read_rows(file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """All rows of a gzipped CSV file with a header.

    Raises:
        InvalidRequest: the file is missing, empty, not gzipped CSV, lacks one of `columns`, or has a short row.
    """
    if not file.is_file():
        raise InvalidRequest(f"{file} is missing: --data must name a folder with queries.csv.gz and outcomes.csv.gz")
    csv.field_size_limit(sys.maxsize)  # a prompt may be longer than the module's own limit
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            reader = csv.DictReader(text)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise InvalidRequest(f"{file} lacks the column {', '.join(missing)}")
            rows: list[dict[str, str]] = list(reader)
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(f"{file} is not gzipped CSV in UTF-8: {error}") from None
    if not rows:
        raise InvalidRequest(f"{file} has no rows")
    for line, row in enumerate(rows, start=2):
        if None in row.values():
            raise InvalidRequest(f"{file}, row {line}: fewer fields than the header")
        if None in row:
            raise InvalidRequest(f"{file}, row {line}: more fields than the header")
    return rows
