"""The additive part of the beliefs, solved: levels of seats, effects of kinds, and how they vary together.

One table holds it: a row and a column for how far every seat's level (the global one and its own term together) lies
from the seats' mean level, and for every kind's effect on top of that mean level; a last column holds the means. An
outcome of a seat at a kind is about the sum of one of each, so it changes covariance and means along the sum of two
rows, by one rank-one update. What is read at every lot are views into the table.

Source: the update is Sherman and Morrison's, 1950; in Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 14.
"""

from __future__ import annotations

import numpy as np

from bidding.domain.learning.tables import Floats


class Levels:
    """Posterior of seats and kinds together, whose views follow every update.

    `apart_means` and `apart_variances` (seats,) are of every seat's level around the seats' mean level.
    """

    def __init__(self, covariance: Floats, means: Floats, seats: int, seat_room: int) -> None:
        """`covariance` and `means` are of the terms: the global one, `seat_room` seats, of which `seats` are, kinds."""
        full = _apart(np.column_stack([_apart(covariance, seats, seat_room).T, means]), seats, seat_room)
        self._bind(np.ascontiguousarray(full), seats, seat_room)

    def __getstate__(self) -> tuple[Floats, int, int]:
        """The table alone: a copy is to have views of its own."""
        return self._table, len(self.apart_means), self._first_kind

    def __setstate__(self, state: tuple[Floats, int, int]) -> None:
        self._bind(*state)

    def _bind(self, table: Floats, seats: int, seat_room: int) -> None:
        self._table = table
        self._rows = list(self._table[:, None])  # (1, width) each, as BLAS wants them
        self._first_kind = seat_room
        self.apart_means = self._table[:seats, -1]
        self.apart_variances = self._table.diagonal()[:seats]
        self._along, self._less = np.empty((2, 1, len(table) + 1))  # to compute in, as is the table's change
        self._across = self._along[:, :-1].T
        self._change = np.empty_like(self._table)

    def absorb(self, seat: int, kind: int, more: float, change: float) -> None:
        """A cell's message grew by so much precision, and by `change` in precision × mean."""
        column, along, less = self._first_kind + kind, self._along, self._less
        np.add(self._rows[seat], self._rows[column], along)
        gain = 1 / (1 + more * (along.item(seat) + along.item(column)))
        np.multiply(along, more * gain, less)
        less[0, -1] = (more * along.item(-1) - change) * gain
        self._table -= self._across.dot(less, self._change)

    def common_mean(self, kind: int) -> float:
        """Of the seats' mean level and the kind's effect together."""
        return self._table.item(self._first_kind + kind, -1)

    def mean_at(self, seat: int, kind: int) -> float:
        """Of a seat's level and the kind's effect together."""
        return self._table.item(seat, -1) + self._table.item(self._first_kind + kind, -1)

    def variance_at(self, kind: int) -> Floats:
        """Of every seat's level plus the kind's effect, (seats,)."""
        column, seats = self._first_kind + kind, len(self.apart_means)
        summed: Floats = self.apart_variances + self._table.item(column, column) + 2 * self._table[:seats, column]
        return summed


def _apart(rows: Floats, seats: int, seat_room: int) -> Floats:
    """From a row per term to rows of the seats' levels around their mean, and of the kinds on top of that mean."""
    levels = rows[1 : 1 + seat_room] + rows[0]
    common = levels[:seats].mean(axis=0) if seats else rows[0]
    return np.vstack([levels - common, rows[1 + seat_room :] + common])
