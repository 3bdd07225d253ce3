"""Dataclasses that share their methods are those of the standard library in all that can be seen of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import Any

import pytest

from bidding.domain.dataclass import dataclass


class _Plain:
    seat: str
    price: int = 3
    seen: dict[str, int] = field(default_factory=dict, repr=False, compare=False)


def _made(make: Callable[..., Any], plain: type = _Plain, **options: bool) -> Any:
    return make(type("Quote", (), {**_given(plain), "__qualname__": "Quote"}), **options)


def _given(plain: type) -> dict[str, Any]:
    return {name: value for name, value in vars(plain).items() if name not in {"__dict__", "__weakref__"}}


def _of(made: type, **options: bool) -> Any:
    return dataclass(**options)(made)


def _ours(**options: bool) -> Any:
    return _made(_of, **options)


@pytest.mark.parametrize("options", [{"frozen": True, "slots": True}, {"slots": True}, {}], ids=str)
def test_like_the_standard_library(options: dict[str, bool]) -> None:
    """Equality, hashes, what is shown, what is refused and what is replaced."""
    ours, theirs = _ours(**options), _made(dataclasses.dataclass, **options)
    for quote in (ours, theirs):
        one, same = quote("a", seen={"x": 1}), quote(seat="a", price=3)
        assert one == same
        assert one != quote("a", 4)
        assert one != ("a", 3)
        assert repr(one) == "Quote(seat='a', price=3)"
        assert dataclasses.replace(one, price=4) == quote("a", 4)
        assert dataclasses.asdict(one) == {"seat": "a", "price": 3, "seen": {"x": 1}}
        assert quote.__match_args__ == ("seat", "price", "seen")
        assert (quote.__hash__ is None) == ("frozen" not in options)
        assert _copied(one) == one
        if "frozen" in options:
            assert len({one, same, quote("b")}) == 2
            with pytest.raises(dataclasses.FrozenInstanceError):
                one.price = 5
            with pytest.raises(dataclasses.FrozenInstanceError):
                del one.price
    assert ours("a") != theirs("a")


def _copied(value: Any) -> Any:
    return copy.deepcopy(copy.copy(value))


class _Strict:
    _: dataclasses.KW_ONLY
    low: int
    high: int = 9
    width: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", self.high - self.low)


@pytest.mark.parametrize("given", [{"low": 1}, {"low": 1, "high": 2}, {}, {"high": 2}, {"low": 1, "wide": 2}], ids=str)
def test_fields_are_set_as_the_standard_library_sets_them(given: dict[str, int]) -> None:
    """By the first value of a class and by later ones: what is taken, what is refused and with which words."""
    ours, theirs = (_made(make, _Strict, frozen=True, slots=True) for make in (_of, dataclasses.dataclass))
    for _ in range(2):
        assert _tried(ours, given) == _tried(theirs, given)


def _tried(kind: Any, given: dict[str, int]) -> str:
    try:
        return repr(kind(**given))
    except TypeError as refused:
        return str(refused)


@dataclass(frozen=True, slots=True)
class _Span:
    low: int


@dataclass(frozen=True, slots=True)
class _Named(_Span):
    name: str = "span"


class _Doubled(_Span):
    def __init__(self, low: int) -> None:
        super().__init__(2 * low)


def test_who_inherits() -> None:
    """Fields of the base come first; who sets fields in its own way may still call the base's."""
    assert repr(_Named(1)) == "_Named(low=1, name='span')"
    assert [_Doubled(2).low, _Doubled(3).low, _Span(4).low] == [4, 6, 4]


def test_many_threads_make_the_first_value() -> None:
    """Whoever comes first, everybody gets a value."""
    for _ in range(20):
        kind, gate = _ours(frozen=True, slots=True), threading.Barrier(4)

        def make(number: int, kind: Any = kind, gate: threading.Barrier = gate) -> Any:
            gate.wait()
            return kind("a", number).price

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(make, range(4))) == [0, 1, 2, 3]


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int


@dataclass
class _Nothing:
    pass


def test_kept_and_empty() -> None:
    """One that is frozen can be pickled; one without fields equals its like."""
    assert pickle.loads(pickle.dumps(_Kept(2))) == _Kept(2)
    assert _Nothing() == _Nothing()
    assert repr(_Nothing()) == "_Nothing()"
