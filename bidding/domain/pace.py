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
