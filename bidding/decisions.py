"""What an auction of the library decided, and why: as data, and as text."""

from __future__ import annotations

from dataclasses import dataclass

from bidding.domain.auction import Distances, Offers, Pick


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


@dataclass(frozen=True, slots=True)
class Decision:
    """An award. `seats` are those let in, in the order of all the arrays."""

    decision_id: int
    seats: tuple[str, ...]
    value_micros: float
    offers: Offers
    picked: Pick
    distances: Distances

    @property
    def seat(self) -> str:
        """The winner."""
        return self.seats[self.picked.winner]

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
        return tuple(self._standing(int(row)) for row in self.picked.order)

    def text(self) -> str:
        """Why this seat was selected, a line per seat."""
        lines = []
        for one in self.standings():
            if one.won:
                how = "by a uniform pick" if self.picked.explored else f"with λ {self.picked.multiplier:.3g}"
                ending = f"won {how}; its chance was {one.propensity:.1%}"
            else:
                ending = (
                    f"{one.margin_micros:.0f} µ$ behind; a price of {one.price_to_win_micros:.0f} µ$ "
                    f"or a quality of {one.quality_to_win:.3f} would have won"
                )
            lines.append(
                f"{one.seat}: score {one.score:.0f} = {self.value_micros:.0f} × {one.quality_draw:.3f} "
                f"- {1 + self.picked.multiplier:.3g} × {one.price_micros:.1f}; {ending}"
            )
        return "\n".join(lines)

    def _standing(self, row: int) -> Standing:
        return Standing(
            seat=self.seats[row],
            won=row == self.picked.winner,
            price_micros=self.offers.price_micros.item(row),
            quality_mean=self.offers.quality_mean.item(row),
            quality_sd=self.offers.quality_sd.item(row),
            quality_draw=self.picked.draws.item(row),
            score=self.picked.scores.item(row),
            margin_micros=self.distances.margins.item(row),
            price_to_win_micros=self.distances.prices_to_win.item(row),
            quality_to_win=self.distances.qualities_to_win.item(row),
            propensity=self.picked.propensities.item(row),
        )
