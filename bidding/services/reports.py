"""Events that more than one use case reports."""

from __future__ import annotations

from bidding.domain.ids import TenantId
from bidding.domain.lot_events import ExecutionEnded
from bidding.domain.records import Award, Completion


def execution_ended(tenant: TenantId, award: Award, completion: Completion) -> ExecutionEnded:
    """The end of the one call for an award, as an event."""
    usage = completion.usage
    return ExecutionEnded(
        tenant=tenant,
        lot_id=award.lot_id,
        award_id=award.award_id,
        seat_id=award.seat_id,
        round=award.round,
        status=completion.status,
        reason=completion.reason,
        price_micros=award.price_micros,
        cost_micros=completion.cost_micros,
        latency_ms=completion.latency_ms,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        road=completion.road,
    )
