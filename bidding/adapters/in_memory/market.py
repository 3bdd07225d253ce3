"""Money, auctions and executions, in memory. Refuses what the constraints of the database refuse."""

from __future__ import annotations

from dataclasses import replace

from bidding.adapters.holds import holds_before
from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import AwardId, HoldId, LotId, SeatId, TenantId
from bidding.domain.records import AuctionRecord, Award, Budget, Completion, Conservation, ExecutionState, Settlement


class InMemoryMarket(TablesPart):
    """See `MarketLedger`; outcomes and history are in `history`."""

    def set_budget(self, tenant: TenantId, limit_micros: int) -> None:
        """Raises LedgerConflict where more is spent or held already."""
        with self._tables.lock:
            self._write(tenant, replace(self.budget(tenant), limit_micros=limit_micros))

    def budget(self, tenant: TenantId) -> Budget:
        """The budget as it stands; the default one for a tenant that never held."""
        return self._tables.budgets.get(tenant, Budget(self._tables.default_budget_micros, 0, 0))

    def _write(self, tenant: TenantId, budget: Budget) -> None:
        if budget.spent_micros + budget.held_micros > budget.limit_micros:
            raise LedgerConflict("budgets_never_overspent: more is spent or held than the limit allows")
        self._tables.budgets[tenant] = budget

    def conservation(self, tenant: TenantId) -> Conservation:
        """The budget beside what its rows add up to."""
        tables = self._tables
        with tables.lock:
            open_holds = [
                amount for key, amount in tables.holds.items() if key[0] == tenant and key not in tables.settlements
            ]
            return Conservation(
                budget=self.budget(tenant),
                settled_micros=sum(end.amount_micros for key, end in tables.settlements.items() if key[0] == tenant),
                completed_micros=sum(end.cost_micros for key, end in tables.completions.items() if key[0] == tenant),
                open_holds=len(open_holds),
                open_hold_micros=sum(open_holds),
            )

    def place_hold(self, tenant: TenantId, hold: HoldId, amount_micros: int, now_ms: int) -> bool:
        """Reserve budget; False where the tenant's budget would be overspent."""
        with self._tables.lock:
            if (tenant, hold) in self._tables.holds:
                return True
            budget = self.budget(tenant)
            if budget.spent_micros + budget.held_micros + amount_micros > budget.limit_micros:
                return False
            self._write(tenant, replace(budget, held_micros=budget.held_micros + amount_micros))
            self._tables.holds[tenant, hold] = amount_micros
            return True

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
        if tables.holds.get(hold) != award.hold_micros:
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

    def settle(self, tenant: TenantId, settlement: Settlement, now_ms: int) -> None:
        """Resolve a hold. The first settlement stands. Raises UnknownRecord where no such hold was placed."""
        tables, key = self._tables, (tenant, settlement.hold_id)
        with tables.lock:
            if key not in tables.holds:
                raise UnknownRecord(f"no hold {settlement.hold_id}")
            if key in tables.settlements:
                return
            held = tables.holds[key]
            self._check_settlement(tenant, settlement, held)
            budget = self.budget(tenant)
            spent = budget.spent_micros + settlement.amount_micros
            self._write(tenant, replace(budget, held_micros=budget.held_micros - held, spent_micros=spent))
            tables.settlements[key] = settlement

    def _check_settlement(self, tenant: TenantId, settlement: Settlement, held: int) -> None:
        tables = self._tables
        if settlement.award_id is not None:
            award = tables.awards.get((tenant, settlement.award_id))
            if award is None or award.hold_id != settlement.hold_id:
                raise LedgerConflict("settlements_of_its_award: the award does not belong to this hold")
        elif settlement.kind == "settled":
            raise LedgerConflict("settlements_need_an_award: only an award can be settled")
        if settlement.kind == "voided" and settlement.amount_micros:
            raise LedgerConflict("settlements_void_is_free: a voided hold costs nothing")
        if settlement.amount_micros > held:
            raise LedgerConflict("settlements_within_hold: a settlement is at most its hold")
        claimed = {tables.awards[key].hold_id for key in tables.executions if key[0] == tenant}
        if settlement.kind == "voided" and settlement.hold_id in claimed:
            raise LedgerConflict("settlements_void_only_unclaimed: the award was claimed")

    def release_orphan_holds(self, tenant: TenantId, lot: LotId, attempt: int, now_ms: int) -> None:
        """Void holds of a lot's earlier attempts that never became an award."""
        with self._tables.lock:
            awarded = {award.hold_id for award in self._tables.awards_of(tenant, lot)}
            for hold in holds_before(lot, attempt):
                if (tenant, hold) in self._tables.holds and hold not in awarded:
                    self.settle(tenant, Settlement(hold, None, "voided", 0), now_ms)

    def award(self, tenant: TenantId, award: AwardId) -> Award:
        """Raises UnknownRecord."""
        try:
            return self._tables.awards[tenant, award]
        except KeyError:
            raise UnknownRecord(f"no award {award}") from None


def _winner(record: AuctionRecord) -> SeatId | None:
    return record.award.seat_id if record.award else None
