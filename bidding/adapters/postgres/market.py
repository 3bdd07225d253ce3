"""Money, auctions, executions and their judgements: the writes of the hot path."""

from __future__ import annotations

import uuid

from bidding.adapters.holds import holds_before
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.adapters.postgres.rows import auction_document, award_from, completion_from
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import AwardId, HoldId, LotId, TenantId
from bidding.domain.records import (
    AuctionRecord,
    Award,
    Budget,
    Completion,
    Conservation,
    ExecutionState,
    Outcome,
    Settlement,
)

_PLACE_HOLD = "SELECT place_hold(%(tenant)s, %(hold)s, %(amount)s, %(default)s, %(now_ms)s)"
_RECORD_AUCTION = "SELECT record_auction(%(tenant)s, %(record)s, %(now_ms)s)"
_CLAIM_EXECUTION = "SELECT claim_execution(%(tenant)s, %(award)s, %(claim)s, %(now_ms)s)"
_COMPLETE_EXECUTION = """
SELECT complete_execution(
    %(tenant)s, %(award)s, %(status)s, %(reason)s, %(detail)s, %(input_tokens)s, %(output_tokens)s, %(cpu_ms)s,
    %(cost_micros)s, %(latency_ms)s, %(output)s, %(road)s, %(raw_key)s, %(now_ms)s
)
"""
_EXECUTION = """
SELECT c.*
FROM executions AS e
LEFT JOIN completions AS c USING (tenant, award_id)
WHERE e.tenant = %(tenant)s AND e.award_id = %(award)s
"""
_SETTLE = "SELECT settle(%(tenant)s, %(hold)s, %(award)s, %(kind)s, %(amount)s, %(now_ms)s)"
_VOID_UNAWARDED_HOLDS = "SELECT void_unawarded_holds(%(tenant)s, %(holds)s::uuid[], %(now_ms)s)"
_AWARD = "SELECT * FROM awarded_lots WHERE tenant = %(tenant)s AND award_id = %(award)s"
_RECORD_OUTCOME = """
SELECT record_outcome(%(tenant)s, %(outcome)s, %(award)s, %(source)s, %(reward)s, %(weight)s, %(parts)s, %(now_ms)s)
"""
_BUDGET = "SELECT limit_micros, held_micros, spent_micros FROM budgets WHERE tenant = %(tenant)s"
_CONSERVATION = """
SELECT
    coalesce(b.limit_micros, %(default)s) AS limit_micros,
    coalesce(b.held_micros, 0) AS held_micros,
    coalesce(b.spent_micros, 0) AS spent_micros,
    (SELECT coalesce(sum(amount_micros), 0)::bigint FROM settlements WHERE tenant = t.tenant) AS settled_micros,
    (SELECT coalesce(sum(cost_micros), 0)::bigint FROM completions WHERE tenant = t.tenant) AS completed_micros,
    o.holds AS open_holds,
    o.micros AS open_hold_micros
FROM (SELECT %(tenant)s::text AS tenant) AS t
LEFT JOIN budgets AS b USING (tenant)
CROSS JOIN LATERAL (
    SELECT count(*) AS holds, coalesce(sum(h.amount_micros), 0)::bigint AS micros
    FROM holds AS h
    LEFT JOIN settlements AS s USING (tenant, hold_id)
    WHERE h.tenant = t.tenant AND s.hold_id IS NULL
) AS o
"""


class PostgresMarket(LedgerPart):
    """See `MarketLedger`; its views over many rows are in `history`."""

    def set_budget(self, tenant: TenantId, limit_micros: int) -> None:
        """Raises LedgerConflict where more is spent or held already."""
        self._database.value("SELECT set_budget(%(tenant)s, %(limit)s)", {"tenant": tenant, "limit": limit_micros})

    def budget(self, tenant: TenantId) -> Budget:
        """The budget as it stands; the default one for a tenant that never held."""
        row = self._database.row(_BUDGET, {"tenant": tenant})
        return Budget(**row) if row else Budget(self._default_budget_micros, 0, 0)

    def conservation(self, tenant: TenantId) -> Conservation:
        """The budget beside what its rows add up to, all read at one moment."""
        row = self._database.row(_CONSERVATION, {"tenant": tenant, "default": self._default_budget_micros})
        assert row is not None
        budget = Budget(row.pop("limit_micros"), row.pop("held_micros"), row.pop("spent_micros"))
        return Conservation(budget=budget, **row)

    def place_hold(self, tenant: TenantId, hold: HoldId, amount_micros: int, now_ms: int) -> bool:
        """Reserve budget; False where the tenant's budget would be overspent."""
        parameters = {
            "tenant": tenant,
            "hold": hold,
            "amount": amount_micros,
            "default": self._default_budget_micros,
            "now_ms": now_ms,
        }
        return bool(self._database.value(_PLACE_HOLD, parameters))

    def record_auction(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> bool:
        """Write request, bids and award at once, in one round trip. False where another end was written before."""
        document = as_json(auction_document(record))
        return bool(self._database.value(_RECORD_AUCTION, {"tenant": tenant, "record": document, "now_ms": now_ms}))

    def claim_execution(self, tenant: TenantId, award: AwardId, now_ms: int) -> bool:
        """True for the first caller only."""
        claim = {"tenant": tenant, "award": award, "claim": str(uuid.uuid4()), "now_ms": now_ms}
        return bool(self._database.value(_CLAIM_EXECUTION, claim))

    def complete_execution(self, tenant: TenantId, completion: Completion, now_ms: int) -> None:
        """Write how a claimed execution ended."""
        usage = completion.usage
        self._database.value(
            _COMPLETE_EXECUTION,
            {
                "tenant": tenant,
                "award": completion.award_id,
                "status": completion.status,
                "reason": completion.reason,
                "detail": storable(completion.detail),
                "input_tokens": usage.input_tokens if usage else None,
                "output_tokens": usage.output_tokens if usage else None,
                "cpu_ms": usage.cpu_ms if usage else None,
                "cost_micros": completion.cost_micros,
                "latency_ms": completion.latency_ms,
                "output": None if completion.output is None else as_json(completion.output),
                "road": completion.road,
                "raw_key": completion.raw_key,
                "now_ms": now_ms,
            },
        )

    def execution(self, tenant: TenantId, award: AwardId) -> ExecutionState:
        """What is known of an execution."""
        row = self._database.row(_EXECUTION, {"tenant": tenant, "award": award})
        return ExecutionState(claimed=row is not None, completion=completion_from(row) if row else None)

    def settle(self, tenant: TenantId, settlement: Settlement, now_ms: int) -> None:
        """Resolve a hold. The first settlement stands. Raises UnknownRecord where no such hold was placed."""
        parameters = {
            "tenant": tenant,
            "hold": settlement.hold_id,
            "award": settlement.award_id,
            "kind": settlement.kind,
            "amount": settlement.amount_micros,
            "now_ms": now_ms,
        }
        if not self._database.value(_SETTLE, parameters):
            raise UnknownRecord(f"no hold {settlement.hold_id}")

    def release_orphan_holds(self, tenant: TenantId, lot: LotId, attempt: int, now_ms: int) -> None:
        """Void holds of a lot's earlier attempts that never became an award."""
        parameters = {"tenant": tenant, "holds": holds_before(lot, attempt), "now_ms": now_ms}
        self._database.value(_VOID_UNAWARDED_HOLDS, parameters)

    def award(self, tenant: TenantId, award: AwardId) -> Award:
        """Raises UnknownRecord."""
        row = self._database.row(_AWARD, {"tenant": tenant, "award": award})
        if row is None:
            raise UnknownRecord(f"no award {award}")
        return award_from(row)

    def record_outcome(self, tenant: TenantId, outcome: Outcome, now_ms: int) -> None:
        """Write a judgement. Raises UnknownRecord where there is no such award."""
        parameters = {
            "tenant": tenant,
            "outcome": outcome.outcome_id,
            "award": outcome.award_id,
            "source": outcome.source,
            "reward": outcome.reward,
            "weight": outcome.weight,
            "parts": as_json(dict(outcome.parts)),
            "now_ms": now_ms,
        }
        if not self._database.value(_RECORD_OUTCOME, parameters):
            raise UnknownRecord(f"no award {outcome.award_id}")
