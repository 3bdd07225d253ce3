"""Which amounts of money a market believes."""

from __future__ import annotations

import math

from bidding.domain.errors import InvalidRequest

MONEY_MIN_MICROS, MONEY_MAX_MICROS = 1e-6, 1e15
"""Between these a price is believed: further out, arithmetic in floats is not safe."""


def within(least: float, value: object, most: float) -> bool:
    """Whether a value is a number between these two; None, words and what is no number are not."""
    try:
        return bool(least <= value <= most)  # type: ignore[operator]
    except TypeError:
        return False


def check_price(seat: str, listed_micros: float, bound_micros: float) -> None:
    """Raises InvalidRequest where a seat's listed price or the bound of its calls is no price."""
    if not within(MONEY_MIN_MICROS, listed_micros, MONEY_MAX_MICROS):
        raise InvalidRequest(
            f"seat {seat}: a listed price is a number of micro-dollars from {MONEY_MIN_MICROS:g} up,"
            f" not {listed_micros}: list a free one at that"
        )
    if not within(MONEY_MIN_MICROS, bound_micros, math.inf):
        raise InvalidRequest(f"seat {seat}: a bound is a number of micro-dollars above 0, not {bound_micros}")
