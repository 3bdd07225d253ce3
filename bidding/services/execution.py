"""Let the winner do the job, once, and keep what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bidding.domain.circuits import is_well
from bidding.domain.dataclass import dataclass
from bidding.domain.demonstrations import VERIFIERS
from bidding.domain.errors import (
    DocumentsUnavailable,
    EngineFailure,
    ExecutionInProgress,
    FailureReason,
    UnknownRecord,
)
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.jobs import Answer, Job
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Completion, JsonObject, Road
from bidding.domain.seats import Seat, may_see
from bidding.domain.variants import variant_of
from bidding.ports.market import Market
from bidding.services.knowledge import recall
from bidding.services.labels import decided
from bidding.services.payloads import context_of, load_payload, make_job
from bidding.services.reports import execution_ended

TRIES_MAX = 2
PAUSE_MS = 300
"""Before another try."""
TRIED_AGAIN: frozenset[FailureReason] = frozenset({"throttled", "unavailable"})
PLACE_GRACE_MS = 30_000
"""How much longer than its call a place among a seat's calls is kept, for the writes around it."""


@dataclass(slots=True)
class _Attempt:
    """One call in progress, and what came of it so far."""

    award: Award
    seat: Seat
    started_ms: int
    tries: int = 1
    has_place: bool = False
    raw_key: str | None = None


def execute_lot(market: Market, tenant: TenantId, award: Award, demonstrations: Sequence[LotId]) -> Completion:
    """Make the job ready, claim the award, call its seat, validate the answer, write the completion.

    The claim comes right before the call: what fails earlier has cost nothing and may be tried again. A second call
    for the same award never calls the provider again: it returns what the first one wrote. What the call says of the
    provider's health is told to its circuit.
    Raises ExecutionInProgress while the first one is still at it.
    """
    ledger = market.ledger
    lot = ledger.lot(tenant, award.lot_id)
    seat = _seat(market, award.seat_id)
    job = replace(_job(market, lot, seat, demonstrations), award=award.award_id)
    if not ledger.claim_execution(tenant, award.award_id, market.clock()):
        known = ledger.execution(tenant, award.award_id).completion
        if known is None:
            raise ExecutionInProgress(f"award {award.award_id} was claimed and has not completed")
        return known
    attempt = _Attempt(award, seat, market.clock())
    completion = _call(market, job, lot, attempt)
    ledger.complete_execution(tenant, completion, market.clock())
    _report(market, job, attempt, completion)
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
    try:
        _admit(market, lot, attempt)
        answer = _answer(market, job, attempt)
        attempt.raw_key = _keep_raw(market, attempt.award, answer.text)
        answer = decided(market, lot.tenant, attempt.award, job, answer)
        output, road = market.outputs.parse(job.output, job.payload, answer.text)
    except EngineFailure as failure:
        if failure.text and attempt.raw_key is None:
            attempt.raw_key = _keep_raw(market, attempt.award, failure.text)
        return _failed(market, attempt, failure, answer)
    return _succeeded(market, attempt, answer, output, road)


def _admit(market: Market, lot: Lot, attempt: _Attempt) -> None:
    """Raises EngineFailure where the seat may not be called any more, or not now. Most seats cost no round trip."""
    seat, now_ms = attempt.seat, market.clock()
    if changed := seat.ineligible_because(lot.kind, lot.data_class, now_ms):
        reason: FailureReason = "busy" if changed in {"busy", "circuit_open"} else "unavailable"
        raise EngineFailure(reason, f"since the auction this seat is {changed}", started=False)
    if seat.call.concurrency is None and seat.circuit.state(now_ms) == "closed":
        return
    lease_ms = seat.timeout_ms + PLACE_GRACE_MS
    places = seat.call.concurrency
    attempt.has_place = market.ledger.admit_call(seat.seat_id, attempt.award.award_id, places, lease_ms, now_ms)
    if not attempt.has_place:
        raise EngineFailure("busy", "all places of this seat are taken, or its circuit is open", started=False)


def _answer(market: Market, job: Job, attempt: _Attempt) -> Answer:
    """Ask the seat, and once more where its provider turned the call away before it began: that costs nobody money.

    Never again where a model may have begun: that would be billed twice. Both tries share one time-out.
    """
    engine = market.engines.engine_of(attempt.seat)
    deadline_ms = attempt.started_ms + job.timeout_ms
    while True:
        left_ms = deadline_ms - market.clock()
        try:
            return engine.answer(attempt.seat, replace(job, timeout_ms=max(1, min(job.timeout_ms, left_ms))))
        except EngineFailure as failure:
            again = not failure.started and failure.reason in TRIED_AGAIN and attempt.tries < TRIES_MAX
            if not again or deadline_ms - market.clock() < 2 * PAUSE_MS:
                raise
        market.sleep(PAUSE_MS / 1_000)
        attempt.tries += 1


def _report(market: Market, job: Job, attempt: _Attempt, completion: Completion) -> None:
    """Tell the circuit, where there is anything to tell: a call of a well seat without a limit writes nothing."""
    seat = attempt.seat
    well = is_well(completion.reason, had_its_time=job.timeout_ms >= seat.timeout_ms)
    recovered = well is True and (seat.circuit.failures > 0 or seat.circuit.open_until_ms is not None)
    if attempt.has_place or well is False or recovered:
        market.ledger.report_call(seat.seat_id, attempt.award.award_id, well, market.clock())


def _seat(market: Market, seat_id: SeatId) -> Seat:
    for seat in market.ledger.seats():
        if seat.seat_id == seat_id:
            return seat
    raise UnknownRecord(f"no seat {seat_id!r} in the registry")


def _keep_raw(market: Market, award: Award, text: str) -> str | None:
    """Where the raw text lies; None where storage was away: an answer that is paid for is not thrown away for that."""
    key = f"raw/{award.award_id}.txt"
    try:
        market.documents.put(key, text.encode("utf-8", "replace"))
    except DocumentsUnavailable:
        return None
    return key


def _succeeded(market: Market, attempt: _Attempt, answer: Answer, output: JsonObject, road: Road) -> Completion:
    award = attempt.award
    own_price = award.price_micros if attempt.seat.sets_own_price else None
    cost = attempt.seat.prices.cost_micros(answer.usage) if own_price is None else own_price
    return Completion(
        award_id=award.award_id,
        status="succeeded",
        reason=None,
        detail="",
        usage=answer.usage,
        cost_micros=min(cost, award.hold_micros),
        latency_ms=max(0, market.clock() - attempt.started_ms),
        output=output,
        road=road,
        raw_key=attempt.raw_key,
        tries=attempt.tries,
    )


def _failed(market: Market, attempt: _Attempt, failure: EngineFailure, answer: Answer | None) -> Completion:
    """Bill what was used; the full hold where a provider call began and nobody knows what it used.

    Who sets its own price is paid for valid answers only.
    """
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
        cost_micros=0 if attempt.seat.sets_own_price else cost,
        latency_ms=max(0, market.clock() - attempt.started_ms),
        output=None,
        road=None,
        raw_key=attempt.raw_key,
        tries=attempt.tries,
    )
