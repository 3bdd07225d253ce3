"""The multiplier of a knapsack over recent offers: at which λ would they have cost what may be spent?

The higher λ, the cheaper who wins: spend falls with λ in steps, so λ is found by bisection. A lot that goes to the same
seat at both ends goes there between them too; the search leaves it out and gets the quicker, the closer the ends are.

Source: Agarwal et al., Bandits with Knapsacks, JACM 2018 (multipliers).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bidding.domain.dataclass import dataclass
from bidding.domain.learning.tables import Floats
from bidding.domain.pace import Pace

Winners = NDArray[np.intp]

ABSENT = -1e300
"""Value of a seat that made no bid: below all, and a number that JSON has words for."""
RESOLUTION = 0.002
"""How close the two λ are, as a logarithm."""
NEAR = 2.0
"""The last solution is first looked for the next one within this factor of."""
REGULAR_SHARE = 0.005
"""Who wins less often than this is no regular."""


@dataclass(frozen=True, slots=True)
class RecentOffers:
    """Values and expected prices, both (lots, seats) and in micro-dollars; ABSENT is the value of a bid not made."""

    values: Floats
    prices: Floats

    def pace(self, spend_micros: float, last: Pace) -> Pace:
        """The λ, or the mix of two, whose mean spend per lot is `spend_micros`; 0 where that is less anyway."""
        if self._spend(0.0) <= spend_micros:
            return Pace()
        low, high = self._ends(spend_micros, last)
        values, prices, settled = self.values, self.prices, 0.0
        at_low, at_high = _winners(values, prices, low), _winners(values, prices, high)
        budget = spend_micros * len(values)
        while math.log(high / low) > RESOLUTION:
            open_lots = (at_low != at_high).nonzero()[0]
            if 2 * len(open_lots) < len(values):
                same = at_low == at_high
                settled += _paid(prices[same], at_low[same])
                values, prices, at_low, at_high = (each[open_lots] for each in (values, prices, at_low, at_high))
            middle = math.sqrt(low * high)
            winners = _winners(values, prices, middle)
            if settled + _paid(prices, winners) > budget:
                low, at_low = middle, winners
            else:
                high, at_high = middle, winners
        above, below = settled + _paid(prices, at_low), settled + _paid(prices, at_high)
        share = (above - budget) / (above - below) if above > below else 0.0
        return Pace(low, high, min(1.0, max(0.0, share)))

    def mean_price(self, row: int) -> float:
        """The mean price of a seat's bids, 0 where it made none."""
        if row >= self.values.shape[1]:
            return 0.0
        made = self.values[:, row] > ABSENT
        return float(self.prices[made, row].mean()) if made.any() else 0.0

    def upper_of_regulars(self, multiplier: float, ends: Floats) -> float:
        """The highest upper end, in the mean, among the seats that win regularly."""
        winners = _winners(self.values, self.prices, multiplier)
        wins = np.bincount(winners, minlength=len(ends))
        paid = np.bincount(winners, self.prices[np.arange(len(winners)), winners], minlength=len(ends))
        uppers = np.where(wins > REGULAR_SHARE * len(winners), paid * ends / np.maximum(wins, 1), 0.0)
        return float(uppers.max())

    def _ends(self, spend_micros: float, last: Pace) -> tuple[float, float]:
        """Two λ with the solution between them."""
        low, high = last.low / NEAR, last.high * NEAR
        if low > 0 and self._spend(low) > spend_micros >= self._spend(high):
            return low, high
        finite = self.values[self.values > ABSENT]
        scale = (float(np.ptp(finite)) + 1.0) / float(self.prices.mean())
        return 1e-6 * scale, 1e3 * scale

    def _spend(self, multiplier: float) -> float:
        return _paid(self.prices, _winners(self.values, self.prices, multiplier)) / len(self.prices)


def merged(expected: Floats, some: Floats, rows: Winners | None) -> Floats:
    """What is `expected` of all, with `some` in place of these rows; None is all of them."""
    if rows is None:
        return some
    everybody = expected.copy()
    everybody[rows] = some
    return everybody


def _winners(values: Floats, prices: Floats, multiplier: float) -> Winners:
    winners: Winners = (values - (1 + multiplier) * prices).argmax(axis=1)
    return winners


def _paid(prices: Floats, winners: Winners) -> float:
    return float(prices[np.arange(len(winners)), winners].sum())
