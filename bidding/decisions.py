"""What an auction of the library decided, and why: as data, and as text."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bidding.domain.auction import Distances, Offers, Pick, distances
from bidding.domain.dataclass import dataclass

WhyNot = Literal["retired", "above_price_ceiling", "above_purse"]
_SENTENCES: dict[WhyNot, str] = {
    "retired": "it is retired",
    "above_price_ceiling": "it may come to more than the ceiling",
    "above_purse": "it may come to more than the budget lets one call cost now",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one seat stood in an auction. Money in micro-dollars, quality in units of reward.

    `score = value × quality_draw - (1 + multiplier) × price`. `price_to_win` and `quality_to_win` are what would have
    tied with the winner; for the winner itself they are its own.
    """

    seat: str
    won: bool
    price_micros: float
    quality_mean: float
    quality_sd: float
    quality_draw: float
    score: float
    margin_micros: float
    price_to_win_micros: float
    quality_to_win: float
    propensity: float


class Decision(NamedTuple):
    """An award. `market` are all the seats that ever were, `rows` (n,) those of them that were let in, None for all.

    `active` and `low` are masks (seats,) of who bid, and of who stays below the ceiling; None is all.
    """

    decision_id: int
    market: tuple[str, ...]
    value_micros: float
    offers: Offers
    picked: Pick
    rows: NDArray[np.intp] | None = None
    active: NDArray[np.bool_] | None = None
    low: NDArray[np.bool_] | None = None

    @property
    def seat(self) -> str:
        """The winner."""
        row = self.picked.winner
        return self.market[row if self.rows is None else self.rows.item(row)]

    @property
    def seats(self) -> tuple[str, ...]:
        """Who was let in, in the order of all the arrays."""
        return self.market if self.rows is None else tuple(self.market[row] for row in self.rows)

    @property
    def distances(self) -> Distances:
        """How far each of them stood from winning, computed when asked for."""
        return distances(self.offers, self.picked, self.value_micros)

    @property
    def price_micros(self) -> float:
        """What the winner's call is expected to cost."""
        return self.offers.price_micros.item(self.picked.winner)

    @property
    def propensity(self) -> float:
        """The chance that the winner had, before anything was drawn."""
        return self.picked.propensities.item(self.picked.winner)

    def standings(self) -> tuple[Standing, ...]:
        """Every seat that was let in, best first."""
        seats, lacked = self.seats, self.distances
        return tuple(self._standing(seats[row], lacked, row) for row in self.picked.order.tolist())

    def shut_out(self) -> tuple[tuple[str, WhyNot], ...]:
        """Every seat that was not let in, and why."""
        admitted = set(range(len(self.market)) if self.rows is None else self.rows.tolist())
        return tuple((name, self._why_not(row)) for row, name in enumerate(self.market) if row not in admitted)

    def text(self) -> str:
        """Why this seat was selected, a line per seat."""
        lines = [
            f"{one.seat}: score {one.score:.0f} = {self.value_micros:.0f} × {one.quality_draw:.3f} "
            f"- {1 + self.picked.multiplier:.3g} × {one.price_micros:.1f}; {self._ending(one)}"
            for one in self.standings()
        ]
        lines += [f"{seat}: not let in, {_SENTENCES[reason]}" for seat, reason in self.shut_out()]
        return "\n".join(lines)

    def _ending(self, one: Standing) -> str:
        if one.won:
            how = "by a uniform pick" if self.picked.explored else f"with λ {self.picked.multiplier:.3g}"
            return f"won {how}; its chance was {one.propensity:.1%}"
        if self.picked.explored:
            return "lost to a uniform pick, against which no price and no quality would have won"
        cures = [f"a price of {one.price_to_win_micros:.0f} µ$"] if one.price_to_win_micros > 0 else []
        cures += [f"a quality of {one.quality_to_win:.3f}"] if one.quality_to_win <= 1 else []
        won = f"{' or '.join(cures)} would have won" if cures else "no price and no quality would have won"
        return f"{one.margin_micros:.0f} µ$ behind; {won}"

    def _why_not(self, row: int) -> WhyNot:
        if self.active is not None and not self.active[row]:
            return "retired"
        return "above_price_ceiling" if self.low is not None and not self.low[row] else "above_purse"

    def _standing(self, seat: str, lacked: Distances, row: int) -> Standing:
        return Standing(
            seat=seat,
            won=row == self.picked.winner,
            price_micros=self.offers.price_micros.item(row),
            quality_mean=self.offers.quality_mean.item(row),
            quality_sd=self.offers.quality_sd.item(row),
            quality_draw=self.picked.draws.item(row),
            score=self.picked.scores.item(row),
            margin_micros=lacked.margins.item(row),
            price_to_win_micros=lacked.prices_to_win.item(row),
            quality_to_win=lacked.qualities_to_win.item(row),
            propensity=self.picked.propensities.item(row),
        )
