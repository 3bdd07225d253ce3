"""What happened: everything about one lot, and totals over all lots."""

from __future__ import annotations

from collections import defaultdict

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.rows import award_from, bid_row_from, completion_from, outcome_from, settlement_from
from bidding.adapters.postgres.tasks import PostgresTasks
from bidding.domain.ids import LotId, TenantId
from bidding.domain.records import (
    Award,
    BidRow,
    Completion,
    LotHistory,
    Outcome,
    RoundHistory,
    SeatStanding,
    Settlement,
)

_AUCTIONS = """
SELECT auction_id, attempt, round, policy_version, multiplier, seed
FROM auctions
WHERE tenant = %(tenant)s AND lot_id = %(lot)s
ORDER BY attempt, round
"""
_BIDS = """
SELECT b.*
FROM auctions AS u
JOIN bids AS b USING (tenant, auction_id)
WHERE u.tenant = %(tenant)s AND u.lot_id = %(lot)s
ORDER BY b.auction_id, b.seat_id
"""
_AWARDS = "SELECT * FROM awarded_lots WHERE tenant = %(tenant)s AND lot_id = %(lot)s"
_COMPLETIONS = """
SELECT c.*
FROM awarded_lots AS a
JOIN completions AS c USING (tenant, award_id)
WHERE a.tenant = %(tenant)s AND a.lot_id = %(lot)s
"""
_SETTLEMENTS = """
SELECT s.*
FROM awarded_lots AS a
JOIN settlements AS s USING (tenant, hold_id)
WHERE a.tenant = %(tenant)s AND a.lot_id = %(lot)s
"""
_OUTCOMES = """
SELECT o.outcome_id, o.award_id, a.lot_id, o.reward, o.weight, o.source, o.parts
FROM awarded_lots AS a
JOIN outcomes AS o USING (tenant, award_id)
WHERE a.tenant = %(tenant)s AND a.lot_id = %(lot)s
ORDER BY o.xact_id, o.outcome_id
"""
_STANDINGS = """
WITH judged AS (
    SELECT DISTINCT ON (award_id) award_id, reward
    FROM outcomes
    WHERE tenant = %(tenant)s AND stands AND reward IS NOT NULL
    ORDER BY award_id, xact_id DESC
)
SELECT
    b.seat_id,
    l.kind,
    count(*) AS bids,
    count(a.award_id) AS wins,
    count(*) FILTER (WHERE c.status = 'failed') AS failures,
    coalesce(sum(c.cost_micros), 0)::bigint AS cost_micros,
    coalesce(sum(b.price_micros) FILTER (WHERE c.award_id IS NOT NULL), 0)::bigint AS quoted_micros,
    avg(j.reward) AS mean_reward,
    avg(b.quality_mean) FILTER (WHERE j.award_id IS NOT NULL) AS promised_reward
FROM bids AS b
JOIN auctions AS u USING (tenant, auction_id)
JOIN lots AS l USING (tenant, lot_id)
LEFT JOIN awards AS a USING (tenant, auction_id, seat_id)
LEFT JOIN completions AS c USING (tenant, award_id)
LEFT JOIN judged AS j USING (award_id)
WHERE b.tenant = %(tenant)s AND b.no_bid_reason IS NULL
GROUP BY b.seat_id, l.kind
ORDER BY b.seat_id, l.kind
"""


class PostgresHistory(PostgresTasks):
    """The reading half of `MarketLedger`."""

    def history(self, tenant: TenantId, lot: LotId) -> LotHistory:
        """Everything about a lot. Raises UnknownRecord."""
        found = self.lot(tenant, lot)
        of_lot = {"tenant": tenant, "lot": lot}
        bids: dict[str, list[BidRow]] = defaultdict(list)
        for row in self._database.rows(_BIDS, of_lot):
            bids[row["auction_id"]].append(bid_row_from(row))
        awards = {row["auction_id"]: award_from(row) for row in self._database.rows(_AWARDS, of_lot)}
        completions = {row["award_id"]: completion_from(row) for row in self._database.rows(_COMPLETIONS, of_lot)}
        settlements = {row["hold_id"]: settlement_from(row) for row in self._database.rows(_SETTLEMENTS, of_lot)}
        outcomes: dict[str, list[Outcome]] = defaultdict(list)
        for row in self._database.rows(_OUTCOMES, of_lot):
            outcomes[row["award_id"]].append(outcome_from(row))

        def round_of(row: Row) -> RoundHistory:
            award = awards.get(row["auction_id"])
            return _round(
                row,
                tuple(bids[row["auction_id"]]),
                award,
                completions.get(award.award_id) if award else None,
                settlements.get(award.hold_id) if award else None,
                tuple(outcomes[award.award_id]) if award else (),
            )

        return LotHistory(lot=found, rounds=tuple(round_of(row) for row in self._database.rows(_AUCTIONS, of_lot)))

    def standings(self, tenant: TenantId) -> list[SeatStanding]:
        """Per seat × kind totals.

        Costs and quotes are those of executions that ended, rewards the judgements that stand, and
        `promised_reward` the mean the winning bids predicted for just those.
        """
        return [SeatStanding(**row) for row in self._database.rows(_STANDINGS, {"tenant": tenant})]


def _round(
    auction: Row,
    bids: tuple[BidRow, ...],
    award: Award | None,
    completion: Completion | None,
    settlement: Settlement | None,
    outcomes: tuple[Outcome, ...],
) -> RoundHistory:
    return RoundHistory(
        auction_id=auction["auction_id"],
        attempt=auction["attempt"],
        round=auction["round"],
        policy_version=auction["policy_version"],
        multiplier=auction["multiplier"],
        seed=int(auction["seed"]),
        bids=bids,
        award=award,
        completion=completion,
        settlement=settlement,
        outcomes=outcomes,
    )
