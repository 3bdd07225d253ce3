"""What happened: everything about one lot, and totals over the last auctions."""

from __future__ import annotations

from collections import defaultdict

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.rows import (
    award_from,
    bid_row_from,
    bid_rows_from,
    completion_from,
    outcome_from,
    settlement_from,
)
from bidding.adapters.postgres.tasks import PostgresTasks, lot_from
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, TenantId
from bidding.domain.pace import Pace
from bidding.domain.records import STANDING_AUCTIONS, LotHistory, Outcome, RoundHistory, SeatStanding

_HISTORY = "SELECT history_of_lot(%(tenant)s, %(lot)s)"
_PARTS = ("auctions", "bids", "awards", "completions", "settlements", "outcomes")
_STANDINGS = """
WITH recent AS MATERIALIZED (
    SELECT u.auction_id, l.kind
    FROM (
        SELECT auction_id, lot_id FROM auctions WHERE tenant = %(tenant)s ORDER BY auction_id DESC LIMIT %(auctions)s
    ) AS u
    CROSS JOIN LATERAL (SELECT kind FROM lots WHERE tenant = %(tenant)s AND lot_id = u.lot_id LIMIT 1) AS l
), won AS MATERIALIZED (
    SELECT a.auction_id, a.seat_id, a.award_id, c.status, c.cost_micros, j.reward
    FROM recent AS r
    CROSS JOIN LATERAL (SELECT * FROM awards WHERE tenant = %(tenant)s AND auction_id = r.auction_id LIMIT 1) AS a
    LEFT JOIN LATERAL (
        SELECT * FROM completions WHERE tenant = %(tenant)s AND award_id = a.award_id LIMIT 1
    ) AS c ON TRUE
    LEFT JOIN LATERAL (
        SELECT reward FROM outcomes
        WHERE tenant = %(tenant)s AND award_id = a.award_id AND stands AND reward IS NOT NULL
        ORDER BY xact_id DESC
        LIMIT 1
    ) AS j ON TRUE
)
SELECT
    b.seat_id,
    r.kind,
    count(*) AS bids,
    count(w.award_id) AS wins,
    count(*) FILTER (WHERE w.status = 'failed') AS failures,
    coalesce(sum(w.cost_micros), 0)::bigint AS cost_micros,
    coalesce(sum(b.price_micros) FILTER (WHERE w.status IS NOT NULL), 0)::bigint AS quoted_micros,
    avg(w.reward) AS mean_reward,
    avg(b.quality_mean) FILTER (WHERE w.reward IS NOT NULL) AS promised_reward
FROM all_bids AS b
JOIN recent AS r USING (auction_id)
LEFT JOIN won AS w USING (auction_id, seat_id)
WHERE b.tenant = %(tenant)s
  AND b.auction_id >= (SELECT auction_id FROM recent ORDER BY auction_id LIMIT 1)
  AND b.no_bid_reason IS NULL
GROUP BY b.seat_id, r.kind
ORDER BY b.seat_id, r.kind
"""


class PostgresHistory(PostgresTasks):
    """The reading half of `MarketLedger`."""

    def history(self, tenant: TenantId, lot: LotId) -> LotHistory:
        """Everything about a lot. Raises UnknownRecord."""
        found = self._database.value(_HISTORY, {"tenant": tenant, "lot": lot})
        if found is None:
            raise UnknownRecord(f"no lot {lot}")
        parts: list[list[Row]] = [found[part] or [] for part in _PARTS]
        rounds = _Rounds(*parts)
        return LotHistory(lot=lot_from(found["lot"]), rounds=tuple(rounds.of(auction) for auction in parts[0]))

    def standings(self, tenant: TenantId, auctions: int = STANDING_AUCTIONS) -> list[SeatStanding]:
        """Per seat × kind totals over the tenant's last `auctions` auctions.

        Costs and quotes are those of executions that ended, rewards the judgements that stand, and
        `promised_reward` the mean the winning bids predicted for just those.
        """
        return [
            SeatStanding(**row) for row in self._database.rows(_STANDINGS, {"tenant": tenant, "auctions": auctions})
        ]


class _Rounds:
    """The rows of a lot's rounds, by the ids through which a round finds them."""

    def __init__(
        self,
        auctions: list[Row],
        bids: list[Row],
        awards: list[Row],
        completions: list[Row],
        settlements: list[Row],
        outcomes: list[Row],
    ) -> None:
        self._bids = {auction["auction_id"]: bid_rows_from(auction) for auction in auctions}
        for row in bids:
            self._bids[row["auction_id"]].append(bid_row_from(row))
        known = {auction["auction_id"]: auction for auction in auctions}
        awards = [row for row in awards if row["auction_id"] in known]  # one may have come since the auctions were read
        self._awards = {row["auction_id"]: award_from(known[row["auction_id"]] | row) for row in awards}
        self._completions = {row["award_id"]: completion_from(row) for row in completions}
        self._settlements = {row["hold_id"]: settlement_from(row) for row in settlements}
        lots = {row["award_id"]: known[row["auction_id"]]["lot_id"] for row in awards}
        self._outcomes: dict[str, list[Outcome]] = defaultdict(list)
        for row in outcomes:
            if row["award_id"] in lots:
                self._outcomes[row["award_id"]].append(outcome_from(row | {"lot_id": lots[row["award_id"]]}))

    def of(self, auction: Row) -> RoundHistory:
        award = self._awards.get(auction["auction_id"])
        return RoundHistory(
            auction_id=auction["auction_id"],
            attempt=auction["attempt"],
            round=auction["round"],
            policy_version=auction["policy_version"],
            pace=Pace(auction["pace_low"] or 0.0, auction["pace_high"] or 0.0, auction["pace_high_share"] or 0.0),
            multiplier=auction["multiplier"],
            seed=int(auction["seed"]),
            bids=tuple(sorted(self._bids[auction["auction_id"]], key=lambda bid: bid.seat_id)),
            award=award,
            completion=self._completions.get(award.award_id) if award else None,
            settlement=self._settlements.get(award.hold_id) if award else None,
            outcomes=tuple(self._outcomes[award.award_id]) if award else (),
            purse_micros=auction["purse_micros"],
            explored=bool(auction["explored"]),
        )
