"""An auction as one binary value, against the server that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from bidding.adapters.postgres.binary import composite
from bidding.adapters.postgres.connection import Composite, register_composites
from bidding.adapters.postgres.entries import FIXED, OTHERS
from bidding.domain.errors import InvalidRequest, UnknownRecord
from tests.ledger_samples import NOW, World

_Writer = Callable[[Mapping[str, object]], bytes]
_FIELDS = {
    "tenant": "text",
    "now_ms": "bigint",
    "auction_id": "uuid",
    "attempt": "integer",
    "multiplier": "float8",
    "explored": "boolean",
    "bidders": "text[]",
    "bid_price_micros": "bigint[]",
    "bid_quality_mean": "float8[]",
    "bid_demonstrations": "json",
}
_ID = "0199c8f0-0000-7000-8000-00000000abcd"
_VALUES = [
    (
        "tenant-ü",
        -5,
        _ID,
        2**31 - 1,
        0.1,
        True,
        ["a", 'b "\\{},', "", "NULL"],
        [1, None, -(2**63)],
        [1e-308, None],
        "[1]",
    ),
    (None, 2**63 - 1, _ID, -1, -0.0, False, [], [], [], None),
    ("", None, None, None, None, None, None, [None, None], [0.1, 1e300, 5], "{}"),
]


_OTHERS = {name: kind for name, kind in _FIELDS.items() if kind in {"text", "text[]", "json"}}
_FIXED = {name: kind for name, kind in _FIELDS.items() if name not in _OTHERS}


def _by_name(values: Sequence[object]) -> dict[str, object]:
    return dict(zip(_FIELDS, values, strict=True))


def _one_by_one(values: Mapping[str, object]) -> bytes:
    return composite({}, _FIELDS)((), list(values.values()))


def _fixed_as_lists(values: Mapping[str, object]) -> bytes:
    return composite(_FIXED, _OTHERS)([values[name] for name in _FIXED], [values[name] for name in _OTHERS])


def _fixed_first(values: Mapping[str, object]) -> bytes:
    fixed = [tuple(value) if isinstance(value := values[name], list) else value for name in _FIXED]
    return composite(_FIXED, _OTHERS)(fixed, [values[name] for name in _OTHERS])


def test_fields_of_an_entry(connection: psycopg.Connection[Any]) -> None:
    """The writer knows the fields of `auction_entry`, their types and their order."""
    fields = connection.execute("""
        SELECT attname::text, replace(format_type(atttypid, NULL), 'double precision', 'float8')
        FROM pg_attribute JOIN pg_type ON typrelid = attrelid
        WHERE typname = 'auction_entry' AND attnum > 0
        ORDER BY attnum
    """).fetchall()

    assert [*FIXED.items(), *OTHERS.items()] == fields


@pytest.mark.parametrize(
    ("write", "order"),
    [(_one_by_one, list(_FIELDS)), (_fixed_first, [*_FIXED, *_OTHERS]), (_fixed_as_lists, [*_FIXED, *_OTHERS])],
    ids=["others", "fixed", "lists"],
)
@pytest.mark.parametrize("values", _VALUES)
def test_values_arrive_as_they_were(
    connection: psycopg.Connection[Any], values: Sequence[object], write: _Writer, order: list[str]
) -> None:
    """The server reads what was written: every type, nulls, lists with gaps, empty ones, the largest numbers."""
    register_composites(connection)
    connection.execute("DROP TYPE IF EXISTS sample")
    connection.execute(f"CREATE TYPE sample AS ({', '.join(f'{name} {_FIELDS[name]}' for name in order)})".encode())
    columns = ", ".join(f"(r).{name}{'::text' if kind in {'uuid', 'json'} else ''}" for name, kind in _FIELDS.items())
    written = Composite(write(_by_name(values)))

    (read,) = connection.execute(f"SELECT {columns} FROM (SELECT %s::sample) AS s (r)".encode(), (written,)).fetchall()

    expected = [None if isinstance(value, list) and value and set(value) == {None} else value for value in values]
    assert list(read) == expected


@pytest.mark.parametrize("write", [_one_by_one, _fixed_first], ids=["others", "fixed"])
@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("attempt", 2**31, InvalidRequest),
        ("now_ms", 2**63, InvalidRequest),
        ("multiplier", float("nan"), InvalidRequest),
        ("bid_price_micros", [1, 2**63], InvalidRequest),
        ("bid_quality_mean", [0.5, float("inf")], InvalidRequest),
        ("auction_id", "not-an-id", UnknownRecord),
        ("auction_id", "0199c8f0", UnknownRecord),
    ],
)
def test_what_no_column_holds(field: str, value: object, error: type[Exception], write: _Writer) -> None:
    """A value that the field's type cannot hold is refused before it is sent, by the field's name where it has one."""
    with pytest.raises(error, match=field if error is InvalidRequest else "not an id"):
        write(_by_name(_VALUES[0]) | {field: value})


@pytest.mark.parametrize(("field", "value"), [("tenant", "\ud800"), ("bidders", ["a", "\udfff"])])
def test_text_that_is_none(field: str, value: object) -> None:
    """A lone surrogate is refused as a bad request, not as a fault of ours."""
    with pytest.raises(InvalidRequest, match="cannot hold this text"):
        _one_by_one(_by_name(_VALUES[0]) | {field: value})


def test_a_broken_connection_is_replaced(world: World, connection: psycopg.Connection[Any]) -> None:
    """An auction is written though the server closed the connection: over a new one, and once."""
    first, second = world.lots(2)
    assert world.ledger.award_auction(world.tenant, world.auction(first), NOW) == "recorded"
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ledger_app'")

    record = world.auction(second)
    assert world.ledger.award_auction(world.tenant, record, NOW) == "recorded"
    assert world.ledger.award_auction(world.tenant, record, NOW) == "recorded"
    other = replace(record, award=None, clearing=None)
    assert not world.ledger.record_auction(world.tenant, other, NOW)
