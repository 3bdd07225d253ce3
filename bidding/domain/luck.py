"""The random numbers that decide an auction, one lot's at a time or drawn ahead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bidding.domain.learning.tables import Floats

AHEAD_LOTS = 64
"""Lots that luck is drawn ahead for: a call of the generator takes longer than the numbers of one lot."""


class Luck(NamedTuple):
    """`lottery` and `coin` in [0, 1) decide on a uniform pick and on λ; `normals` (n,) are for the qualities."""

    lottery: float
    coin: float
    normals: Floats


def luck(rng: np.random.Generator, rows: int) -> Luck:
    """That of one auction. The generator is always called alike: two numbers, then one normal per row."""
    lottery, coin = rng.random(2).tolist()
    return Luck(lottery, coin, rng.standard_normal(rows))


class LuckAhead:
    """The luck of one lot after another, for a market of so many rows; drawn anew where their number changes."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._rows = 0
        self._ahead: list[Luck] = []

    def next(self, rows: int) -> Luck:
        """The next lot's, for as many rows as there are seats."""
        if not self._ahead or rows != self._rows:
            self._rows = rows
            pairs, normals = self._rng.random((AHEAD_LOTS, 2)).tolist(), self._rng.standard_normal((AHEAD_LOTS, rows))
            self._ahead = [Luck(lottery, coin, row) for (lottery, coin), row in zip(pairs, normals, strict=True)]
        return self._ahead.pop()
