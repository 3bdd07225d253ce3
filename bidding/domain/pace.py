"""How fast a budget is spent: the price of money that an auction counts with."""

from __future__ import annotations

from bidding.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The budget pacer's λ: `high` with chance `high_share`, else `low`.

    Randomising between the two λ that bracket the budget keeps the mean spend on it.
    """

    low: float = 0.0
    high: float = 0.0
    high_share: float = 0.0


UNPACED = Pace()


def fallback_order(listed_micros: float | None, price_micros: float, seat_id: str) -> tuple[float, float, str]:
    """Of all bids that are let in, the least by this may win whatever the purse, so that the lot is done.

    It is the cheapest by its price list, where it has one: the cheapest by quotes is often whose quote is too low.
    """
    return listed_micros or price_micros, price_micros, seat_id
