"""Claims of bidders, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.claims import CLAIMS_KEPT, Claim, ClaimHistory
from bidding.domain.ids import LotId, SeatId, TenantId


class InMemoryClaims(TablesPart):
    """See `ClaimBook`."""

    def record_claims(self, tenant: TenantId, lot: LotId, attempt: int, claims: Sequence[Claim], now_ms: int) -> None:
        """The first claim of a seat for an attempt stands."""
        with self._tables.lock:
            for claim in claims:
                self._tables.claims.setdefault((tenant, lot, attempt, claim.seat_id), claim)

    def claim_records(self, tenant: TenantId) -> dict[SeatId, ClaimHistory]:
        """Per seat, its latest claims beside the rewards that stand."""
        claimed: dict[SeatId, list[tuple[float, float | None]]] = defaultdict(list)
        with self._tables.lock:
            for (owner, lot, attempt, seat), claim in self._tables.claims.items():
                if owner == tenant:
                    claimed[seat].append((claim.quality, self._reward(tenant, lot, attempt, seat)))
        return {seat: _record(pairs[-CLAIMS_KEPT:]) for seat, pairs in claimed.items()}

    def _reward(self, tenant: TenantId, lot: LotId, attempt: int, seat: SeatId) -> float | None:
        for record in self._tables.auctions_of(tenant, lot):
            if record.award and record.award.seat_id == seat and record.request.attempt == attempt:
                standing = [
                    judged.outcome.reward
                    for judged in self._tables.outcomes_of(tenant, record.award.award_id)
                    if judged.stands and judged.outcome.reward is not None
                ]
                return standing[-1] if standing else None
        return None


def _record(pairs: Sequence[tuple[float, float | None]]) -> ClaimHistory:
    judged = tuple((claim, reward) for claim, reward in pairs if reward is not None)
    return ClaimHistory(len(pairs), sum(claim for claim, _ in pairs) / len(pairs), judged)
