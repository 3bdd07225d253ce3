"""Composite values in the binary form that PostgreSQL reads.

A value is the number of its fields, then of each the number of its type, its length and its bytes (`record_recv`); a
list is its dimensions, then of each element its length and its bytes (`array_recv`). All numbers are in network order.
Why not text: to print and to read two hundred numbers costs more than all else that the client does for an auction.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bidding.domain.errors import InvalidRequest, UnknownRecord

Write = Callable[[Any], bytes]

_TYPES = {
    "boolean": 16,
    "bigint": 20,
    "integer": 23,
    "text": 25,
    "json": 114,
    "float8": 701,
    "uuid": 2950,
    "text[]": 1009,
    "bigint[]": 1016,
    "float8[]": 1022,
}
"""The numbers of PostgreSQL's own types, the same in every installation."""
_CODES = {"boolean": "?", "integer": "i", "bigint": "q", "float8": "d"}
_HEAD = struct.Struct("!Ii")
_LENGTH = struct.Struct("!i")
_NULL = -1
_GAP = _LENGTH.pack(_NULL)
_ID_BYTES = 16


def composite(fields: Mapping[str, str]) -> Callable[[Sequence[object]], bytes]:
    """A function that writes a composite value of these fields, names to types, from their values in that order.

    It raises InvalidRequest for a number that is not finite or too large for its type and for a text with a lone
    surrogate, and UnknownRecord for an id that is none. A list whose values are all None is written as null.
    """
    writers = [_writer(name, type_name) for name, type_name in fields.items()]
    count = _LENGTH.pack(len(writers))

    def write(values: Sequence[object]) -> bytes:
        try:
            return count + b"".join([field(value) for field, value in zip(writers, values, strict=True)])
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"the ledger cannot hold this text: {error.reason}") from error

    return write


def _writer(name: str, type_name: str) -> Write:
    """What writes one field, with its head; None is null."""
    number = _TYPES[type_name]
    null = _HEAD.pack(number, _NULL)
    elements: Callable[[Any], bytes | None] = _plain(name, type_name)
    if type_name == "text[]":
        elements = _texts
    elif type_name.endswith("[]"):
        elements = _numbers(name, type_name.removesuffix("[]"))

    def write(value: Any) -> bytes:
        content = None if value is None else elements(value)
        return null if content is None else _HEAD.pack(number, len(content)) + content

    return write


def _plain(name: str, type_name: str) -> Write:
    if type_name in {"text", "text[]", "json"}:
        return str.encode
    if type_name == "uuid":
        return _id
    pack = struct.Struct(f"!{_CODES[type_name.removesuffix('[]')]}").pack

    def write(value: float) -> bytes:
        try:
            if math.isfinite(value):
                return pack(value)
        except (struct.error, OverflowError):
            pass
        raise _unfit(name, value)

    return write


def _id(value: str) -> bytes:
    try:
        written = bytes.fromhex(value.replace("-", ""))
    except ValueError:
        written = b""
    if len(written) != _ID_BYTES:
        raise UnknownRecord(f"not an id: {value!r}")
    return written


def _numbers(name: str, type_name: str) -> Callable[[Sequence[float | None]], bytes | None]:
    """What writes a list of numbers; None where it knows none of them."""
    element_type, element = _TYPES[type_name], struct.Struct(f"!{_CODES[type_name]}")
    pack, length = element.pack, _LENGTH.pack(element.size)

    def write(values: Sequence[float | None]) -> bytes | None:
        known: Sequence[float] = values if None not in values else [v for v in values if v is not None]  # type: ignore[assignment]
        try:
            if math.isfinite(sum(known)) or all(map(math.isfinite, known)):  # a sum of finite ones may not be finite
                if len(known) == len(values):  # joined by lengths, each element has its own before it
                    return _dimension(element_type, len(known)) + length.join([b"", *map(pack, known)])
                return with_gaps(values) if known else None
        except (struct.error, OverflowError):
            pass
        raise _unfit(name, values)

    def with_gaps(values: Sequence[float | None]) -> bytes:
        elements = [_GAP if value is None else length + pack(value) for value in values]
        return _dimension(element_type, len(values), gaps=True) + b"".join(elements)

    return write


def _texts(values: Sequence[str]) -> bytes:
    return _dimension(_TYPES["text"], len(values)) + b"".join(map(_text, values))


@functools.lru_cache(maxsize=1024)  # most are names of seats, and reasons
def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH.pack(len(encoded)) + encoded


@functools.cache
def _dimension(element_type: int, number: int, *, gaps: bool = False) -> bytes:
    """The head of a list: dimensions, whether any element is null, their type; then how many, counted from 1."""
    if not number:
        return struct.pack("!iiI", 0, 0, element_type)
    return struct.pack("!iiIii", 1, gaps, element_type, number, 1)


def _unfit(name: str, value: object) -> InvalidRequest:
    return InvalidRequest(f"the ledger cannot hold what is not finite or too large: {name} is {value}")
