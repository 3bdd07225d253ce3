"""From a document to lots, and from lots back to one result."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bidding.domain import declared, ids
from bidding.domain.dataclass import dataclass
from bidding.domain.decomposition import decompose
from bidding.domain.errors import InvalidRequest, RefusedDocument
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.lots import DEFAULT_TERMS, PLAN_KIND, Lot, PlannedLot, TaskOptions, narrowed, waves
from bidding.domain.records import TaskClaim
from bidding.domain.seats import stricter
from bidding.domain.task_events import TaskDecomposed, TaskIngested, TaskRefused
from bidding.ports.market import Market
from bidding.services.judging import answers_of
from bidding.services.payloads import save_payload
from bidding.services.planning import is_unplanned, plan_of
from bidding.services.settlement import resume_lot

LEASE_MS = 1_450 * 60 * 1_000
"""Longer than `process_task` may run, so that no second attempt starts while a first one is alive."""
REASON_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Ingested:
    """A document's task. Only `claimed` goes on; `reason` is set for a refusal."""

    task_id: TaskId
    status: Literal["claimed", "in_progress", "done", "refused", "awaiting_approval"]
    attempt: int
    reason: str | None = None


def ingest_task(
    market: Market,
    tenant: TenantId,
    document_key: str,
    source: str,
    owner: str,
    options: TaskOptions,
    claim: str | None = None,
    submission_id: str | None = None,
    by_ses: bool = False,
) -> Ingested:
    """Find or make the task of a document and claim it for `owner`.

    A document that cannot become a task ends as `refused`, with its reason, and is kept. A retry under the same
    `claim` gets the same answer. `submission_id` is told which task it became. What came `by_ses` must
    have its verdicts on top.
    """
    raw = market.documents.get(document_key)
    refusal: RefusedDocument | None = None
    try:
        if by_ses:
            market.refuse_unwanted(raw)
        message, own_options = market.parse_document(raw)
        decompose(message, narrowed(options, own_options))
        key = message.key
    except RefusedDocument as error:
        refusal, key = error, hashlib.sha256(raw).hexdigest()
    claimed = market.ledger.claim_task(tenant, key, source, document_key, owner, market.clock(), LEASE_MS, claim)
    if submission_id is not None:
        market.ledger.link_submission(tenant, submission_id, claimed.task_id)
    if refusal is None:
        _report_ingested(market, tenant, claimed, claim)
        return Ingested(claimed.task_id, claimed.status, claimed.attempt)
    reason = str(refusal)[:REASON_CHARS_MAX]
    if claimed.status == "claimed":
        market.ledger.finish_task(tenant, claimed.task_id, "refused", reason, None)
    told = TaskRefused(tenant=tenant, task_id=claimed.task_id, attempt=claimed.attempt, reason=refusal.reason)
    market.observer.report(told)
    return Ingested(claimed.task_id, "refused", claimed.attempt, reason)


def _report_ingested(market: Market, tenant: TenantId, claimed: TaskClaim, claim: str | None) -> None:
    """`claim` ends in the name of the execution that made it."""
    event = TaskIngested(
        tenant=tenant,
        task_id=claimed.task_id,
        attempt=claimed.attempt,
        status=claimed.status,
        execution=claim.rpartition(":")[2] if claim else None,
    )
    market.observer.report(event)


def decompose_task(
    market: Market,
    tenant: TenantId,
    task: TaskId,
    attempt: int,
    options: TaskOptions,
    *,
    had_a_plan_proposed: bool = False,
) -> list[list[Lot]]:
    """The task's open lots in waves. What an interrupted attempt left behind is resolved first.

    Where the only lot asks for a plan, run it and call again with `had_a_plan_proposed`: its lots follow.
    """
    ledger = market.ledger
    lots = answers_of(ledger.lots_of(tenant, task))
    message, own_options = market.parse_document(market.documents.get(ledger.task(tenant, task).document_key))
    options = narrowed(options, own_options)
    options = replace(options, data_class=stricter(options.data_class, market.data_class))
    if not lots:
        lots = _write_lots(market, tenant, task, decompose(message, options), options)
    elif stricter(options.data_class, lots[0].data_class) != lots[0].data_class:
        raise InvalidRequest(
            f"this document was taken in as {lots[0].data_class} before; it cannot become {options.data_class} now"
        )
    lots = [resume_lot(market, tenant, lot, attempt) for lot in lots]
    if is_unplanned(lots):
        (asked,) = lots
        plan = plan_of(market, asked, attempt, message, options, had_its_run=had_a_plan_proposed)
        lots += _write_lots(market, tenant, task, plan, options, first=1) if plan else []
    planned = [still_open for wave in waves(lots) if (still_open := [lot for lot in wave if _to_do(lot, lots)])]
    open_lots = sum(len(wave) for wave in planned)
    event = TaskDecomposed(
        tenant=tenant,
        task_id=task,
        attempt=attempt,
        lots=open_lots,
        done_lots=len(lots) - open_lots,
        waves=len(planned),
    )
    market.observer.report(event)
    return planned


def asks_for_a_plan(open_lots: Sequence[Sequence[Lot]]) -> bool:
    """Whether all there is to do is to have a plan proposed."""
    return is_unplanned([lot for wave in open_lots for lot in wave])


def _to_do(lot: Lot, lots: Sequence[Lot]) -> bool:
    """A plan is not asked for again once there is one."""
    return lot.status != "done" and (lot.kind != PLAN_KIND or is_unplanned(lots))


def _write_lots(
    market: Market, tenant: TenantId, task: TaskId, plan: Sequence[PlannedLot], options: TaskOptions, first: int = 0
) -> list[Lot]:
    """Write the lots of a plan, at positions from `first` on."""
    lots = []
    for position, planned in enumerate(plan, start=first):
        moved = replace(planned, needs=tuple(first + need for need in planned.needs))
        lot = _lot(tenant, task, position, moved, options)
        save_payload(market.documents, lot, planned.payload)
        lots.append(lot)
    market.ledger.put_lots(tenant, lots)
    return lots


def _lot(tenant: TenantId, task: TaskId, position: int, planned: PlannedLot, options: TaskOptions) -> Lot:
    lot_id = ids.lot_id(task, position)
    terms = options.terms.get(planned.kind) or DEFAULT_TERMS[planned.kind]
    schema = planned.payload.output_schema
    return Lot(
        lot_id=lot_id,
        task_id=task,
        tenant=tenant,
        position=position,
        kind=planned.kind,
        part=planned.payload.part,
        output=terms.output if schema is None else declared.reference(schema),
        payload_key=f"tenants/{tenant}/lots/{lot_id}.json",
        data_class=options.data_class,
        value_micros=terms.value_micros,
        price_ceiling_micros=min(terms.price_ceiling_micros, planned.ceiling_micros or terms.price_ceiling_micros),
        quality_floor=terms.quality_floor,
        deadline_ms=terms.deadline_ms,
        delay_micros_per_second=terms.delay_micros_per_second,
        needs=tuple(ids.lot_id(task, need) for need in planned.needs),
    )
