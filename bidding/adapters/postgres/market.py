"""Auctions, executions and their judgements: the writes of the hot path."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from bidding.adapters.postgres.connection import Composite
from bidding.adapters.postgres.entries import auction_entry
from bidding.adapters.postgres.errors import WrittenBefore
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.adapters.postgres.rows import award_from, completion_from
from bidding.domain.budgets import HOLD_LEASE_MS, MAIL
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import AwardId, TenantId
from bidding.domain.records import (
    AuctionRecord,
    Award,
    Completion,
    ExecutionState,
    Outcome,
    RecordAnswer,
)

RECORD_AUCTION = "CALL record_auction(NULL, %(entry)s)"
_RECORD_AGAIN = "CALL record_auction(NULL, %(entry)s, true)"
_CLAIM_EXECUTION = "SELECT claim_execution(%(tenant)s, %(award)s, %(claim)s, %(now_ms)s)"
_COMPLETE_EXECUTION = """
SELECT complete_execution(
    %(tenant)s, %(award)s, %(status)s, %(reason)s, %(detail)s, %(input_tokens)s, %(output_tokens)s, %(cpu_ms)s,
    %(cost_micros)s, %(latency_ms)s, %(output)s, %(road)s, %(raw_key)s, %(now_ms)s,
    %(cache_read_tokens)s, %(cache_write_tokens)s, %(tries)s
)
"""
_EXECUTION = """
SELECT c.*
FROM executions AS e
LEFT JOIN completions AS c USING (tenant, award_id)
WHERE e.tenant = %(tenant)s AND e.award_id = %(award)s
"""
_AWARD = "SELECT * FROM awarded_lots WHERE tenant = %(tenant)s AND award_id = %(award)s"
_RECORD_OUTCOME = """
SELECT record_outcome(%(tenant)s, %(outcome)s, %(award)s, %(source)s, %(reward)s, %(weight)s, %(parts)s, %(now_ms)s)
"""


class PostgresMarket(LedgerPart):
    """See `MarketLedger`; its money is in `budgets`, its views over many rows are in `history`."""

    def award_auction(
        self, tenant: TenantId, record: AuctionRecord, now_ms: int, scope: str = MAIL, lease_ms: int = HOLD_LEASE_MS
    ) -> RecordAnswer:
        """Place the award's hold and write the auction with it, in one round trip; two where it was tried before."""
        entry = self._entry(tenant, record, now_ms, hold=True, scope=scope, lease_ms=lease_ms)
        return self._recorded(entry)

    def record_auction(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> bool:
        """Write request, bids and award at once, as `award_auction`. False where another end was written before."""
        return self._recorded(self._entry(tenant, record, now_ms, hold=False)) == "recorded"

    def _recorded(self, entry: Composite) -> RecordAnswer:
        for call in (RECORD_AUCTION, _RECORD_AGAIN):
            with suppress(WrittenBefore):
                return self._answer(call, entry)
        return self._answer(_RECORD_AGAIN, entry)  # another try wrote at the same time: it was waited for

    def _answer(self, call: str, entry: Composite) -> RecordAnswer:
        return self._database.answer(call, entry)  # type: ignore[return-value]

    def _entry(self, tenant: TenantId, record: AuctionRecord, now_ms: int, **terms: Any) -> Composite:
        return Composite(auction_entry(tenant, record, now_ms, self._default_budget_micros, **terms))

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
                "cache_read_tokens": usage.cache_read_tokens if usage else None,
                "cache_write_tokens": usage.cache_write_tokens if usage else None,
                "tries": completion.tries,
            },
        )

    def execution(self, tenant: TenantId, award: AwardId) -> ExecutionState:
        """What is known of an execution."""
        row = self._database.row(_EXECUTION, {"tenant": tenant, "award": award})
        return ExecutionState(claimed=row is not None, completion=completion_from(row) if row else None)

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
