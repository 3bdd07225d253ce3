"""What a bidder's own word on its quality is worth: boasting gains nothing, and trust follows what proved true.

A seat may claim a quality for every single lot. What counts is how far a claim lies from the seat's usual one, and of
that the share that its outcomes have borne out: a regression through the origin of what rewards left over on centred
claims, shrunk towards no trust at all. Who always claims the same moves nothing; whose claims do not come true is
soon not listened to; and a claim is never taken for more than it says.

Source: shrinkage as in Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5; believing forecasters by their record,
Dawid, The Well-Calibrated Bayesian, JASA 1982.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest, UnknownRecord

if TYPE_CHECKING:
    from bidding.domain.learning.tables import Floats
from bidding.domain.numbers import number

DOUBT_SQUARES = 2.0
"""Sum of squared centred claims, all of them wrong, that a seat starts with: what its record has to live down."""
CENTRE_PRIOR_CLAIMS, CENTRE_PRIOR = 4.0, 0.5


@dataclass(slots=True)
class ClaimRecord:
    """The claims of one seat: how many and their sum; products with what rewards left over, and squares."""

    claims: int = 0
    total: float = 0.0
    products: float = 0.0
    squares: float = 0.0

    @property
    def trust(self) -> float:
        """Share of a centred claim that is believed, in [0, 1]."""
        return min(1.0, max(0.0, self.products / (self.squares + DOUBT_SQUARES)))

    def centred(self, claim: float) -> float:
        """How far a claim in [0, 1] lies above the seat's usual one."""
        return claim - (CENTRE_PRIOR_CLAIMS * CENTRE_PRIOR + self.total) / (CENTRE_PRIOR_CLAIMS + self.claims)

    def made(self, claim: float) -> None:
        """A claim was made, whoever wins: it becomes part of what is usual."""
        self.claims += 1
        self.total += claim


@dataclass(frozen=True, slots=True)
class WinningClaim:
    """The claim of who won: centred, the quality expected without it, and how far it moved that."""

    centred: float
    expected: float
    shift: float

    def without(self, reward: float) -> float:
        """What the reward would have been at a usual claim: so much is the seat's own level to learn from."""
        return min(1.0, max(0.0, reward - self.shift))


class Claims:
    """The claims of all seats, by their rows. A seat without a record claims for the first time."""

    def __init__(self) -> None:
        self._records: dict[int, ClaimRecord] = {}

    def heard(self, claims: Mapping[str, float], rows: Mapping[str, int]) -> dict[int, float]:
        """Claims by row, checked. Raises UnknownRecord for a seat that is none, InvalidRequest for a claim."""
        if not isinstance(claims, Mapping):
            raise InvalidRequest(f"claims are qualities by seat, not {claims!r}")
        for seat in claims:
            if seat not in rows:
                raise UnknownRecord(f"no seat {seat!r} that could claim a quality")
        return {
            rows[seat]: number(f"the quality that seat {seat} claims", claim, 0, 1) for seat, claim in claims.items()
        }

    def shifted(self, mean: Floats, heard: Mapping[int, float]) -> Floats:
        """Expected qualities (seats,) as these claims move them."""
        moved = mean.copy()
        for row, claim in heard.items():
            record = self._records.get(row, ClaimRecord())
            moved[row] += record.trust * record.centred(claim)
        return moved

    def made(self, heard: Mapping[int, float], winner: int, expected: float) -> WinningClaim | None:
        """The claims become part of what is usual; answers the winner's, None where it made none."""
        claim = None
        if winner in heard:
            record = self._records.get(winner, ClaimRecord())
            centred = record.centred(heard[winner])
            claim = WinningClaim(centred, expected, record.trust * centred)
        for row, said in heard.items():
            self._records.setdefault(row, ClaimRecord()).made(said)
        return claim

    def learn(self, row: int, claim: WinningClaim, reward: float, weight: float) -> None:
        """A claim came to an outcome. A negative weight takes it back."""
        record = self._records[row]
        record.products += weight * claim.centred * (reward - claim.expected)
        record.squares = max(0.0, record.squares + weight * claim.centred**2)

    def trust(self, row: int) -> float:
        """See `ClaimRecord.trust`; 0 before the first claim."""
        return self._records[row].trust if row in self._records else 0.0
