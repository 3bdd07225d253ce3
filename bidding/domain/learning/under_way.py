"""Calls that were awarded and are not paid yet: a budget counts on what all of them may come to.

All amounts are in micro-dollars.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from bidding.domain.dataclass import dataclass


class Terms(NamedTuple):
    """What a call was awarded under: its expected price, how far above it its upper end lies, and the most there is.

    `quoted` and `listed` are those of the fallback in the same auction; `elsewhere` tells that the call is another's.
    """

    price: float
    spread: float
    held: float
    quoted: float
    listed: float
    elsewhere: bool


@dataclass(slots=True)
class UnderWay:
    """Sums over the terms of all calls under way: of squares for the spread.

    `beyond` is what they are expected to cost beyond the fallback.
    """

    calls: int = 0
    price: float = 0.0
    squares: float = 0.0
    held: float = 0.0
    quoted: float = 0.0
    listed: float = 0.0
    beyond: float = 0.0

    def add(self, terms: Terms) -> None:
        """A call more."""
        price, spread, held, quoted, listed, elsewhere = terms
        self.calls += 1
        self.price += price
        self.squares += spread * spread
        self.held += held
        self.quoted += quoted
        self.listed += listed
        if elsewhere:
            self.beyond += price - quoted

    def remove(self, terms: Terms) -> None:
        """A call less. The last one leaves nothing: sums that were rounded do not add up to 0 by themselves."""
        if self.calls == 1:
            self.calls = 0
            self.price = self.squares = self.held = self.quoted = self.listed = self.beyond = 0.0
            return
        price, spread, held, quoted, listed, elsewhere = terms
        self.calls -= 1
        self.price -= price
        self.squares -= spread * spread
        self.held -= held
        self.quoted -= quoted
        self.listed -= listed
        if elsewhere:
            self.beyond -= price - quoted

    def left(self, total_micros: float, spent_micros: float) -> float:
        """What one more call may come to, whatever these do, where so much of a total is spent."""
        return total_micros - spent_micros - self.held

    @property
    def upper(self) -> float:
        """What all of them together stay below, about as often as one call stays below its upper end.

        Costs that are independent differ from what is expected of their sum by the root of their squared spreads.
        """
        return self.price + self.spread

    @property
    def spread(self) -> float:
        """How far that lies above what is expected of them."""
        return math.sqrt(self.squares) if self.squares > 0 else 0.0
