"""Luck drawn ahead: a seed's own, lot after lot, however many seats there are."""

from __future__ import annotations

from bidding.domain.luck import AHEAD_LOTS, Luck, LuckAhead


def drawn(seed: int, rows: list[int]) -> list[Luck]:
    ahead = LuckAhead(seed)
    return [ahead.next(number) for number in rows]


def test_a_seed_brings_the_same_luck_again() -> None:
    """Lot by lot the same numbers, beyond a block and across a seat that joins; of another seed they differ."""
    rows = (AHEAD_LOTS + 5) * [3] + 5 * [4]
    for first, again, other in zip(drawn(1, rows), drawn(1, rows), drawn(2, rows), strict=True):
        assert (first.lottery, first.coin) == (again.lottery, again.coin)
        assert first.normals.tobytes() == again.normals.tobytes()
        assert first.lottery != other.lottery


def test_no_number_is_used_twice() -> None:
    """Lots of a block and of the next one share nothing, and every seat has its own normal."""
    lots = drawn(1, (2 * AHEAD_LOTS) * [3])
    numbers = [number for luck in lots for number in (luck.lottery, luck.coin, *luck.normals.tolist())]
    assert len(set(numbers)) == len(lots) * 5
    assert all(0 <= luck.lottery < 1 and 0 <= luck.coin < 1 for luck in lots)
