"""The log of first choices, in memory."""

from __future__ import annotations

from bidding.adapters.in_memory.history import standing_of
from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.ids import AuctionId, TenantId
from bidding.domain.logged import LoggedAuction, LoggedBid
from bidding.domain.records import AuctionRecord, Award


class InMemoryRoundLog(TablesPart):
    """See `RoundLog`."""

    def replay_bounds(self, tenant: TenantId, after: AuctionId | None, size: int) -> list[AuctionId]:
        """The last auction of every `size` logged ones after `after`, and the last of all."""
        with self._tables.lock:
            ids = [record.request.auction_id for record, _ in self._first_choices(tenant, after)]
        return ids[size - 1 :: size] + (ids[-1:] if len(ids) % size else [])

    def logged_auctions(self, tenant: TenantId, after: AuctionId | None, upto: AuctionId) -> list[LoggedAuction]:
        """First choices after `after` up to and with `upto`, by id."""
        with self._tables.lock:
            return [
                self._logged(tenant, record, award)
                for record, award in self._first_choices(tenant, after)
                if record.request.auction_id <= upto
            ]

    def recent_auctions(self, tenant: TenantId, auctions: int) -> list[LoggedAuction]:
        """First choices among the tenant's last `auctions` auctions, by id."""
        with self._tables.lock:
            ids = sorted(
                record.request.auction_id for (owner, _), record in self._tables.auctions.items() if owner == tenant
            )
            after = ids[-auctions - 1] if len(ids) > auctions else None
            return [self._logged(tenant, *choice) for choice in self._first_choices(tenant, after)]

    def _first_choices(self, tenant: TenantId, after: AuctionId | None) -> list[tuple[AuctionRecord, Award]]:
        first: dict[str, AuctionRecord] = {}
        for (owner, _), record in self._tables.auctions.items():
            lot = record.request.lot.lot_id
            if owner == tenant and record.round == 1:
                known = first.setdefault(lot, record)
                first[lot] = min(known, record, key=lambda each: each.request.attempt)
        chosen = [(record, record.award) for record in first.values() if record.award is not None]
        later = [each for each in chosen if after is None or each[0].request.auction_id > after]
        return sorted(later, key=lambda each: each[0].request.auction_id)

    def _logged(self, tenant: TenantId, record: AuctionRecord, award: Award) -> LoggedAuction:
        judged = standing_of(self._tables.outcomes_of(tenant, award.award_id))
        completion = self._tables.completions.get((tenant, award.award_id))
        notices = record.clearing.notices if record.clearing else ()
        let_in = {notice.seat_id for notice in notices if notice.reason in {"won", "outscored"}}
        lot = record.request.lot
        return LoggedAuction(
            auction_id=record.request.auction_id,
            value_micros=lot.value_micros,
            delay_micros_per_second=lot.delay_micros_per_second,
            multiplier=record.clearing.multiplier if record.clearing else 0.0,
            seat_id=award.seat_id,
            propensity=award.propensity,
            reward=judged.reward if judged else None,
            cost_micros=completion.cost_micros if completion else None,
            bids=tuple(
                LoggedBid(bid.seat_id, bid.price_micros, bid.quality_mean, bid.quality_sd, bid.latency_ms)
                for bid in sorted(record.bids, key=lambda bid: bid.seat_id)
                if bid.seat_id in let_in
            ),
        )
