"""Put the answers of a task's lots together and close the task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Literal

from bidding.domain.approvals import Approval, ApprovalTerms, Verdict
from bidding.domain.bids import Bid
from bidding.domain.dataclass import dataclass
from bidding.domain.ids import LotId, SeatId, TaskId, TenantId
from bidding.domain.lots import PLAN_KIND, LotStatus
from bidding.domain.records import JsonObject, LotHistory, RoundHistory, TaskStatus
from bidding.domain.task_events import TaskAssembled, TaskDelivered
from bidding.ports.market import Market
from bidding.services.approvals import ask
from bidding.services.judging import answers_of, to_be_judged
from bidding.services.knowledge import remember_task
from bidding.services.settlement import resume_lot


@dataclass(frozen=True, slots=True)
class LotResult:
    """What came of one lot. Money covers all its rounds.

    `best_single_micros` is what the seat with the best predicted quality quoted, whoever won.
    """

    lot_id: LotId
    kind: str
    part: str
    status: LotStatus
    reason: str | None
    winner: SeatId | None
    price_micros: int
    cost_micros: int
    best_single_micros: int
    propensity: float | None
    runners_up: tuple[SeatId, ...]
    rounds: int
    reward: float | None
    output: JsonObject | None
    approval: Verdict | Literal["pending"] | None = None


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What came of a task: `done` when every lot is, else `failed` with the first lot's reason.

    A plan that nobody could make fails no task: the default plan stood in for it. `judging` tells that judges are to be
    asked about answers of it.
    """

    task_id: TaskId
    status: TaskStatus
    reason: str | None
    result_key: str
    cost_micros: int
    lots: tuple[LotResult, ...]
    escalate_s: int | None = None
    expire_s: int | None = None
    judging: bool = False


def assemble_result(
    market: Market, tenant: TenantId, task: TaskId, approval: ApprovalTerms | None = None
) -> TaskResult:
    """Collect every lot's answer from the ledger, store the result document and tell the knowledge graph.

    Lots still open at this point have failed. Where `approval` names answers of this task, it awaits a person.
    """
    close_open_lots(market, tenant, task)
    lots = answers_of(market.ledger.lots_of(tenant, task))
    histories = [market.ledger.history(tenant, lot.lot_id) for lot in lots]
    remember_task(market, tenant, task, histories)
    results = [_lot_result(history) for history in histories]
    failed = next((lot for lot in results if lot.status == "failed" and lot.kind != PLAN_KIND), None)
    result = TaskResult(
        task_id=task,
        status="failed" if failed else "done",
        reason=f"{failed.kind} {failed.part}: {failed.reason}" if failed else None,
        result_key=f"tenants/{tenant}/results/{task}.json",
        cost_micros=sum(lot.cost_micros for lot in results),
        lots=tuple(results),
        judging=any(to_be_judged(market.judging, lot) for lot in lots),
    )
    if approval is not None:
        result = _asked(result, ask(market, tenant, task, histories, approval), approval)
    document = {"version": 1, **asdict(result)}
    del document["escalate_s"], document["expire_s"], document["judging"]
    market.documents.put(result.result_key, json.dumps(document, ensure_ascii=False).encode())
    market.observer.report(_assembled(tenant, result))
    return result


def _asked(result: TaskResult, approvals: Sequence[Approval], terms: ApprovalTerms) -> TaskResult:
    """The result with what became of its approvals; it waits while one is open."""
    verdicts: dict[LotId, Verdict | Literal["pending"]] = {each.lot_id: each.verdict or "pending" for each in approvals}
    lots = tuple(replace(lot, approval=verdicts.get(lot.lot_id)) for lot in result.lots)
    if "pending" not in verdicts.values():
        return replace(result, lots=lots)
    return replace(
        result,
        status="awaiting_approval",
        lots=lots,
        escalate_s=terms.escalate_s,
        expire_s=terms.expire_s - terms.escalate_s,
    )


def _assembled(tenant: TenantId, result: TaskResult) -> TaskAssembled:
    return TaskAssembled(
        tenant=tenant,
        task_id=result.task_id,
        status=result.status,
        lots=len(result.lots),
        failed_lots=sum(lot.status == "failed" for lot in result.lots),
        cost_micros=result.cost_micros,
        best_single_micros=sum(lot.best_single_micros for lot in result.lots),
    )


def close_open_lots(market: Market, tenant: TenantId, task: TaskId) -> None:
    """Resolve every hold that a lot's workflow left open, judge what was answered, and close what was not as failed."""
    attempt = market.ledger.task(tenant, task).attempt
    for lot in answers_of(market.ledger.lots_of(tenant, task)):
        if lot.status == "open" and resume_lot(market, tenant, lot, attempt + 1).status == "open":
            market.ledger.close_lot(tenant, lot.lot_id, "failed")


def deliver_result(
    market: Market, tenant: TenantId, task: TaskId, status: TaskStatus, reason: str | None, result_key: str | None
) -> None:
    """Close the task. Nothing is sent to anybody. A failed task is kept; submitting it again is a new attempt."""
    if status == "failed":
        close_open_lots(market, tenant, task)
    market.ledger.finish_task(tenant, task, status, reason[:1_000] if reason else None, result_key)
    market.observer.report(TaskDelivered(tenant=tenant, task_id=task, status=status))


def _lot_result(history: LotHistory) -> LotResult:
    lot = history.lot
    awarded = [past for past in history.rounds if past.award]
    last = awarded[-1] if awarded else None
    award = last.award if last else None
    completion = last.completion if last else None
    done = completion is not None and completion.status == "succeeded"
    return LotResult(
        lot_id=lot.lot_id,
        kind=lot.kind,
        part=lot.part,
        status="done" if done else "failed",
        reason=None if done else _failure(history),
        winner=award.seat_id if award and done else None,
        price_micros=award.price_micros if award else 0,
        cost_micros=sum(past.settlement.amount_micros for past in history.rounds if past.settlement),
        best_single_micros=_best_single(last),
        propensity=award.propensity if award else None,
        runners_up=award.runners_up if award else (),
        rounds=len(awarded),
        reward=last.outcomes[-1].reward if last and last.outcomes else None,
        output=completion.output if completion else None,
    )


def _failure(history: LotHistory) -> str:
    if not history.rounds:
        return "no auction was held"
    last = history.rounds[-1]
    if last.completion:
        return f"{last.award.seat_id if last.award else 'nobody'}: {last.completion.reason}"
    reasons = sorted({row.no_bid.reason for row in last.bids if row.no_bid})
    return f"no award: {', '.join(reasons)}" if reasons else "no award"


def _best_single(last: RoundHistory | None) -> int:
    bids: list[Bid] = [row.bid for row in last.bids if row.bid] if last else []
    return max(bids, key=lambda bid: (bid.quality_mean, -bid.price_micros)).price_micros if bids else 0
