"""The additive part of the beliefs, solved: levels of seats, effects of kinds, and how they vary together.

One table holds it: a row and a column for every seat's level (the global one and its own term together), for every
kind's effect, and for twice the seats' mean level; a last column holds the means. An outcome of a seat at a kind is
about a level plus an effect, so it changes covariance and means along the sum of two rows, by one rank-one update.
What is read at every lot are views into the table.

Source: the update is Sherman and Morrison's, 1950; in Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 14.
"""

from __future__ import annotations

import numpy as np

from bidding.domain.learning.tables import Floats


class Levels:
    """Posterior of seats and kinds together. `seat_means` (seats,) and `kind_means` (kinds,) follow every update."""

    def __init__(self, covariance: Floats, means: Floats, seats: int, seat_room: int) -> None:
        """`covariance` and `means` are of the terms: the global one, `seat_room` seats, of which `seats` are, kinds."""
        full = _of_levels(np.column_stack([_of_levels(covariance, seats, seat_room).T, means]), seats, seat_room)
        self._table = np.ascontiguousarray(full)
        self._first_kind = seat_room
        self._twice_common = len(full) - 1
        self.seat_means = self._table[:seats, -1]
        self.kind_means = self._table[seat_room:-1, -1]
        self._variances = self._table.diagonal()[:seats]
        self._with_twice_common = self._table[:seats, -2]

    def absorb(self, seat: int, kind: int, more: float, change: float) -> None:
        """A cell's message grew by so much precision, and by `change` in precision × mean."""
        table, column = self._table, self._first_kind + kind
        along = table[seat] + table[column]
        gain = 1 / (1 + more * (along.item(seat) + along.item(column)))
        less = along * (more * gain)
        less[-1] = (more * along.item(-1) - change) * gain
        table -= along[:-1, None].dot(less[None, :])  # the outer product, by BLAS

    def variance_at(self, kind: int) -> Floats:
        """Of every seat's level plus the kind's effect, (seats,)."""
        seats, column = len(self.seat_means), self._first_kind + kind
        summed: Floats = self._variances + self._table[column, column] + 2 * self._table[:seats, column]
        return summed

    def variance_apart(self) -> Floats:
        """Of every seat's level around the seats' mean level, (seats,); by rounding it may come out below 0."""
        apart = self._variances - self._with_twice_common
        apart += self._table.item(self._twice_common, self._twice_common) / 4
        return apart


def _of_levels(rows: Floats, seats: int, seat_room: int) -> Floats:
    """From a row per term to a row per seat's level, per kind's effect, and for twice the seats' mean level."""
    levels = rows[1 : 1 + seat_room] + rows[0]
    common = levels[:seats].mean(axis=0) if seats else rows[0]
    return np.vstack([levels, rows[1 + seat_room :], 2 * common])
