"""RecordFeedback: take in what a human says of a lot's answer."""

from __future__ import annotations

from bidding.domain.ids import LotId, TenantId
from bidding.ports import Market
from bidding.services.learning import Feedback, record_feedback
from lambdas.wire import state, to_domain
from schemas.execution import FeedbackRequest, Outcome


@state(FeedbackRequest)
def handler(market: Market, request: FeedbackRequest) -> Outcome:
    """The human's word takes the place of every check, and a right answer becomes a demonstration."""
    feedback = to_domain(Feedback, request)
    return Outcome.model_validate(record_feedback(market, TenantId(request.tenant), LotId(request.lot_id), feedback))
