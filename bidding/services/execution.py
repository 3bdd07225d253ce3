"""Let the winner do the job, once, and keep what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bidding.domain.demonstrations import VERIFIERS
from bidding.domain.errors import DocumentsUnavailable, EngineFailure, ExecutionInProgress, UnknownRecord
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.jobs import Answer, Job
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Completion, JsonObject, Road
from bidding.domain.seats import Seat, may_see
from bidding.domain.variants import variant_of
from bidding.ports import Market
from bidding.services.knowledge import recall
from bidding.services.labels import decided
from bidding.services.payloads import context_of, load_payload, make_job
from bidding.services.reports import execution_ended


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One call in progress."""

    award: Award
    seat: Seat
    started_ms: int


def execute_lot(market: Market, tenant: TenantId, award: Award, demonstrations: Sequence[LotId]) -> Completion:
    """Make the job ready, claim the award, call its seat, validate the answer, write the completion.

    The claim comes right before the call: what fails earlier has cost nothing and may be tried again. A second call
    for the same award never calls the provider again: it returns what the first one wrote.
    Raises ExecutionInProgress while the first one is still at it.
    """
    ledger = market.ledger
    lot = ledger.lot(tenant, award.lot_id)
    seat = _seat(market, award.seat_id)
    job = _job(market, lot, seat, demonstrations)
    if not ledger.claim_execution(tenant, award.award_id, market.clock()):
        known = ledger.execution(tenant, award.award_id).completion
        if known is None:
            raise ExecutionInProgress(f"award {award.award_id} was claimed and has not completed")
        return known
    completion = _call(market, job, lot, _Attempt(award, seat, market.clock()))
    ledger.complete_execution(tenant, completion, market.clock())
    market.observer.report(execution_ended(tenant, award, completion))
    return completion


def _job(market: Market, lot: Lot, seat: Seat, demonstrations: Sequence[LotId]) -> Job:
    shown = market.ledger.demonstrations(lot.tenant, demonstrations) if demonstrations else []
    allowed = tuple(one for one in shown if one.source in VERIFIERS and may_see(seat.location, one.data_class))
    payload = load_payload(market.documents, lot)
    known = recall(market, lot, payload).lines
    variant = variant_of(market.ledger.variants(lot.tenant), seat) if seat.only_tenant else None
    instruction = variant.instruction if variant else ""
    return make_job(market, lot, payload, seat, context_of(market, lot), allowed, known, instruction)


def _call(market: Market, job: Job, lot: Lot, attempt: _Attempt) -> Completion:
    answer: Answer | None = None
    raw_key = None
    try:
        if changed := attempt.seat.ineligible_because(lot.kind, lot.data_class):
            raise EngineFailure("unavailable", f"since the auction this seat is {changed}", started=False)
        answer = market.engines.engine_of(attempt.seat).answer(attempt.seat, job)
        raw_key = _keep_raw(market, attempt.award, answer)
        answer = decided(market, lot.tenant, attempt.award, job, answer)
        output, road = market.outputs.parse(job.output, job.payload, answer.text)
    except EngineFailure as failure:
        return _failed(market, attempt, failure, answer, raw_key)
    return _succeeded(market, attempt, answer, output, road, raw_key)


def _seat(market: Market, seat_id: SeatId) -> Seat:
    for seat in market.ledger.seats():
        if seat.seat_id == seat_id:
            return seat
    raise UnknownRecord(f"no seat {seat_id!r} in the registry")


def _keep_raw(market: Market, award: Award, answer: Answer) -> str | None:
    """Where the raw text lies; None where storage was away: an answer that is paid for is not thrown away for that."""
    key = f"raw/{award.award_id}.txt"
    try:
        market.documents.put(key, answer.text.encode("utf-8", "replace"))
    except DocumentsUnavailable:
        return None
    return key


def _succeeded(
    market: Market, attempt: _Attempt, answer: Answer, output: JsonObject, road: Road, raw_key: str | None
) -> Completion:
    cost = attempt.seat.prices.cost_micros(answer.usage)
    return Completion(
        award_id=attempt.award.award_id,
        status="succeeded",
        reason=None,
        detail="",
        usage=answer.usage,
        cost_micros=min(cost, attempt.award.hold_micros),
        latency_ms=max(0, market.clock() - attempt.started_ms),
        output=output,
        road=road,
        raw_key=raw_key,
    )


def _failed(
    market: Market, attempt: _Attempt, failure: EngineFailure, answer: Answer | None, raw_key: str | None
) -> Completion:
    """Bill what was used; the full hold where a provider call began and nobody knows what it used."""
    hold = attempt.award.hold_micros
    usage = answer.usage if answer else failure.usage
    unknown = hold if failure.started else 0
    cost = min(attempt.seat.prices.cost_micros(usage), hold) if usage else unknown
    return Completion(
        award_id=attempt.award.award_id,
        status="failed",
        reason=failure.reason,
        detail=failure.detail[:500],
        usage=usage,
        cost_micros=cost,
        latency_ms=max(0, market.clock() - attempt.started_ms),
        output=None,
        road=None,
        raw_key=raw_key,
    )
