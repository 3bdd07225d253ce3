"""MarketWidget: the seats' league table, or the explanation of a lot, as HTML for a CloudWatch dashboard.

CloudWatch calls it with the widget's parameters and what was typed into its form; an unknown lot is told in the page.
Source: Amazon CloudWatch, "Create a custom widget".
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, TenantId
from bidding.ports.market import Market
from lambdas.environment import market, trace_header
from lambdas.widget_pages import DESCRIPTION, league_table, lot_form, lot_page, page, said
from schemas.base import Identifier


class Forms(BaseModel):
    """What was typed into the widget."""

    all: dict[str, str] = {}


class WidgetContext(BaseModel):
    """What CloudWatch tells of the place where the widget stands; the rest of it is not of interest."""

    forms: Forms = Forms()


class WidgetRequest(BaseModel):
    """A call by CloudWatch. `describe` asks for the widget's manual."""

    model_config = ConfigDict(populate_by_name=True)

    describe: bool = False
    view: Literal["seats", "lot"] = "seats"
    tenant: Identifier = "default"
    context: WidgetContext = Field(alias="widgetContext", default_factory=WidgetContext)


def handler(event: dict[str, Any], context: Any) -> str:
    """Everything in the page is escaped: names of parts and details of failures may come from a mail."""
    request = WidgetRequest.model_validate(event)
    if request.describe:
        return DESCRIPTION
    floor = market()
    known = {"request_id": getattr(context, "aws_request_id", None), "tenant": request.tenant}
    with floor.observer.invocation("market_widget", known, trace_header()):
        if request.view == "seats":
            tenant = TenantId(request.tenant)
            return page(league_table(floor.ledger.seats(), floor.ledger.standings(tenant)))
        return page(_lot(floor, request, getattr(context, "invoked_function_arn", "")))


def _lot(floor: Market, request: WidgetRequest, endpoint: str) -> str:
    lot = request.context.forms.all.get("lot_id", "").strip()
    form = lot_form(lot, endpoint)
    if not lot:
        return form
    try:
        return form + lot_page(floor.ledger.history(TenantId(request.tenant), LotId(lot)))
    except UnknownRecord as error:
        return form + said(str(error))
