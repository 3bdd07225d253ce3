"""Lots that are answered later: by a person, or by a worker on premises that polls for them."""

from __future__ import annotations

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import AwardId, LotId, SeatId

LEASE_MS = 60_000
"""How long a worker has a lot for itself without a word: then another one may take it."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """An award whose seat answers later, until it expires. Its job lies under `job_key`."""

    award_id: AwardId
    lot_id: LotId
    seat_id: SeatId
    job_key: str
    expires_ms: int
