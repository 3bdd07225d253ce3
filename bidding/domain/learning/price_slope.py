"""How a seat's quality leans on its listed price.

Source: Rossi, Allenby and McCulloch, Bayesian Statistics and Marketing, 2005, ch. 5 (covariates of a hierarchy).
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.tables import Floats

SLOPE, SLOPE_SD = 0.03, 0.03
"""Quality per e-fold of price, as it is thought before anything is known."""
LOG_PRICE_MAX = 4.0
"""How far off the others, in e-folds, a price still says something."""


class PriceSlope:
    """Quality leans on the logarithm of the price, around the others', by one uncertain slope.

    A price counts as it was when the seat joined: a price that falls later makes no seat worse. Integrated over the
    slope, the seats' prior is one Gaussian whose terms are correlated: seats of like price vouch for each other.
    """

    def __init__(self) -> None:
        self._logs: tuple[float, ...] = ()
        self._off = np.zeros(0)

    def joined(self, *listed_micros: float | None) -> None:
        """Seats joined, at these prices; of a price that is unknown, or nothing, no quality follows."""
        self._logs += tuple(math.log(price) if price else math.nan for price in listed_micros)
        logs = np.array(self._logs)
        known = np.isfinite(logs)
        off = logs - (logs[known].mean() if known.any() else 0.0)
        self._off = np.where(known, off, 0.0).clip(-LOG_PRICE_MAX, LOG_PRICE_MAX)

    def prior(self, seat_variance: float) -> tuple[Floats, Floats]:
        """What the slope adds to the precision (seats, seats) of the seats' terms, and to precision × mean (seats,)."""
        off, ratio = self._off, SLOPE_SD**2 / seat_variance
        shared = ratio / (1 + ratio * float(off @ off))
        precision = np.multiply.outer(off, off) * (-shared / seat_variance)
        return precision, SLOPE * (off / seat_variance + precision @ off)

    def removed(self, effects: Floats, seat_variance: float) -> Floats:
        """The seats' terms, (seats,), less what the slope that fits them explains."""
        off = self._off
        spread = SLOPE_SD**2 / seat_variance
        slope = (SLOPE + spread * float(off @ effects)) / (1 + spread * float(off @ off))
        return np.asarray(effects - slope * off)
