"""What a bidder is asked and says of itself, and what the ledger remembers of it.

How far a claim is believed is the learner's business: by what it says beyond the seat's usual claim, as far as such
differences came true before (`bidding.domain.learning.claims`). Here its record is made anew from rows.
"""

from __future__ import annotations

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import SeatId
from bidding.domain.jobs import Job
from bidding.domain.learning.claims import ClaimRecord
from bidding.domain.lots import Lot

CLAIMS_KEPT = 200
"""Per seat: a bidder may change."""


@dataclass(frozen=True, slots=True)
class CallForBid:
    """What a third party is told before it bids: the lot's terms and its job, and by when to answer."""

    lot: Lot
    job: Job
    attempt: int
    price_max_micros: int
    tmax_ms: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A bidder's own terms for a lot: its price, and what it says of its quality in [0, 1] and its latency."""

    seat_id: SeatId
    price_micros: int
    quality: float
    latency_ms: int


@dataclass(frozen=True, slots=True)
class ClaimHistory:
    """A seat's latest claims: how many, their mean, and the pairs of claim and reward of those it was judged for."""

    claims: int
    mean_claim: float
    judged: tuple[tuple[float, float], ...] = ()

    def shift(self, claim: float) -> float:
        """What a claim adds to the belief in the seat's quality; see `bidding.domain.learning.claims`."""
        record = self._record()
        return record.trust * record.centred(claim)

    def _record(self) -> ClaimRecord:
        record = ClaimRecord(claims=self.claims, total=self.claims * self.mean_claim)
        if self.judged:
            claimed = sum(claim for claim, _ in self.judged) / len(self.judged)
            earned = sum(reward for _, reward in self.judged) / len(self.judged)
            record.products = sum((claim - claimed) * (reward - earned) for claim, reward in self.judged)
            record.squares = sum((claim - claimed) ** 2 for claim, _ in self.judged)
        return record
