"""RecordFeedback: take in what a human says of a lot's answer."""

from __future__ import annotations

from typing import cast

from bidding.domain.ids import LotId, TenantId
from bidding.domain.records import JsonObject
from bidding.ports.market import Market
from bidding.services.learning import Feedback, record_feedback
from lambdas.wire import state
from schemas.execution import FeedbackRequest, Outcome


@state(FeedbackRequest)
def handler(market: Market, request: FeedbackRequest) -> Outcome:
    """The human's word takes the place of every check, and a right answer becomes a demonstration."""
    feedback = Feedback(
        reward=request.reward, corrected=cast("JsonObject | None", request.corrected), source=request.source
    )
    return Outcome.model_validate(record_feedback(market, TenantId(request.tenant), LotId(request.lot_id), feedback))
