"""The offers of the last lots, from which λ is solved: a ring of values and prices, read only when it is wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bidding.domain.learning.knapsack import ABSENT, RecentOffers, merged
from bidding.domain.learning.tables import Floats, padded

_Unread = tuple[float, Floats, Floats, NDArray[np.intp] | None, Floats]
"""Value of a lot, qualities expected of all and drawn of some, which ones, prices."""


class RecentLots:
    """The offers of at most `window` lots; `seen` counts all that were there."""

    def __init__(self, window: int) -> None:
        self.seen = 0
        self._window = window
        self._values = self._prices = np.zeros((window, 0))
        self._unread: list[_Unread] = []

    def saw(
        self, value_micros: float, expected: Floats, draws: Floats, rows: NDArray[np.intp] | None, prices: Floats
    ) -> int:
        """Remember a lot's offers: of those let in, at `rows`, the qualities drawn, of the others the `expected` ones.

        An infinite price is of a seat that made no offer; `rows` None is all. The arrays are kept. Answers how many
        lots were seen.
        """
        unread = self._unread
        if unread and len(prices) != len(unread[0][-1]):
            self._read()
        unread.append((value_micros, expected, draws, rows, prices))
        return self.seen + len(unread)

    def remember(self, values: Floats, prices: Floats) -> None:
        """Remember the offers of one lot, (seats,), or of several, (lots, seats).

        Infinite prices are of seats that did not bid.
        """
        values, prices = np.atleast_2d(values), np.atleast_2d(prices)
        lots, seats = values.shape
        if seats > self._values.shape[1]:
            shape = (self._window, seats)
            self._values = padded(self._values, shape, ABSENT)  # a newcomer did not bid before
            self._prices = padded(self._prices, shape)
        rows = np.arange(self.seen, self.seen + lots) % self._window
        bid = np.isfinite(prices)
        self._values[rows, :seats] = np.where(bid, values, ABSENT)
        self._values[rows, seats:] = ABSENT
        self._prices[rows, :seats] = np.where(bid, prices, 0.0)
        self.seen += lots

    def repriced(self, row: int, factor: float) -> None:
        """A seat's prices changed by a factor: so would its recent offers have."""
        self._read()
        if row < self._prices.shape[1]:
            self._prices[:, row] *= factor

    def forget(self) -> None:
        """Remember nothing."""
        self.seen = 0
        self._unread.clear()

    def offers(self) -> RecentOffers:
        """All of them, in any order."""
        self._read()
        kept = min(self.seen, self._window)
        return RecentOffers(self._values[:kept], self._prices[:kept])

    def in_order(self) -> RecentOffers:
        """All of them, the oldest first."""
        self._read()
        kept = min(self.seen, self._window)
        order = np.arange(self.seen - kept, self.seen) % self._window
        return RecentOffers(self._values[order], self._prices[order])

    def _read(self) -> None:
        if self._unread:
            values = [value * merged(mean, draws, rows) for value, mean, draws, rows, _ in self._unread]
            prices = np.array([unread[-1] for unread in self._unread])
            self._unread.clear()
            self.remember(np.array(values), prices)
