"""What bidders said of themselves, beside what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bidding.adapters.postgres.part import LedgerPart, as_json
from bidding.domain.claims import CLAIMS_KEPT, Claim, ClaimHistory
from bidding.domain.ids import LotId, SeatId, TenantId

_RECORD_CLAIMS = "SELECT record_claims(%(tenant)s, %(lot)s, %(attempt)s, %(claims)s, %(now_ms)s)"
_CLAIM_RECORDS = """
SELECT s.seat_id, count(*) AS claims, avg(c.quality) AS mean_claim,
       array_agg(c.quality) FILTER (WHERE r.reward IS NOT NULL) AS claimed,
       array_agg(r.reward) FILTER (WHERE r.reward IS NOT NULL) AS earned
FROM seats AS s
CROSS JOIN LATERAL (
    SELECT lot_id, attempt, quality FROM claims
    WHERE tenant = %(tenant)s AND seat_id = s.seat_id
    ORDER BY created_at DESC LIMIT %(limit)s
) AS c
LEFT JOIN LATERAL (
    SELECT o.reward
    FROM auctions AS a
    JOIN awards AS w USING (tenant, auction_id)
    JOIN outcomes AS o USING (tenant, award_id)
    WHERE a.tenant = %(tenant)s AND a.lot_id = c.lot_id AND a.attempt = c.attempt AND w.seat_id = s.seat_id
      AND o.stands AND o.reward IS NOT NULL
    ORDER BY o.xact_id DESC, o.outcome_id DESC LIMIT 1
) AS r ON true
WHERE s.engine = 'third_party'
GROUP BY s.seat_id
"""


class PostgresClaims(LedgerPart):
    """See `ClaimBook`."""

    def record_claims(self, tenant: TenantId, lot: LotId, attempt: int, claims: Sequence[Claim], now_ms: int) -> None:
        """The first claim of a seat for an attempt stands."""
        documents = as_json([asdict(claim) for claim in claims])
        parameters = {"tenant": tenant, "lot": lot, "attempt": attempt, "claims": documents, "now_ms": now_ms}
        self._database.value(_RECORD_CLAIMS, parameters)

    def claim_records(self, tenant: TenantId) -> dict[SeatId, ClaimHistory]:
        """Per seat, its latest claims beside the rewards that stand."""
        rows = self._database.rows(_CLAIM_RECORDS, {"tenant": tenant, "limit": CLAIMS_KEPT})
        return {
            SeatId(row["seat_id"]): ClaimHistory(
                row["claims"], row["mean_claim"], tuple(zip(row["claimed"] or (), row["earned"] or (), strict=True))
            )
            for row in rows
        }
