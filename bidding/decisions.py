"""What an auction of the library decided, and why: as data, and as text."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from bidding.domain.auction import WORTHLESS_MICROS, Distances, Offers, Pick, distances
from bidding.domain.learning.tables import Floats
from bidding.domain.named_tuple import make

WhyNot = Literal["retired", "above_price_ceiling", "above_purse"]


class Standing(NamedTuple):
    """How one seat stood in an auction. Money in micro-dollars, quality in units of reward.

    `score = value × quality_draw - (1 + multiplier) × price`. `price_to_win` and `quality_to_win` are what would have
    tied with the winner; for the winner the highest price, up to the ceiling, and the least quality at which its score
    would still have won: infinite where nothing else was to be had, or where it was picked uniformly.
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


class ShutOut(NamedTuple):
    """A seat that was not let in. `upper_micros` is what its call may come to; of a retired one, its bound."""

    seat: str
    reason: WhyNot
    upper_micros: float


class Decision(NamedTuple):
    """An award. `market` are all the seats that ever were, `rows` (n,) those of them that were let in, None for all.

    `active` and `low` are masks (seats,) of who bid, and of who stays below the ceiling; None is all. `uppers` (seats,)
    are what calls may come to, None where all were let in.
    """

    decision_id: int
    market: tuple[str, ...]
    value_micros: float
    offers: Offers
    picked: Pick
    rows: NDArray[np.intp] | None = None
    active: NDArray[np.bool_] | None = None
    low: NDArray[np.bool_] | None = None
    uppers: Floats | None = None
    ceiling_micros: float = math.inf

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
        picked, offers = self.picked, self.offers
        of_bids = offers.price_micros, offers.quality_mean, offers.quality_sd, picked.draws, picked.scores
        columns = [column.tolist() for column in (*of_bids, *self.distances, picked.propensities)]
        winner, order, won = picked.winner, picked.order.tolist(), [False] * len(columns[0])
        won[winner] = True
        margins, prices_to_win, qualities_to_win = columns[5:8]
        prices_to_win[winner], qualities_to_win[winner] = self._least_to_win(margins, order)
        rows = list(zip(self.seats, won, *columns, strict=True))
        return tuple([make(Standing, rows[row]) for row in order])

    def shut_out(self) -> tuple[ShutOut, ...]:
        """Every seat that was not let in, and why."""
        if self.rows is None or self.uppers is None:
            return ()
        admitted, uppers = set(self.rows.tolist()), self.uppers.tolist()
        return tuple(
            ShutOut(name, self._why_not(row), uppers[row])
            for row, name in enumerate(self.market)
            if row not in admitted
        )

    def text(self) -> str:
        """Why this seat was selected, a line per seat."""
        lines = [
            f"{one.seat}: score {one.score:.0f} = {self.value_micros:.0f} × {one.quality_draw:.3f} "
            f"- {1 + self.picked.multiplier:.3g} × {one.price_micros:.1f}; {self._ending(one)}"
            for one in self.standings()
        ]
        return "\n".join(lines + [f"{one.seat}: not let in, {self._limit(one)}" for one in self.shut_out()])

    def _limit(self, one: ShutOut) -> str:
        match one.reason:
            case "retired":
                return "it is retired"
            case "above_price_ceiling":
                limit = f"the ceiling of {self.ceiling_micros:.6g} µ$"
            case "above_purse":
                limit = "the budget lets one call cost now"
            case _:
                assert_never(one.reason)
        return f"it may come to {one.upper_micros:.6g} µ$, more than {limit}"

    def _ending(self, one: Standing) -> str:
        if one.won:
            how = "by a uniform pick" if self.picked.explored else f"with λ {self.picked.multiplier:.3g}"
            safe = one.price_to_win_micros < math.inf
            safely = f", and up to {one.price_to_win_micros:.1f} µ$ it would still have won" if safe else ""
            return f"won {how}; its chance was {one.propensity:.1%}{safely}"
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

    def _least_to_win(self, margins: list[float], order: list[int]) -> tuple[float, float]:
        """The highest price and the least quality at which the winner would still have won."""
        picked = self.picked
        if picked.explored or len(order) == 1:
            return math.inf, -math.inf
        lead, draw = margins[order[1]], picked.draws.item(picked.winner)
        quality = draw - lead / self.value_micros if self.value_micros > WORTHLESS_MICROS else -math.inf
        return min(self.ceiling_micros, self.price_micros + lead / (1 + picked.multiplier)), quality
