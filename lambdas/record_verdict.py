"""RecordVerdict: take a judge's verdict in as a judgement of the answer it is about."""

from __future__ import annotations

from bidding.domain.ids import LotId, TenantId
from bidding.ports.market import Market
from bidding.services.judging import record_verdict
from lambdas.wire import state
from schemas.judging import RecordedVerdict, VerdictRequest


@state(VerdictRequest)
def handler(market: Market, request: VerdictRequest) -> RecordedVerdict:
    """No valid verdict is no score."""
    outcome = record_verdict(market, TenantId(request.tenant), LotId(request.lot_id))
    return RecordedVerdict(reward=outcome.reward if outcome else None)
