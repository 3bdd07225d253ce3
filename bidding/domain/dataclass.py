"""Dataclasses that are quick to make, for functions that start often.

The standard library writes and compiles six methods for every class that is immutable. Five of them say the same of
all: how values are compared, hashed and shown, and that they refuse to be changed. Those are shared here, and the
sixth, which sets the fields, is written when the first value is made: few functions make values of every class they
know of. The options `eq`, `order`, `repr`, `init` and `unsafe_hash` are not taken, nor `hash` of a field.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import Field, FrozenInstanceError, field, fields
from dataclasses import dataclass as standard
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  for those who check types it is that one
else:

    def dataclass(made=None, /, *, frozen=False, **options):
        """As that of the standard library."""
        if made is None:
            return functools.partial(dataclass, frozen=frozen, **options)
        shared = {"__eq__": _equal, "__repr__": _shown, "__hash__": None, **(_OF_FROZEN if frozen else {})}
        for name in shared.keys() - vars(made).keys():
            setattr(made, name, shared[name])
        made = standard(made, eq=False, repr=False, init=not frozen, **options)
        if frozen and "__init__" not in vars(made):
            made.__init__ = _writing_itself(made)
        return made


def _writing_itself(owner: Any) -> Callable[..., None]:
    """Stands for `__init__` until the first value is made, and gives way to what the standard library writes."""

    def __init__(self: Any, *values: object, **named: object) -> None:  # noqa: N807 - it is one
        owner.__init__ = _written(owner)
        owner.__init__(self, *values, **named)

    return __init__


def _written(owner: Any) -> Callable[..., None]:
    named: dict[str, Any] = {known.name: _as_given(known) for known in fields(owner)}
    named["__annotations__"] = dict.fromkeys(named, "object")
    named |= {"__module__": owner.__module__, "__qualname__": owner.__qualname__}
    if hasattr(owner, "__post_init__"):
        named["__post_init__"] = owner.__post_init__
    like: Any = standard(type(owner.__name__, (), named), frozen=True, eq=False, repr=False)
    written: Callable[..., None] = like.__init__
    return written


def _as_given(known: Field[Any]) -> Any:
    default, factory = known.default, known.default_factory
    return field(default=default, default_factory=factory, init=known.init, kw_only=known.kw_only)


def _refuse(self: Any, name: str, *_: object) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r} of {type(self).__qualname__}")


def _state(self: Any) -> list[object]:
    return [getattr(self, known.name) for known in fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for known, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, known.name, value)


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


_OF_FROZEN = {
    "__hash__": _hashed,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__getstate__": _state,
    "__setstate__": _restore,
}
