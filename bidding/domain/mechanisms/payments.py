"""The mechanisms: which prices a lot is cleared with, what the winner is paid, and the most that may come to.

| mechanism | cleared with | the winner is paid | for |
| --- | --- | --- | --- |
| first_score | the quotes | its actual cost | sellers with a public price list |
| second_score | the quotes | its critical price | sellers that set their own price, one lot at a time |
| learning | the quotes, resampled | its quote, and a rebate where that was moved | the same, on average |

Under first_score a seller gains by quoting above its cost. Under second_score and learning it does not, as long as
nothing else in the auction follows from its quote: λ, our estimate of its quality, and who is let in below the
ceiling. For `second_score` that is true draw by draw, for `learning` on average over the resampling.

All three are said of one lot on its own. Where a quote decides what is learnt for later lots, neither of the two is
truthful over the lots together: Thompson draws that learn from every pick are not monotone. What is truthful while it
learns is `bidding.LearningAuction`: the same payment, on the allocation of `elimination`, resampled once per horizon.

Source: Myerson, Optimal Auction Design, 1981 (critical prices of monotone allocations); Che, Design Competition
through Multidimensional Auctions, RAND 1993 (first and second score); see `resampling` for the third.
"""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np

from bidding.domain.auction import Offers, Pick
from bidding.domain.mechanisms.names import Mechanism
from bidding.domain.mechanisms.resampling import RESAMPLE_SHARE, Reports, resample, resampled_payment
from bidding.domain.propensity import Floats


def enter(mechanism: Mechanism, prices_micros: Floats, ceiling_micros: float, rng: np.random.Generator) -> Reports:
    """The prices a lot is cleared with. The generator is called by the learning mechanism only."""
    match mechanism:
        case "first_score" | "second_score":
            return Reports(prices_micros, prices_micros, np.zeros(len(prices_micros), dtype=np.bool_))
        case "learning":
            return resample(prices_micros, ceiling_micros, rng)
    assert_never(mechanism)


def critical_price_micros(offers: Offers, picked: Pick, ceiling_micros: float) -> float:
    """The highest price at which the winner would still have won, at most the ceiling.

    p* = (value × draw - delay - best other score) / (1 + λ), and the ceiling for a lone bidder and for a winner
    that was picked uniformly: both win at every price that is let in.
    """
    if picked.explored or len(picked.order) == 1:
        return ceiling_micros
    winner = picked.winner
    lead = picked.scores[winner] - picked.scores[picked.order[1]]
    return min(ceiling_micros, float(offers.price_micros[winner] + lead / (1 + picked.multiplier)))


def payment_micros(
    mechanism: Mechanism, reports: Reports, offers: Offers, picked: Pick, ceiling_micros: float
) -> float | None:
    """What the winner is paid whatever its call costs; None where it is paid just that cost."""
    winner = picked.winner
    match mechanism:
        case "first_score":
            return None
        case "second_score":
            return critical_price_micros(offers, picked, ceiling_micros)
        case "learning":
            return resampled_payment(float(reports.reported[winner]), bool(reports.moved[winner]), ceiling_micros)
    assert_never(mechanism)


def payment_max_micros(mechanism: Mechanism, price_micros: int, hold_micros: int, ceiling_micros: int) -> int:
    """The largest payment a bid may end in: what to hold before its call.

    `hold_micros` is the worst case of the call itself. The learning mechanism may pay up to ceiling / μ.
    """
    match mechanism:
        case "first_score":
            return hold_micros
        case "second_score":
            return max(hold_micros, ceiling_micros)
        case "learning":
            return max(hold_micros, math.ceil(resampled_payment(price_micros, True, ceiling_micros, RESAMPLE_SHARE)))
    assert_never(mechanism)
