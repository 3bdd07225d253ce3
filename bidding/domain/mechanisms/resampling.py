"""Self-resampling: truthful payments for any monotone allocation, from running it once.

A seller's payment must equal b·A(b) + ∫ A(u) du from its report b to the ceiling C, where A(u) is how much it would
have won at report u. A learning market cannot know A(u): it never saw what other winners would have earned. So every
seller's report is moved up by chance, the market runs on the moved reports, and who wins with a moved report is
paid for the integral:

    x = b                               with chance 1 - μ
    x = C - (C - b) · γ^(1 / (1 - μ))   else, γ uniform in (0, 1)
    paid per lot won = b + [moved] · (C - b) / μ

The second line is a uniform draw above b, resampled again with chance μ, and so on: the exponents of a geometric
number of uniform draws add up to one exponential. Given its first stop u, x is distributed as if u had been
reported, so the second term of the payment is on average ∫ Ã(u) du for Ã(b) = E[A(x)], and b·Ã(b) + ∫ Ã is
truthful in expectation wherever A never increases in the own report. A winner is never paid less than it reported,
whatever is drawn.

Source: Babaioff, Kleinberg, Slivkins, Truthful Mechanisms with Implicit Payment Computation, JACM 62(2), 2015, for
forward auctions; turned to reverse auctions of language models by Patra, Damle, Padala, Gujar, Truthful Reverse
Auctions for Adaptive Selection via Contextual Multi-Armed Bandits, AAMAS 2026. The mirror image above is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bidding.domain.dataclass import dataclass
from bidding.domain.propensity import Floats

RESAMPLE_SHARE = 0.2
"""μ: a smaller one disturbs fewer picks and makes the rare payments larger."""


LEAST_LEFT = 2.0**-53
"""The least that a generator draws above 0."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What the sellers reported, and the prices that the market runs on. Shapes (n,), micro-dollars."""

    reported: Floats
    used: Floats
    moved: NDArray[np.bool_]
    left: Floats | None = None
    """Share of the way from a moved report to the ceiling that is left to go; None where none was moved."""

    def as_quotes(self, prices: Floats, ceiling_micros: float) -> Floats:
        """The highest reports, (n,), that the same chance would have moved no further than to `prices`."""
        if self.left is None:
            return prices
        return np.where(self.moved, ceiling_micros - (ceiling_micros - prices) / self.left, prices)


def resample(
    reported: Floats, ceiling_micros: float, rng: np.random.Generator, share: float = RESAMPLE_SHARE
) -> Reports:
    """Move each report up with chance `share`, never above the ceiling. Two generator calls of n numbers each.

    To be done once for as long as wins depend on earlier prices: a horizon, or a single lot.
    """
    moved = rng.random(len(reported)) < share
    left = np.maximum(rng.random(len(reported)), LEAST_LEFT) ** (1 / (1 - share))
    used = np.where(moved, ceiling_micros - (ceiling_micros - reported) * left, reported)
    return Reports(reported, used, moved, left)


def resampled_payment(reported: float, moved: bool, ceiling_micros: float, share: float = RESAMPLE_SHARE) -> float:
    """Paid for every lot won, in micro-dollars: the report, and the rebate where it was moved."""
    return reported + (ceiling_micros - reported) / share if moved else reported
