"""Auctions, executions and their judgements: the writes of the hot path."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.adapters.postgres.rows import auction_parameters, award_from, award_parameters, completion_from
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

RECORD_AUCTION = """
CALL record_auction(
    NULL, %(tenant)s, %(now_ms)s, %(auction_id)s, %(lot_id)s, %(attempt)s, %(round)s, %(seed)s, %(policy_version)s,
    %(multiplier)s, %(tmax_ms)s, %(pace_low)s, %(pace_high)s, %(pace_high_share)s, %(uniform_share)s, %(purse_micros)s,
    %(explored)s, %(bidders)s, %(bid_price_micros)s, %(bid_price_upper_micros)s, %(bid_hold_micros)s,
    %(bid_quality_mean)s, %(bid_quality_sd)s, %(bid_latency_ms)s, %(bid_latency_upper_ms)s, %(bid_input_tokens)s,
    %(bid_output_tokens)s, %(bid_failure_chance)s, %(bid_listed_micros)s, %(bid_listed_latency_ms)s,
    %(bid_demonstrations)s, %(notice_reason)s, %(notice_quality_draw)s, %(notice_quality_micros)s,
    %(notice_price_term_micros)s, %(notice_delay_micros)s, %(notice_score)s, %(notice_propensity)s,
    %(notice_margin_micros)s, %(notice_price_to_win_micros)s, %(notice_quality_to_win)s, %(absent)s, %(absent_reason)s,
    %(absent_detail)s, %(award_id)s, %(seat_id)s, %(hold_id)s, %(hold_micros)s, %(price_micros)s, %(propensity)s,
    %(runners_up)s, %(hold)s, %(default)s, %(scope)s, %(lease_ms)s
)
"""
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


def record_parameters(
    tenant: TenantId, record: AuctionRecord, now_ms: int, default_budget_micros: int
) -> dict[str, Any]:
    """What `RECORD_AUCTION` is called with, where the award's hold was placed before."""
    return {
        "tenant": tenant,
        "now_ms": now_ms,
        **auction_parameters(record),
        **award_parameters(record.award),
        "hold": False,
        "default": default_budget_micros,
        "scope": MAIL,
        "lease_ms": HOLD_LEASE_MS,
    }


class PostgresMarket(LedgerPart):
    """See `MarketLedger`; its money is in `budgets`, its views over many rows are in `history`."""

    def award_auction(
        self, tenant: TenantId, record: AuctionRecord, now_ms: int, scope: str = MAIL, lease_ms: int = HOLD_LEASE_MS
    ) -> RecordAnswer:
        """Place the award's hold and write the auction with it, in one round trip."""
        parameters = self._parameters(tenant, record, now_ms)
        parameters |= {"hold": True, "scope": storable(scope), "lease_ms": lease_ms}
        answer: RecordAnswer = self._database.value(RECORD_AUCTION, parameters)
        return answer

    def record_auction(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> bool:
        """Write request, bids and award at once, in one round trip. False where another end was written before."""
        answer = self._database.value(RECORD_AUCTION, self._parameters(tenant, record, now_ms))
        return bool(answer == "recorded")

    def record_auctions(self, tenant: TenantId, records: Sequence[AuctionRecord], now_ms: int) -> list[bool]:
        """Write many auctions at once, all or none, in one round trip; for each whether its end stands."""
        calls = [(RECORD_AUCTION, self._parameters(tenant, record, now_ms)) for record in records]
        return [row["p_answer"] == "recorded" for (row,) in self._database.calls(calls)]

    def _parameters(self, tenant: TenantId, record: AuctionRecord, now_ms: int) -> dict[str, Any]:
        return record_parameters(tenant, record, now_ms, self._default_budget_micros)

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
