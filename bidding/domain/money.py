"""Which amounts of money a market believes."""

from __future__ import annotations

from bidding.domain.errors import InvalidRequest

MONEY_MIN_MICROS, MONEY_MAX_MICROS = 1e-6, 1e15
"""Between these a price is believed: further out, arithmetic in floats is not safe."""


def check_price(seat: str, listed_micros: float, bound_micros: float) -> None:
    """Raises InvalidRequest where a seat's listed price or the bound of its calls is no price."""
    if not MONEY_MIN_MICROS <= listed_micros <= MONEY_MAX_MICROS:
        raise InvalidRequest(f"seat {seat}: a listed price is a number of micro-dollars above 0, not {listed_micros}")
    if not bound_micros > 0:
        raise InvalidRequest(f"seat {seat}: a bound is a number of micro-dollars above 0, not {bound_micros}")
