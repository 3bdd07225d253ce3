"""The account of the fallback, the seat that may always win: what it would have cost, and what was spent beyond it.

A budget that just pays for the cheapest seat must not spend a run of its cheap calls on others, for dear ones follow.
"""

from __future__ import annotations

import math

from bidding.domain.learning.under_way import Terms, UnderWay

CHEAPEST_SDS, CHEAPEST_CV = 2.5, 1.5
"""The cheapest costs what its list says, until quotes lie below by so many deviations of so varied calls."""
CERTAIN_SHARE, CERTAIN_LOTS = 0.05, 20
"""Calls cost what is expected of them where they stray by this share at most, over so many lots at least."""
OVER_LOTS, OVER_SHARE = 1.2, 0.0005
"""There, others may come to so many lots' cost above the fallback's quotes, or to this share of that of all so far."""
TIGHT_SHARE, TIGHT_LOTS, TIGHT_SDS = 0.2, 12.0, 0.5
"""Where less than this share of an allowance is left after the fallback, up to so many allowances are kept back, or so
many deviations of what all its calls come to."""


class Fallback:
    """Sums over `lots` lots paid, in micro-dollars: `quoted` and `listed` of the fallback, and the spend `beyond` it.

    `mean` is the mean of whichever was more. `over` is what single calls of others came to above its quotes, with
    nothing for those that came to less, and `strayed` how far all calls were off what was expected of them.
    """

    def __init__(
        self,
        lots: int = 0,
        mean: float = 0.0,
        quoted: float = 0.0,
        listed: float = 0.0,
        beyond: float = 0.0,
        over: float = 0.0,
        strayed: float = 0.0,
    ) -> None:
        self.lots, self.mean, self.quoted, self.listed = lots, mean, quoted, listed
        self.beyond, self.over, self.strayed = beyond, over, strayed

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

    def leeway(self, allowance: float) -> float:
        """How far above its quote another's call may come to in its place, whatever the purse.

        -inf where calls vary: who looks as cheap then is often one whose quote is too low, or the fallback's too high.
        """
        if self.lots < CERTAIN_LOTS or self.strayed > CERTAIN_SHARE * self.quoted:
            return -math.inf
        cost = self.mean if self.mean > allowance else allowance
        return max(OVER_LOTS, OVER_SHARE * self.lots) * cost - self.over

    def takes(self, share_micros: float, listed: float, under_way: UnderWay) -> bool:
        """Whether its price lists alone take more than so much of every lot's allowance, with one listed at so much."""
        return self.listed + under_way.listed + listed > share_micros * (self.lots + under_way.calls + 1)

    def mean_with(self, quoted: float, listed: float) -> float:
        """The mean with one lot more."""
        return self.mean + ((listed if listed > quoted else quoted) - self.mean) / (self.lots + 1)

    def paid(self, terms: Terms, cost_micros: float) -> None:
        """A lot's call was paid."""
        price, _, _, quoted, listed, elsewhere = terms
        self.mean = self.mean_with(quoted, listed)
        self.quoted += quoted
        self.listed += listed
        if elsewhere:
            self.beyond += cost_micros - quoted
            self.over += max(0.0, cost_micros - quoted)
        self.strayed += abs(cost_micros - price)
        self.lots += 1
