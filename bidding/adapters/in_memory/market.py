"""Auctions and executions, in memory. Refuses what the constraints of the database refuse."""

from __future__ import annotations

from bidding.adapters.in_memory.budgets import InMemoryBudgets
from bidding.domain.budgets import HOLD_LEASE_MS, MAIL
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import AwardId, SeatId, TenantId
from bidding.domain.records import AuctionRecord, Award, Completion, ExecutionState, RecordAnswer


class InMemoryMarket(InMemoryBudgets):
    """See `MarketLedger`; outcomes and history are in `history`."""

    def award_auction(
        self, tenant: TenantId, record: AuctionRecord, now_ms: int, scope: str = MAIL, lease_ms: int = HOLD_LEASE_MS
    ) -> RecordAnswer:
        """Place the award's hold and write the auction with it."""
        award = record.award
        assert award is not None
        if not self.place_hold(tenant, award.hold_id, award.hold_micros, now_ms, scope, lease_ms):
            return "over_budget"
        return "recorded" if self.record_auction(tenant, record, now_ms) else "another"

    def record_auction(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> bool:
        """Write request, bids and award at once. False where an earlier try wrote another end of this auction."""
        tables, request = self._tables, record.request
        with tables.lock:
            if known := tables.auctions.get((tenant, request.auction_id)):
                return _winner(known) == _winner(record)
            if (tenant, request.lot.lot_id) not in tables.lots:
                raise UnknownRecord(f"no lot {request.lot.lot_id}")
            for other in tables.auctions_of(tenant, request.lot.lot_id):
                if (other.request.attempt, other.round) == (request.attempt, record.round):
                    raise LedgerConflict("auctions_one_per_round: this round of the lot has an auction already")
            if record.award is not None:
                self._check_award(tenant, record, record.award)
                tables.awards[tenant, record.award.award_id] = record.award
            tables.auctions[tenant, request.auction_id] = record
            return True

    def _check_award(self, tenant: TenantId, record: AuctionRecord, award: Award) -> None:
        tables, hold = self._tables, (tenant, award.hold_id)
        if award.seat_id not in {bid.seat_id for bid in record.bids}:
            raise LedgerConflict("awards_go_to_a_bidder: an award goes to a seat that made a bid")
        placed = tables.holds.get(hold)
        if placed is None or placed.amount_micros != award.hold_micros:
            raise LedgerConflict("awards_have_their_hold: the award's hold was not placed, or has another amount")
        if hold in tables.settlements:
            raise LedgerConflict("awards_hold_is_open: the award's hold is resolved already")
        if any(key[0] == tenant and other.hold_id == award.hold_id for key, other in tables.awards.items()):
            raise LedgerConflict("awards_one_per_hold: the hold is under another award already")

    def claim_execution(self, tenant: TenantId, award: AwardId, now_ms: int) -> bool:
        """True for the first caller only."""
        with self._tables.lock:
            if (tenant, self.award(tenant, award).hold_id) in self._tables.settlements:
                return False
            first = (tenant, award) not in self._tables.executions
            self._tables.executions.add((tenant, award))
            return first

    def complete_execution(self, tenant: TenantId, completion: Completion, now_ms: int) -> None:
        """Write how a claimed execution ended."""
        with self._tables.lock:
            key = (tenant, completion.award_id)
            if key not in self._tables.executions:
                raise UnknownRecord(f"award {completion.award_id} was not claimed")
            self._tables.completions.setdefault(key, completion)

    def execution(self, tenant: TenantId, award: AwardId) -> ExecutionState:
        """What is known of an execution."""
        key = (tenant, award)
        with self._tables.lock:
            return ExecutionState(key in self._tables.executions, self._tables.completions.get(key))

    def award(self, tenant: TenantId, award: AwardId) -> Award:
        """Raises UnknownRecord."""
        try:
            return self._tables.awards[tenant, award]
        except KeyError:
            raise UnknownRecord(f"no award {award}") from None


def _winner(record: AuctionRecord) -> SeatId | None:
    return record.award.seat_id if record.award else None
