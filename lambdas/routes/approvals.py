"""Answers that wait for a person: see them, approve, edit or reject them."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from bidding.domain import approvals as domain
from bidding.domain.ids import TenantId
from bidding.domain.records import JsonObject
from bidding.ports.market import Market
from bidding.services.approvals import decide, edit_of
from lambdas.environment import market, workflows
from lambdas.routes.caller import member
from schemas.api.desk import Approval, ApprovalList, Autonomy
from schemas.api.requests import ApprovalDecision

router = Router()
_TAGS = ["approvals"]


@router.get("/approvals", tags=_TAGS, summary="What waits for a person, and what was decided")
def list_approvals(limit: Annotated[int, Query(ge=1, le=200)] = 50) -> ApprovalList:
    """At most `limit` of either kind; autonomy by category beside them."""
    who, of_market = member(), market()
    ledger = of_market.ledger
    waiting, decided = ledger.open_approvals(who.tenant, limit), ledger.recent_decisions(who.tenant, limit)
    return ApprovalList(
        open=tuple(_shown(of_market, who.tenant, each) for each in waiting),
        decided=tuple(_shown(of_market, who.tenant, each) for each in decided),
        autonomy=tuple(Autonomy.model_validate(each) for each in ledger.autonomies(who.tenant)),
    )


@router.get("/approvals/<approval_id>", tags=_TAGS, summary="One of them")
def show_approval(approval_id: Annotated[UUID, Path()]) -> Approval:
    """With the answer that it is about, or what a person made of it."""
    who, of_market = member(), market()
    return _shown(of_market, who.tenant, of_market.ledger.approval(who.tenant, str(approval_id)))


@router.post("/approvals/<approval_id>", tags=_TAGS, summary="Approve, edit or reject")
def decide_approval(approval_id: Annotated[UUID, Path()], decision: Annotated[ApprovalDecision, Body()]) -> Approval:
    """The first verdict stands: the same again is welcome, another one is a conflict."""
    who, of_market = member(), market()
    output = cast("JsonObject | None", decision.output)
    decided = decide(of_market, workflows(), who.tenant, str(approval_id), decision.verdict, who.subject, output)
    return _shown(of_market, who.tenant, decided)


def _shown(of_market: Market, tenant: TenantId, approval: domain.Approval) -> Approval:
    lot = of_market.ledger.lot(tenant, approval.lot_id)
    answers = of_market.ledger.outputs_of(tenant, [approval.lot_id])
    fields = {name: getattr(approval, name, None) for name in Approval.model_fields}
    return Approval.model_validate(
        fields
        | {
            "kind": lot.kind,
            "source": of_market.ledger.task(tenant, approval.task_id).source,
            "overdue": approval.verdict is None and of_market.clock() >= approval.escalates_ms,
            "output": edit_of(of_market, tenant, approval) or answers.get(approval.lot_id),
        }
    )
