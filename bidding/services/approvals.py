"""Ask a person, take the answer, and let whoever waits for it go on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace

from bidding.domain import ids
from bidding.domain.approval_events import ApprovalDecided, ApprovalRequested
from bidding.domain.approvals import Approval, ApprovalTerms, Autonomy, Verdict, Wait
from bidding.domain.errors import AlreadyDecided, Conflict, InvalidRequest, UnknownRecord
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.records import JsonObject, LotHistory
from bidding.ports.market import Market
from bidding.ports.workflows import Workflows
from bidding.services.learning import Feedback, take_feedback
from bidding.services.payloads import load_payload

NOBODY = "autonomy"
"""Who decided where a category had earned that nobody is asked."""
EDIT_CHARS_MAX = 20_000


def ask(
    market: Market, tenant: TenantId, task: TaskId, histories: Sequence[LotHistory], terms: ApprovalTerms
) -> list[Approval]:
    """Ask a person for the answers that the terms name; what was asked before stays as it is."""
    now_ms = market.clock()
    known = {each.category: each for each in market.ledger.autonomies(tenant)}
    label = _label(histories)
    asked = []
    for history in histories:
        approval = _approval(task, history, terms, label, now_ms)
        if approval is not None:
            if known.get(approval.category, Autonomy("", 0, None)).earned(terms):
                approval = replace(approval, verdict="autonomous", decided_by=NOBODY, decided_ms=now_ms)
            asked.append(approval)
    if asked:
        market.ledger.put_approvals(tenant, asked)
    for approval in asked:
        market.observer.report(_requested(tenant, approval))
    return market.ledger.approvals_of(tenant, task)


def decide(
    market: Market, workflows: Workflows, tenant: TenantId, approval_id: str, verdict: Verdict, by: str,
    corrected: JsonObject | None = None,
) -> Approval:  # fmt: skip
    """Take a person's verdict: it is feedback on the lot, an edit is the right answer too. Then whoever waits goes on.

    Raises Conflict where it was decided otherwise or has expired, InvalidRequest for an edit that is no such answer.
    """
    asked = market.ledger.approval(tenant, approval_id)
    if asked.verdict is None and market.clock() >= asked.expires_ms:
        raise Conflict(f"approval {approval_id} has expired")
    if verdict == "edited":
        corrected = _checked(market, tenant, asked, corrected)
    standing = market.ledger.decide_approval(tenant, approval_id, verdict, by, market.clock())
    if standing.verdict != verdict:
        raise Conflict(f"approval {approval_id} was {standing.verdict} by {standing.decided_by}")
    if asked.verdict is None:
        word = {"approved": Feedback(reward=1.0), "rejected": Feedback(reward=0.0), "edited": Feedback(None, corrected)}
        take_feedback(market, tenant, asked.lot_id, word[verdict])
        market.observer.report(_decided(tenant, asked, verdict, market.clock()))
    wake(market, workflows, tenant, asked.task_id)
    return standing


def wake(market: Market, workflows: Workflows, tenant: TenantId, task: TaskId) -> None:
    """Where all is decided, let the execution that waits go on; where it is gone, start one that goes on from here."""
    if any(each.verdict is None for each in market.ledger.approvals_of(tenant, task)):
        return
    wait = market.ledger.wait_of(tenant, task)
    if wait is None or not workflows.resume(wait.token, {"decided": True}):
        resume(market, workflows, tenant, task)


def resume(market: Market, workflows: Workflows, tenant: TenantId, task: TaskId) -> None:
    """Start an execution that waits for what is still open, for as long as is left. Harmless beside another one."""
    if market.ledger.task(tenant, task).status != "awaiting_approval":
        return
    approvals = market.ledger.approvals_of(tenant, task)
    now_ms = market.clock()
    escalate_s = max(1, (min(each.escalates_ms for each in approvals) - now_ms) // 1_000)
    expire_s = max(1, (min(each.expires_ms for each in approvals) - now_ms) // 1_000 - escalate_s)
    request: JsonObject = {"tenant": tenant, "task_id": task, "escalate_s": escalate_s, "expire_s": expire_s}
    workflows.start("approve_result", f"{task}-{uuid.uuid4().hex[:8]}", request)


def resume_all(market: Market, workflows: Workflows, tenant: TenantId) -> int:
    """Wait anew for every task that awaits approval; how many there are. For a process that begins to serve."""
    waiting = market.ledger.tasks(tenant, "awaiting_approval")
    for task in waiting:
        resume(market, workflows, tenant, task.task_id)
    return len(waiting)


def await_decision(market: Market, tenant: TenantId, task: TaskId, token: str, owner: str) -> None:
    """Write down who waits. Raises AlreadyDecided where all was decided in the meantime: nobody would wake it."""
    market.ledger.put_wait(tenant, Wait(task, token, owner), market.clock())
    if all(each.verdict is not None for each in market.ledger.approvals_of(tenant, task)):
        raise AlreadyDecided(f"nothing is open of task {task}")


def conclude(market: Market, tenant: TenantId, task: TaskId) -> str:
    """Close a task by what was decided; what nobody decided has expired. Returns the key of its result.

    Answers that were edited take the place of the seats', those that were refused are left out. Safe to run twice.
    """
    known = market.ledger.task(tenant, task)
    if known.result_key is None:
        raise UnknownRecord(f"task {task} has no result to conclude")
    if known.status != "awaiting_approval":
        return known.result_key
    approvals = market.ledger.approvals_of(tenant, task)
    for approval in approvals:
        if approval.verdict is None:
            market.ledger.decide_approval(tenant, approval.approval_id, "expired", "time", market.clock())
            market.observer.report(_decided(tenant, approval, "expired", market.clock()))
    approvals = market.ledger.approvals_of(tenant, task)
    document = json.loads(market.documents.get(known.result_key))
    for lot in document["lots"]:
        for approval in approvals:
            if approval.lot_id == lot["lot_id"]:
                _apply(market, tenant, lot, approval)
    refused = [lot for lot in document["lots"] if lot["approval"] in {"rejected", "expired"}]
    failed = [lot for lot in document["lots"] if lot["status"] == "failed"]
    document["status"] = "failed" if failed else "done"
    document["reason"] = document["reason"] or "; ".join(
        f"{lot['kind']} {lot['part']}: {lot['approval']}" for lot in refused
    ) or None  # fmt: skip
    market.documents.put(known.result_key, json.dumps(document, ensure_ascii=False).encode())
    market.ledger.finish_task(tenant, task, document["status"], document["reason"], known.result_key)
    return known.result_key


def edit_of(market: Market, tenant: TenantId, approval: Approval) -> JsonObject | None:
    """What a person wrote in place of the answer; None where nobody did."""
    if approval.verdict != "edited":
        return None
    edited: JsonObject = json.loads(market.documents.get(_edit_key(tenant, approval)))
    return edited


def _requested(tenant: TenantId, approval: Approval) -> ApprovalRequested:
    return ApprovalRequested(
        tenant=tenant,
        task_id=approval.task_id,
        lot_id=approval.lot_id,
        award_id=approval.award_id,
        status="open" if approval.verdict is None else "autonomous",
    )


def _decided(tenant: TenantId, approval: Approval, verdict: str, now_ms: int) -> ApprovalDecided:
    return ApprovalDecided(
        tenant=tenant,
        task_id=approval.task_id,
        lot_id=approval.lot_id,
        award_id=approval.award_id,
        verdict=verdict,
        waited_ms=max(0, now_ms - approval.created_ms),
    )


def _approval(task: TaskId, history: LotHistory, terms: ApprovalTerms, label: str, now_ms: int) -> Approval | None:
    answered = next((past for past in reversed(history.rounds) if past.completion and past.completion.output), None)
    if answered is None or answered.award is None or answered.completion is None or answered.completion.output is None:
        return None
    reward = answered.outcomes[-1].reward if answered.outcomes else None
    kind = history.lot.kind
    because = terms.because(kind, answered.completion.output, reward)
    if because is None:
        return None
    return Approval(
        approval_id=ids.child(answered.award.award_id, "approval"),
        task_id=task,
        lot_id=history.lot.lot_id,
        award_id=answered.award.award_id,
        category=kind if kind == "classify" or not label else f"{kind} {label}",
        because=because,
        created_ms=now_ms,
        escalates_ms=now_ms + terms.escalate_s * 1_000,
        expires_ms=now_ms + terms.expire_s * 1_000,
    )


def _label(histories: Sequence[LotHistory]) -> str:
    """What the task was classified as; empty where nobody could tell."""
    for history in histories:
        if history.lot.kind == "classify":
            for past in reversed(history.rounds):
                if past.completion and past.completion.output:
                    return str(past.completion.output.get("label") or "")
    return ""


def _checked(market: Market, tenant: TenantId, approval: Approval, corrected: JsonObject | None) -> JsonObject:
    """An edit as an answer of the lot's type, stored before anything is decided."""
    if corrected is None or len(json.dumps(corrected)) > EDIT_CHARS_MAX:
        raise InvalidRequest(f"an edit is the answer as it should be, at most {EDIT_CHARS_MAX} characters of JSON")
    lot = market.ledger.lot(tenant, approval.lot_id)
    right = market.outputs.validate(lot.output, load_payload(market.documents, lot), corrected)
    if approval.verdict is None:
        market.documents.put(_edit_key(tenant, approval), json.dumps(right, ensure_ascii=False).encode())
    return right


def _edit_key(tenant: TenantId, approval: Approval) -> str:
    return f"tenants/{tenant}/approvals/{approval.approval_id}.json"


def _apply(market: Market, tenant: TenantId, lot: JsonObject, approval: Approval) -> None:
    lot["approval"] = approval.verdict
    if approval.verdict == "edited":
        lot["output"] = edit_of(market, tenant, approval)
    elif approval.verdict in {"rejected", "expired"}:
        lot["output"] = None
