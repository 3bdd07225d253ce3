"""Resolve holds, judge executions, and put an interrupted lot back on its feet."""

from __future__ import annotations

from dataclasses import replace

from bidding.domain import ids
from bidding.domain.declared import judged_as
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TenantId
from bidding.domain.lot_events import LotSettled, OutcomeRecorded
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Completion, Outcome, OutcomeSource, Settlement
from bidding.domain.rewards import WEIGHTS, check, checked_reward
from bidding.domain.roads import ROAD_TRUST
from bidding.ports.market import Market
from bidding.services.payloads import context_of, load_payload
from bidding.services.reports import execution_ended


def settle_lot(market: Market, tenant: TenantId, award: Award) -> Completion | None:
    """Resolve the award's hold, whatever happened: called on every path, harmless when repeated.

    No call began: voided, and None is returned. It completed: settled at its cost. It began and never
    completed: written off as `interrupted` at the full hold, since nobody knows what the provider billed.
    """
    ledger = market.ledger
    state = ledger.execution(tenant, award.award_id)
    if not state.claimed:
        voided = Settlement(award.hold_id, award.award_id, "voided", 0)
        ledger.settle(tenant, voided, market.clock())
        market.observer.report(_settled(tenant, award, voided))
        return None
    completion = state.completion
    if completion is None:
        ledger.complete_execution(tenant, _interrupted(award), market.clock())
        completion = ledger.execution(tenant, award.award_id).completion or _interrupted(award)
        market.observer.report(execution_ended(tenant, award, completion))
    settled = Settlement(award.hold_id, award.award_id, "settled", completion.cost_micros)
    ledger.settle(tenant, settled, market.clock())
    market.observer.report(_settled(tenant, award, settled))
    return completion


def _settled(tenant: TenantId, award: Award, settlement: Settlement) -> LotSettled:
    return LotSettled(
        tenant=tenant,
        lot_id=award.lot_id,
        award_id=award.award_id,
        seat_id=award.seat_id,
        round=award.round,
        resolution=settlement.kind,
        cost_micros=settlement.amount_micros,
        price_micros=award.price_micros,
    )


def record_outcome(
    market: Market,
    tenant: TenantId,
    lot: Lot,
    award: Award,
    completion: Completion,
    promised_quality: float | None = None,
) -> Outcome:
    """Judge a completed execution by what can be checked at once, and close the lot if it succeeded.

    `promised_quality` is what its bid was believed to give, for who watches; None where it is not at hand.
    """
    if completion.reason in {"interrupted", "busy"}:  # our end broke or held back, not the seat
        outcome = _outcome(completion, lot, reward=None, parts={})
    elif completion.output is None:
        outcome = _outcome(completion, lot, reward=0.0, parts={"failed": 0.0})
    else:
        context = [str(text) for output in context_of(market, lot).values() for text in output.values()]
        parts = dict(check(judged_as(lot), load_payload(market.documents, lot), completion.output, context))
        outcome = _outcome(completion, lot, reward=checked_reward(parts), parts=parts)
    market.ledger.record_outcome(tenant, outcome, market.clock())
    if completion.status == "succeeded":
        market.ledger.close_lot(tenant, lot.lot_id, "done")
    event = OutcomeRecorded(
        tenant=tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        award_id=award.award_id,
        seat_id=award.seat_id,
        kind=lot.kind,
        source=outcome.source,
        reward=outcome.reward,
        promised_quality=promised_quality,
    )
    market.observer.report(event)
    return outcome


def judge_award(market: Market, tenant: TenantId, award: Award, promised_quality: float | None = None) -> Outcome:
    """Judge the completed execution of an award. Raises UnknownRecord where it never completed."""
    completion = market.ledger.execution(tenant, award.award_id).completion
    if completion is None:
        raise UnknownRecord(f"award {award.award_id} has no completed execution to judge")
    lot = market.ledger.lot(tenant, award.lot_id)
    return record_outcome(market, tenant, lot, award, completion, promised_quality)


def resume_lot(market: Market, tenant: TenantId, lot: Lot, attempt: int) -> Lot:
    """Resolve what attempts before `attempt` left of a lot; a lot whose answer had arrived is done."""
    if lot.status == "done" or attempt == 1:
        return lot
    ledger = market.ledger
    awards = [past.award for past in ledger.history(tenant, lot.lot_id).rounds if past.award]
    for award in awards:  # every step is harmless where it was taken before
        completion = settle_lot(market, tenant, award)
        if completion is not None:
            record_outcome(market, tenant, lot, award, completion)
    ledger.release_orphan_holds(tenant, lot.lot_id, attempt, market.clock())
    return replace(lot, status=ledger.lot(tenant, lot.lot_id).status)


def _interrupted(award: Award) -> Completion:
    return Completion(
        award_id=award.award_id,
        status="failed",
        reason="interrupted",
        detail="the process that made the call ended before the answer was written",
        usage=None,
        cost_micros=award.hold_micros,
        latency_ms=0,
        output=None,
        road=None,
        raw_key=None,
    )


def _outcome(completion: Completion, lot: Lot, reward: float | None, parts: dict[str, float]) -> Outcome:
    source: OutcomeSource = "checks" if completion.status == "succeeded" else "failure"
    return Outcome(
        outcome_id=ids.outcome_id(completion.award_id, source, "0"),
        award_id=completion.award_id,
        lot_id=lot.lot_id,
        reward=reward,
        weight=WEIGHTS[source] * (ROAD_TRUST[completion.road] if completion.road else 1.0),
        source=source,
        parts=parts,
    )
