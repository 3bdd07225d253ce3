"""Who may bid in a market of the library: seats in the order in which they joined, and their price lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest, UnknownRecord
from bidding.domain.learning.tables import Floats, numbers
from bidding.domain.money import MONEY_MAX_MICROS, MONEY_MIN_MICROS


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
        """A row more. Raises InvalidRequest where the list is above the bound."""
        _check_bound(seat, listed_micros, bound_micros)
        self.rows[seat] = len(self.names)
        self.names += (seat,)
        self.listed = np.append(self.listed, listed_micros)
        self.bounds = np.append(self.bounds, bound_micros)
        self.active = np.append(self.active, True)
        self.cheapest = self._cheapest_by(self.listed)

    def row(self, seat: str) -> int:
        """Where the seat is. Raises UnknownRecord."""
        row = self.rows.get(seat) if isinstance(seat, str) else None
        if row is None:
            raise UnknownRecord(f"no seat {seat!r}")
        return row

    def set_active(self, seat: str, active: bool) -> None:
        """In a new array: decisions keep the old one. Raises UnknownRecord."""
        row = self.row(seat)
        self.active = self.active.copy()
        self.active[row] = active
        self.all_active = bool(self.active.all())
        self.cheapest = self._cheapest_by(self.listed)

    def reprice(self, seat: str, listed_micros: float, bound_micros: float | None) -> float:
        """Change the price list; answers by which factor.

        Raises UnknownRecord, InvalidRequest where the list is above the bound.
        """
        row = self.row(seat)
        bound_micros = self.bounds.item(row) if bound_micros is None else bound_micros
        _check_bound(seat, listed_micros, bound_micros)
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

    def cheapest_of(self, able: NDArray[np.bool_], listed: Floats, cheapest: int) -> int:
        """Who lists the least among the active seats that are `able` to serve; `cheapest` is who does among all."""
        return cheapest if able[cheapest] else int(np.where(able & self.active, listed, np.inf).argmin())

    def _cheapest_by(self, listed: Floats) -> int:
        return int((listed if self.all_active else np.where(self.active, listed, np.inf)).argmin())


def _check_bound(seat: str, listed_micros: float, bound_micros: float) -> None:
    if listed_micros > bound_micros:
        raise InvalidRequest(
            f"seat {seat}: a usual call is listed at {listed_micros:g} micro-dollars, above bound_micros, the most that"
            f" one can come to: {bound_micros:g}"
        )
