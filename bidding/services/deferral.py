"""Offer a lot to whoever answers later, take the answer, and let the task that waits go on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bidding.domain.approvals import Wait
from bidding.domain.dataclass import dataclass
from bidding.domain.deferrals import Deferral
from bidding.domain.errors import AlreadyDecided, Conflict, EngineFailure, FailureReason
from bidding.domain.ids import AwardId, LotId, SeatId, TenantId
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Completion, JsonObject, Road
from bidding.domain.seats import Seat, may_see
from bidding.domain.usage import Usage
from bidding.ports.market import Market
from bidding.ports.workflows import Workflows
from bidding.services.knowledge import recall
from bidding.services.payloads import context_of, load_payload, make_job


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """What a deferred seat said: a model's text, a person's output, or why there is none."""

    text: str | None = None
    output: JsonObject | None = None
    usage: Usage | None = None
    failure: FailureReason | None = None
    detail: str = ""
    worker: str = ""


def defer_lot(
    market: Market, tenant: TenantId, award: Award, demonstrations: Sequence[LotId], token: str, owner: str
) -> Deferral:
    """Store the job, offer it, and write down who waits. Raises AlreadyDecided where it was answered before."""
    lot, seat = market.ledger.lot(tenant, award.lot_id), _seat(market, award.seat_id)
    if market.ledger.execution(tenant, award.award_id).completion is not None:
        raise AlreadyDecided(f"award {award.award_id} was answered")
    key = f"tenants/{tenant}/lots/{lot.lot_id}.job.json"
    market.documents.put(key, json.dumps(_job(market, lot, seat, demonstrations), ensure_ascii=False).encode())
    now_ms = market.clock()
    deferral = Deferral(award.award_id, lot.lot_id, seat.seat_id, key, now_ms + min(seat.timeout_ms, lot.deadline_ms))
    market.ledger.put_wait(tenant, Wait(award.award_id, token, owner), now_ms)  # before anybody can answer
    market.ledger.put_deferral(tenant, deferral, now_ms)
    return market.ledger.deferral(tenant, award.award_id)


def take_work(
    market: Market, tenant: TenantId, seats: Sequence[SeatId], worker: str
) -> tuple[Deferral, JsonObject] | None:
    """The next lot for a worker, with its job. From here on a call may have begun: its hold is voided no more."""
    deferral = market.ledger.take_deferral(tenant, seats, worker, market.clock())
    if deferral is None:
        return None
    market.ledger.claim_execution(tenant, deferral.award_id, market.clock())
    job: JsonObject = json.loads(market.documents.get(deferral.job_key))
    return deferral, job


def keep_work(market: Market, workflows: Workflows, tenant: TenantId, award: AwardId, worker: str) -> None:
    """A worker's heartbeat. Raises Conflict where the lot is no longer its own."""
    if not market.ledger.keep_deferral(tenant, award, worker, market.clock()):
        raise Conflict(f"the lot of award {award} is not yours any more: it was answered, has expired, or went on")
    wait = market.ledger.wait_of(tenant, award)
    if wait is not None:
        workflows.keep_waiting(wait.token)


def take_answer(
    market: Market, workflows: Workflows, tenant: TenantId, award_id: AwardId, answer: LateAnswer
) -> Completion:
    """Validate the answer, write it down, and let the task that waits go on. The first answer stands.

    Raises Conflict for a lot that has expired or is another worker's.
    """
    deferral = market.ledger.deferral(tenant, award_id)
    known = market.ledger.execution(tenant, award_id).completion
    if known is None:
        if market.clock() >= deferral.expires_ms:
            raise Conflict(f"the lot of award {award_id} has expired")
        if answer.worker and not market.ledger.keep_deferral(tenant, award_id, answer.worker, market.clock()):
            raise Conflict(f"the lot of award {award_id} is not yours any more")
        known = _complete(market, tenant, market.ledger.award(tenant, award_id), answer)
    wait = market.ledger.wait_of(tenant, award_id)
    if wait is not None:
        workflows.resume(wait.token, {"answered": True})
    return known


def _complete(market: Market, tenant: TenantId, award: Award, answer: LateAnswer) -> Completion:
    if not market.ledger.execution(tenant, award.award_id).claimed and not market.ledger.claim_execution(
        tenant, award.award_id, market.clock()
    ):
        raise Conflict(f"the hold of award {award.award_id} is resolved: it can be answered no more")
    lot, seat = market.ledger.lot(tenant, award.lot_id), _seat(market, award.seat_id)
    output: JsonObject | None = None
    road: Road | None = None
    reason, detail = answer.failure, answer.detail
    if reason is None:
        try:
            output, road = _validated(market, lot, answer)
        except EngineFailure as failure:
            reason, detail = failure.reason, failure.detail
    usage = answer.usage
    cost = award.price_micros if usage is None and reason is None else 0
    completion = Completion(
        award_id=award.award_id,
        status="failed" if reason else "succeeded",
        reason=reason,
        detail=detail[:500],
        usage=usage,
        cost_micros=min(award.hold_micros, seat.prices.cost_micros(usage) if usage else cost),
        latency_ms=max(0, market.clock() - _deferred_at_ms(market, tenant, award, seat, lot)),
        output=output,
        road=road,
        raw_key=None,
    )
    market.ledger.complete_execution(tenant, completion, market.clock())
    return market.ledger.execution(tenant, award.award_id).completion or completion


def _validated(market: Market, lot: Lot, answer: LateAnswer) -> tuple[JsonObject, Road]:
    payload = load_payload(market.documents, lot)
    if answer.output is not None:  # a person's form: what does not fit is told to the person, not to the ledger
        return market.outputs.validate(lot.output, payload, answer.output), "strict"
    return market.outputs.parse(lot.output, payload, answer.text or "")


def _deferred_at_ms(market: Market, tenant: TenantId, award: Award, seat: Seat, lot: Lot) -> int:
    expires_ms = market.ledger.deferral(tenant, award.award_id).expires_ms
    return expires_ms - min(seat.timeout_ms, lot.deadline_ms)


def _job(market: Market, lot: Lot, seat: Seat, demonstrations: Sequence[LotId]) -> dict[str, Any]:
    shown = market.ledger.demonstrations(lot.tenant, demonstrations) if demonstrations else []
    allowed = tuple(one for one in shown if may_see(seat.location, one.data_class))
    payload = load_payload(market.documents, lot)
    known = recall(market, lot, payload).lines
    job = make_job(market, lot, payload, seat, context_of(market, lot), allowed, known)
    return asdict(job) | {"lot_id": lot.lot_id}


def _seat(market: Market, seat_id: SeatId) -> Seat:
    return next(seat for seat in market.ledger.seats() if seat.seat_id == seat_id)
