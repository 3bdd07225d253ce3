"""Dataclasses that are quick to make, for functions that start often.

The standard library writes and compiles six methods for every class that is immutable. Three of them say the same of
all: how values are compared, hashed and shown. To share these saves more than half of the time. The options `eq`,
`order`, `repr` and `unsafe_hash` are not taken, nor `hash` of a field.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  for those who check types it is that one
else:
    from dataclasses import dataclass as _standard

    def dataclass(made=None, /, **options):
        """As that of the standard library."""
        if made is None:
            return functools.partial(dataclass, **options)
        shared = {"__eq__": _equal, "__repr__": _shown, "__hash__": _hashed if options.get("frozen") else None}
        for name in shared.keys() - vars(made).keys():
            setattr(made, name, shared[name])
        return _standard(made, eq=False, repr=False, **options)


def _equal(self: Any, other: object) -> object:
    if type(other) is not type(self):
        return NotImplemented
    return _compared(self) == _compared(other)


def _hashed(self: Any) -> int:
    return hash(_compared(self))


@recursive_repr()
def _shown(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


_READERS: dict[type, Callable[[Any], object]] = {}


def _compared(value: Any) -> object:
    """What makes two of a class equal."""
    read = _READERS.get(type(value))
    if read is None:
        names = [field.name for field in fields(value) if field.compare]
        read = _READERS[type(value)] = attrgetter(*names) if len(names) > 1 else _few(names)
    return read(value)


def _few(names: list[str]) -> Callable[[Any], object]:
    return lambda value: tuple(getattr(value, name) for name in names)
