"""Who may bid in a market of the library: seats in the order in which they joined, and their price lists."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest, UnknownRecord
from bidding.domain.learning.tables import Floats, numbers
from bidding.domain.money import MONEY_MAX_MICROS, MONEY_MIN_MICROS, check_price


class Roster:
    """All seats that ever were, a row each; a retired one keeps its row.

    `listed` (seats,) is what a usual call costs by the price list, `bounds` (seats,) the most that one can come to,
    both in micro-dollars; `active` (seats,) is a mask; `cheapest` is the row of the active seat that lists the least.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.rows: dict[str, int] = {}
        self.listed = self.bounds = np.zeros(0)
        self.active: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.all_active = True
        self.cheapest = 0

    def add(self, seat: str, listed_micros: float, bound_micros: float) -> None:
        """A row more. Raises InvalidRequest where a price is none."""
        check_price(seat, listed_micros, bound_micros)
        self.rows[seat] = len(self.names)
        self.names += (seat,)
        self.listed = np.append(self.listed, float(listed_micros))
        self.bounds = np.append(self.bounds, float(bound_micros))
        self.active = np.append(self.active, True)
        self.cheapest = self._cheapest_by(self.listed)

    def row(self, seat: str) -> int:
        """Where the seat is. Raises UnknownRecord."""
        if seat not in self.rows:
            raise UnknownRecord(f"no seat {seat!r}")
        return self.rows[seat]

    def set_active(self, seat: str, active: bool) -> None:
        """In a new array: decisions keep the old one. Raises UnknownRecord."""
        row = self.row(seat)
        self.active = self.active.copy()
        self.active[row] = active
        self.all_active = bool(self.active.all())
        self.cheapest = self._cheapest_by(self.listed)

    def reprice(self, seat: str, listed_micros: float, bound_micros: float | None) -> float:
        """Change the price list; answers by which factor. Raises UnknownRecord, InvalidRequest."""
        row = self.row(seat)
        check_price(seat, listed_micros, math.inf if bound_micros is None else bound_micros)
        if bound_micros is not None:
            self.bounds[row] = bound_micros
        factor = listed_micros / self.listed.item(row)
        self.listed[row] = listed_micros
        self.cheapest = self._cheapest_by(self.listed)
        return factor

    def of_lot(self, listed_micros: Floats) -> tuple[Floats, int]:
        """Price lists applied to one lot, (seats,), checked, and who is the cheapest.

        What they say of retired seats does not matter. Raises InvalidRequest.
        """
        listed_micros = numbers("listed_micros", listed_micros, len(self.names))
        listed: Floats = np.where(self.active, listed_micros, self.listed)
        if not (listed.min() >= MONEY_MIN_MICROS and listed.max() <= MONEY_MAX_MICROS):
            raise InvalidRequest("listed_micros are numbers of micro-dollars above 0")
        return listed, self._cheapest_by(listed)

    def _cheapest_by(self, listed: Floats) -> int:
        return int((listed if self.all_active else np.where(self.active, listed, np.inf)).argmin())
