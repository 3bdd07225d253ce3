"""The account of the fallback, the seat that may always win: what it would have cost, and what was spent beyond it.

A budget that just pays for the cheapest seat must not spend a run of its cheap calls on others, for dear ones follow.
"""

from __future__ import annotations

import math

from bidding.domain.learning.under_way import Terms, UnderWay

CHEAPEST_SDS, CHEAPEST_CV = 2.5, 1.5
"""The cheapest costs what its list says, until quotes lie below by so many deviations of so varied calls."""
TIGHT_SHARE, TIGHT_LOTS, TIGHT_SDS = 0.2, 12.0, 0.5
"""Where less than this share of an allowance is left after the fallback, up to so many allowances are kept back, or so
many deviations of what all its calls come to."""


class Fallback:
    """Sums over `lots` lots paid, in micro-dollars: `quoted` and `listed` of the fallback, and the spend `beyond` it.

    `mean` is the mean of whichever was more.
    """

    def __init__(
        self, lots: int = 0, mean: float = 0.0, quoted: float = 0.0, listed: float = 0.0, beyond: float = 0.0
    ) -> None:
        self.lots, self.mean, self.quoted, self.listed, self.beyond = lots, mean, quoted, listed, beyond

    def headroom(self, allowance: float, quoted: float, listed: float, under_way: UnderWay) -> float:
        """What all allowances leave for one call instead of the fallback, which is quoted and listed at so much.

        Where that is little on every lot, some is kept back: bad luck with the fallback is made up for but slowly.
        """
        lots = self.lots + under_way.calls + 1
        all_quoted, all_listed = self.quoted + under_way.quoted + quoted, self.listed + under_way.listed + listed
        likely = all_quoted + CHEAPEST_SDS * CHEAPEST_CV * all_listed / math.sqrt(lots)
        taken = all_quoted if all_listed < all_quoted else all_listed if all_listed < likely else likely
        left = lots * allowance - taken
        short = TIGHT_SHARE * allowance - allowance + self.mean_with(quoted, listed)
        if short > 0:
            tight = short / (TIGHT_SHARE * allowance)
            lucky = TIGHT_SDS * CHEAPEST_CV * math.sqrt(lots)
            kept = lucky if lucky > TIGHT_LOTS else TIGHT_LOTS
            left -= kept * allowance * (tight if tight < 1 else 1.0)
        return (left if left > 0 else 0.0) - self.beyond - under_way.beyond + quoted

    def takes(self, share_micros: float, listed: float, under_way: UnderWay) -> bool:
        """Whether its price lists alone take more than so much of every lot's allowance, with one listed at so much."""
        return self.listed + under_way.listed + listed > share_micros * (self.lots + under_way.calls + 1)

    def mean_with(self, quoted: float, listed: float) -> float:
        """The mean with one lot more."""
        return self.mean + ((listed if listed > quoted else quoted) - self.mean) / (self.lots + 1)

    def paid(self, terms: Terms, cost_micros: float) -> None:
        """A lot's call was paid."""
        _, _, _, quoted, listed, elsewhere = terms
        self.mean = self.mean_with(quoted, listed)
        self.quoted += quoted
        self.listed += listed
        if elsewhere:
            self.beyond += cost_micros - quoted
        self.lots += 1
