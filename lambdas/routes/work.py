"""Lots that are answered later: workers on premises take them here, people see them here."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from bidding.domain.deferrals import LEASE_MS
from bidding.domain.errors import NotAllowed
from bidding.domain.ids import AwardId, SeatId
from bidding.domain.records import JsonObject
from bidding.domain.usage import Usage
from bidding.services.deferral import LateAnswer, keep_work, take_answer, take_work
from bidding.services.payloads import load_payload
from lambdas.environment import market, workflows
from lambdas.routes.caller import caller, member
from schemas.api.desk import DeferredLot, DeferredLots, Work, WorkTaken
from schemas.api.requests import Heartbeat, WorkAnswer, WorkWanted

router = Router()
_TAGS = ["work"]
AwardPath = Annotated[UUID, Path(description="the award that the work is for")]


@router.get("/work", tags=_TAGS, summary="What waits for people and workers")
def list_work() -> DeferredLots:
    """Every lot that can still be answered, with its text."""
    who, of_market = member(), market()
    lots = []
    for each in of_market.ledger.open_deferrals(who.tenant, of_market.clock()):
        lot = of_market.ledger.lot(who.tenant, each.lot_id)
        payload = load_payload(of_market.documents, lot)
        told = {"kind": lot.kind, "part": lot.part, "subject": payload.subject, "text": payload.text}
        fields = {name: getattr(each, name, None) for name in DeferredLot.model_fields}
        lots.append(DeferredLot.model_validate(fields | told))
    return DeferredLots(lots=tuple(lots))


@router.post("/work", tags=_TAGS, summary="Take the next lot (worker)")
def take(wanted: Annotated[WorkWanted, Body()]) -> Work:
    """A lot that this worker has already comes first: one that was started again goes on where it was."""
    who = caller()
    who.must_be("worker")
    found = take_work(market(), who.tenant, [SeatId(seat) for seat in wanted.seats], wanted.worker)
    lease_s = LEASE_MS // 1_000
    if found is None:
        return Work(award_id=None, seat_id=None, job=None, expires_ms=None, lease_s=lease_s)
    deferral, job = found
    return Work(
        award_id=deferral.award_id,
        seat_id=deferral.seat_id,
        job=cast("dict[str, object]", job),
        expires_ms=deferral.expires_ms,
        lease_s=lease_s,
    )


@router.post("/work/<award_id>/heartbeat", tags=_TAGS, summary="Go on having a lot (worker)")
def beat(award_id: AwardPath, sent: Annotated[Heartbeat, Body()]) -> WorkTaken:
    """A conflict means to stop: it was answered, has expired, or went to another worker."""
    who = caller()
    who.must_be("worker")
    market().ledger.deferral(who.tenant, AwardId(str(award_id)))
    keep_work(market(), workflows(), who.tenant, AwardId(str(award_id)), sent.worker)
    return WorkTaken(award_id=str(award_id), status="working", reason=None)


@router.post("/work/<award_id>/answer", tags=_TAGS, summary="Answer a lot (worker, or a person)")
def answer(award_id: AwardPath, sent: Annotated[WorkAnswer, Body()]) -> WorkTaken:
    """The first answer stands. A person's is refused where it does not fit its type, a model's has failed then."""
    who = caller()
    who.must_be("worker", "member", "admin", "operator")
    if who.roles == {"worker"} and not sent.worker:
        raise NotAllowed("name the worker that took this lot: a worker answers what it took, and nothing else")
    said = LateAnswer(
        text=sent.text,
        output=cast("JsonObject | None", sent.output),
        usage=Usage(**sent.usage.model_dump()) if sent.usage else None,
        failure=sent.failure,
        detail=sent.detail,
        worker=sent.worker,
    )
    completion = take_answer(market(), workflows(), who.tenant, AwardId(str(award_id)), said)
    return WorkTaken(award_id=str(award_id), status=completion.status, reason=completion.reason)
