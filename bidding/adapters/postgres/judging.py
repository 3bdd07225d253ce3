"""What judge seats said, beside what others found."""

from __future__ import annotations

from bidding.adapters.postgres.part import LedgerPart
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.judging import JUDGE_KIND, PAIRS_KEPT
from bidding.domain.records import JsonObject

_VERDICTS = """
SELECT c.output, found.reward
FROM lots AS j
JOIN lots AS l ON l.tenant = j.tenant AND l.lot_id = j.needs[1] AND l.kind = %(kind)s
JOIN auctions AS u ON u.tenant = j.tenant AND u.lot_id = j.lot_id
JOIN awards AS w ON w.tenant = u.tenant AND w.auction_id = u.auction_id AND w.seat_id = %(seat)s
JOIN completions AS c ON c.tenant = w.tenant AND c.award_id = w.award_id
    AND c.output::text <> '{}'  -- erased, with the task it was about
CROSS JOIN LATERAL (
    SELECT o.reward
    FROM auctions AS a
    JOIN awards USING (tenant, auction_id)
    JOIN outcomes AS o USING (tenant, award_id)
    WHERE a.tenant = j.tenant AND a.lot_id = l.lot_id AND o.source IN ('checks', 'human') AND o.reward IS NOT NULL
    ORDER BY o.source = 'human' DESC, o.xact_id DESC, o.outcome_id DESC LIMIT 1
) AS found
WHERE j.tenant = %(tenant)s AND j.kind = %(judge)s
ORDER BY j.lot_id DESC LIMIT %(limit)s
"""


class PostgresJudging(LedgerPart):
    """See `JudgeBook`."""

    def verdicts_of(self, tenant: TenantId, seat: SeatId, kind: str) -> list[tuple[JsonObject, float]]:
        """Newest first, at most PAIRS_KEPT."""
        asked = {"tenant": tenant, "seat": seat, "kind": kind, "judge": JUDGE_KIND, "limit": PAIRS_KEPT}
        return [(row["output"], row["reward"]) for row in self._database.rows(_VERDICTS, asked)]
