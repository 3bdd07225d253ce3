"""The account of the fallback, the seat that may always win: what it would have cost, and what was spent beyond it.

A budget that just pays for the cheapest seat must not spend a run of its cheap calls on others, for dear ones follow.
"""

from __future__ import annotations

import math

from bidding.domain.learning.under_way import Terms, UnderWay

CHEAPEST_SDS, CHEAPEST_CV = 2.5, 1.5
"""The cheapest costs what its list says, until quotes lie below by so many deviations of so varied calls."""


class Fallback:
    """Sums over all lots paid, in micro-dollars: `quoted` and `listed` of the fallback, and the spend `beyond` it.

    `mean` is the mean of whichever was more; `row`, `last_quoted` and `last_listed` are of the last auction.
    """

    def __init__(self, mean: float = 0.0, quoted: float = 0.0, listed: float = 0.0, beyond: float = 0.0) -> None:
        self.mean, self.quoted, self.listed, self.beyond = mean, quoted, listed, beyond
        self.row, self.last_quoted, self.last_listed = 0, 0.0, 0.0
        self.mean_now = mean
        """The mean with the last auction's, which may come to nothing."""

    def asked(self, row: int, quoted: float, listed: float, lots: int) -> None:
        """An auction is held in which this is the fallback, after `lots` lots."""
        self.row, self.last_quoted, self.last_listed = row, quoted, listed
        self.mean_now = self._mean_with(quoted, listed, lots)

    def headroom(self, allowance: float, lots: int, under_way: UnderWay) -> float:
        """What the allowances of `lots` lots, paid or under way, and of this one leave for a call instead of it."""
        quoted = self.quoted + under_way.quoted + self.last_quoted
        listed = self.listed + under_way.listed + self.last_listed
        likely = quoted + CHEAPEST_SDS * CHEAPEST_CV * listed / math.sqrt(lots + 1)
        taken = quoted if listed < quoted else listed if listed < likely else likely
        left = (lots + 1) * allowance - taken
        return (left if left > 0 else 0.0) - self.beyond - under_way.beyond + self.last_quoted

    def takes(self, share_micros: float, lots: int, under_way: UnderWay) -> bool:
        """Whether its price lists alone take more than so much of every lot's allowance."""
        return self.listed + under_way.listed + self.last_listed > share_micros * (lots + 1)

    def paid(self, terms: Terms, cost_micros: float, lots: int) -> None:
        """A lot's call was paid, after `lots` others."""
        self.mean = self.mean_now = self._mean_with(terms.quoted, terms.listed, lots)
        self.quoted += terms.quoted
        self.listed += terms.listed
        if terms.beyond:
            self.beyond += cost_micros - terms.quoted

    def _mean_with(self, quoted: float, listed: float, lots: int) -> float:
        return self.mean + (max(quoted, listed) - self.mean) / (lots + 1)
