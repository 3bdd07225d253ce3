"""Why a seat was selected, and how good its answer was."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from bidding.domain.ids import LotId
from bidding.domain.records import JsonObject
from bidding.services.explanation import explain
from bidding.services.judging import judgement_of
from bidding.services.learning import Feedback, take_feedback
from lambdas.environment import market
from lambdas.routes.caller import member
from schemas.api.answers import FeedbackTaken, LotExplanation, Round
from schemas.api.requests import FeedbackGiven
from schemas.tasks import Lot

router = Router()
LotPath = Annotated[UUID, Path(description="a lot's id")]


@router.get("/lots/<lot_id>", tags=["lots"], summary="Why this seat was selected")
def explain_lot(lot_id: LotPath) -> LotExplanation:
    """Every bid of every round, its score taken apart, what each loser was told, and what came of it."""
    ledger, tenant = market().ledger, member().tenant
    history = ledger.history(tenant, LotId(str(lot_id)))
    return LotExplanation(
        lot=Lot.model_validate(history.lot),
        rounds=tuple(Round.model_validate(past) for past in history.rounds),
        sentences=tuple(explain(history, judgement_of(ledger, tenant, history.lot.lot_id))),
    )


@router.post("/lots/<lot_id>/feedback", tags=["lots"], summary="Judge a lot's answer")
def give_feedback(lot_id: LotPath, feedback: Annotated[FeedbackGiven, Body()]) -> FeedbackTaken:
    """The human's word takes the place of every check; the next auction knows it."""
    corrected = cast("JsonObject | None", feedback.corrected)
    given = Feedback(reward=feedback.reward, corrected=corrected, source=feedback.source)
    outcome = take_feedback(market(), member().tenant, LotId(str(lot_id)), given)
    return FeedbackTaken(lot_id=str(lot_id), reward=outcome.reward)
