"""ChooseAnswers: put a sample of a task's answers up for judging."""

from __future__ import annotations

from bidding.domain.ids import TaskId, TenantId
from bidding.ports.market import Market
from bidding.services.judging import choose_answers
from lambdas.wire import state
from schemas.judging import ChosenAnswers, JudgingRequest


@state(JudgingRequest)
def handler(market: Market, request: JudgingRequest) -> ChosenAnswers:
    """The sample follows from the lots' ids: a retry finds the same ones."""
    lots = choose_answers(market, TenantId(request.tenant), TaskId(request.task_id))
    return ChosenAnswers(lot_ids=tuple(lot.lot_id for lot in lots))
