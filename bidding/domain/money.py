"""Which amounts of money a market believes."""

from __future__ import annotations

from bidding.domain.numbers import number

MONEY_MIN_MICROS, MONEY_MAX_MICROS = 1e-6, 1e15
"""Between these a price is believed: further out, arithmetic in floats is not safe."""


def price(seat: str, listed_micros: object) -> float:
    """A seat's listed price as a plain number. Raises InvalidRequest where it is none; a free seat lists the least."""
    return number(f"seat {seat}: listed_micros", listed_micros, MONEY_MIN_MICROS, MONEY_MAX_MICROS)
