"""Dataclasses that share their methods are those of the standard library in all that can be seen of them."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from bidding.domain.dataclass import dataclass


class _Plain:
    seat: str
    price: int = 3
    seen: dict[str, int] = field(default_factory=dict, repr=False, compare=False)


def _made(make: Callable[..., Any], **options: bool) -> Any:
    return make(type("Quote", (), {**vars(_Plain), "__qualname__": "Quote"}), **options)


def _ours(**options: bool) -> Any:
    return _made(lambda cls, **given: dataclass(**given)(cls), **options)


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
        if "frozen" in options:
            assert len({one, same, quote("b")}) == 2
            with pytest.raises(dataclasses.FrozenInstanceError):
                one.price = 5
    assert ours("a") != theirs("a")


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
