"""What a bidder says of itself, and how far it is believed.

A claim moves what the market believes of a seat only by what it says beyond the seat's usual claim, and only as far as
such differences foretold rewards before:

    quality = belief + trust × (claim − mean claim)      trust = max(0, Σ(c − c̄)(r − r̄)) / (Σ(c − c̄)² + ridge)

Who always claims the most gains nothing: the mean goes with it. Who claims at random is not believed. A newcomer has no
trust and stands where any newcomer stands. The ridge says how much a claim must have varied before it is heard.
Source: Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 2nd ed., 3.4.1 (ridge regression).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bidding.domain.ids import SeatId
from bidding.domain.jobs import Job
from bidding.domain.lots import Lot

RIDGE = 0.5
"""Claims that differ by 0.1 take fifty outcomes until half of what they say is believed."""
SHIFT_MAX = 0.2
"""The most that a claim may move a belief."""
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
class ClaimRecord:
    """A seat's latest claims, and the pairs of claim and reward of those it won and was judged for."""

    mean_claim: float
    judged: tuple[tuple[float, float], ...] = ()

    @property
    def trust(self) -> float:
        """How much of a claim's difference from the usual one is believed, from 0."""
        if not self.judged:
            return 0.0
        return _slope(self.judged)

    def shift(self, claim: float) -> float:
        """What the claim adds to the belief in the seat's quality."""
        return max(-SHIFT_MAX, min(SHIFT_MAX, self.trust * (claim - self.mean_claim)))


def _slope(pairs: Sequence[tuple[float, float]]) -> float:
    claimed = sum(claim for claim, _ in pairs) / len(pairs)
    earned = sum(reward for _, reward in pairs) / len(pairs)
    together = sum((claim - claimed) * (reward - earned) for claim, reward in pairs)
    spread = sum((claim - claimed) ** 2 for claim, _ in pairs)
    return max(0.0, together) / (spread + RIDGE)
