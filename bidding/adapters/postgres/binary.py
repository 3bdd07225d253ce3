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

from bidding.adapters.postgres.errors import not_an_id
from bidding.domain.errors import InvalidRequest

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
_CODES = {"boolean": "?", "integer": "i", "bigint": "q", "float8": "d", "uuid": "16s"}
_HEAD = struct.Struct("!Ii")
_LENGTH = struct.Struct("!i")
_NULL = -1
_GAP = _LENGTH.pack(_NULL)
_ID_BYTES = 16


def composite(
    fixed: Mapping[str, str], others: Mapping[str, str]
) -> Callable[[Sequence[object], Sequence[object]], bytes]:
    """A function that writes a composite value from the values of its `fixed` fields, then of its `others`, in order.

    Both map names to types. Fixed ones are numbers, ids, and tuples of numbers without a gap, or None: they are written
    together, which is quicker. The function raises InvalidRequest for a number that is not finite or too large for its
    type and for a text with a lone surrogate, and UnknownRecord for an id that is none. A list that knows no value is
    written as null.
    """
    write_fixed = _at_once(fixed)
    writers = [_writer(name, type_name) for name, type_name in others.items()]
    count = _LENGTH.pack(len(fixed) + len(others))

    def write(numbers: Sequence[object], rest: Sequence[object]) -> bytes:
        try:
            written = [field(value) for field, value in zip(writers, rest, strict=True)]
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"the ledger cannot hold this text: {error.reason}") from error
        return b"".join([count, write_fixed(numbers), *written])

    return write


def _at_once(fields: Mapping[str, str]) -> Callable[[Sequence[Any]], bytes]:
    """What writes fields by one call of `struct`: what stands around their values depends on lengths only."""
    types = tuple(fields.values())
    one_by_one = [_writer(name, type_name) for name, type_name in fields.items()]
    ids = [place for place, type_name in enumerate(types) if type_name == "uuid"]
    fractions = [place for place, type_name in enumerate(types) if type_name == "float8"]
    lists_of_fractions = [place for place, type_name in enumerate(types) if type_name == "float8[]"]
    shape_of = functools.lru_cache(maxsize=1024)(functools.partial(_shape, types))

    def write(values: Sequence[Any]) -> bytes:
        ready = list(values)
        for place in ids:
            if ready[place] is not None:
                ready[place] = _id(ready[place])
        extents = tuple([_NULL if v is None else len(v) if v.__class__ is tuple else 0 for v in ready])
        pack, template, places = shape_of(extents)
        arguments = template[:]
        try:
            for at, value in zip(places, [value for value in ready if value is not None], strict=True):
                arguments[at] = value
            total = sum([ready[place] or 0.0 for place in fractions])
            if math.isfinite(total + sum([sum(ready[place] or ()) for place in lists_of_fractions])):
                return pack(*arguments)
        except (struct.error, OverflowError, TypeError, ValueError):
            pass  # a gap, a list that is no tuple, or what does not fit: written or refused by name
        return b"".join([field(value) for field, value in zip(one_by_one, values, strict=True)])

    return write


def _shape(types: Sequence[str], extents: Sequence[int]) -> tuple[Callable[..., bytes], list[Any], list[int | slice]]:
    """How fields of these lengths are packed: by what, what stands around the values, and where the values go."""
    codes = ["!"]
    template: list[Any] = []
    places: list[int | slice] = []
    for type_name, extent in zip(types, extents, strict=True):
        number, code = _TYPES[type_name], _CODES[type_name.removesuffix("[]")]
        size = struct.calcsize(f"!{code}")
        codes.append("Ii")
        if extent == _NULL:
            template += [number, _NULL]
        elif not type_name.endswith("[]"):
            codes.append(code)
            template += [number, size, 0]
            places.append(len(template) - 1)
        else:
            head = _dimension(_TYPES[type_name.removesuffix("[]")], extent)
            codes.append(f"{len(head)}s{f'i{code}' * extent}")
            template += [number, len(head) + extent * (_LENGTH.size + size), head, *[size, 0] * extent]
            places.append(slice(len(template) - 2 * extent + 1, len(template), 2))
    return struct.Struct("".join(codes)).pack, template, places


def _writer(name: str, type_name: str) -> Write:
    """What writes one field, with its head; None is null."""
    if type_name == "text[]":
        return _texts
    if type_name.endswith("[]"):
        return _numbers(name, type_name)
    number, write = _TYPES[type_name], _plain(name, type_name)
    null = _HEAD.pack(number, _NULL)

    def write_field(value: Any) -> bytes:
        if value is None:
            return null
        content = write(value)
        return _HEAD.pack(number, len(content)) + content

    return write_field


def _plain(name: str, type_name: str) -> Write:
    if type_name in {"text", "json"}:
        return str.encode
    if type_name == "uuid":
        return _id
    pack = struct.Struct(f"!{_CODES[type_name]}").pack

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
        raise not_an_id(repr(value))
    return written


def _numbers(name: str, type_name: str) -> Callable[[Sequence[float | None] | None], bytes]:
    """What writes a list of numbers; null where it knows none of them."""
    number, element_type = _TYPES[type_name], _TYPES[type_name.removesuffix("[]")]
    element = struct.Struct(f"!i{_CODES[type_name.removesuffix('[]')]}")
    pack, size = element.pack, element.size - _LENGTH.size
    null = _HEAD.pack(number, _NULL)

    def write(values: Sequence[float | None] | None) -> bytes:
        gaps = 0 if values is None else values.count(None)
        if values is None or gaps == len(values) > 0:
            return null
        try:
            content = b"".join([_GAP if value is None else pack(size, value) for value in values])
            if all(value is None or math.isfinite(value) for value in values):
                head = _dimension(element_type, len(values), gaps=gaps > 0)
                return _HEAD.pack(number, len(head) + len(content)) + head + content
        except (struct.error, OverflowError):
            pass
        raise _unfit(name, values)

    return write


def _texts(values: Sequence[str] | None) -> bytes:
    return _written_texts(values if values is None else tuple(values))


@functools.lru_cache(maxsize=1024)  # most are names of seats, and reasons
def _written_texts(values: tuple[str, ...] | None) -> bytes:
    number = _TYPES["text[]"]
    if values is None:
        return _HEAD.pack(number, _NULL)
    encoded = [value.encode() for value in values]
    elements = [_LENGTH.pack(len(text)) + text for text in encoded]
    content = _dimension(_TYPES["text"], len(values)) + b"".join(elements)
    return _HEAD.pack(number, len(content)) + content


@functools.cache
def _dimension(element_type: int, number: int, *, gaps: bool = False) -> bytes:
    """The head of a list: dimensions, whether any element is null, their type; then how many, counted from 1."""
    if not number:
        return struct.pack("!iiI", 0, 0, element_type)
    return struct.pack("!iiIii", 1, gaps, element_type, number, 1)


def _unfit(name: str, value: object) -> InvalidRequest:
    return InvalidRequest(f"the ledger cannot hold what is not finite or too large: {name} is {value}")
