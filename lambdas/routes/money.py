"""What may be spent, what is held, and how spending is paced."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body

from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from lambdas.environment import market
from lambdas.routes.caller import caller, member
from schemas.api.answers import Budget, Money, Pacing
from schemas.api.requests import BudgetLimit

router = Router()


@router.get("/money", tags=["money"], summary="Budgets and pace")
def show_money() -> Money:
    """Budgets as they stand in the current hour, day and month."""
    return _money(market(), member().tenant)


@router.put("/money/budgets", tags=["money"], summary="Set a limit (admin)")
def set_budget(limit: Annotated[BudgetLimit, Body()]) -> Money:
    """A hold must fit into every budget that applies to it; a limit below what is spent and held is refused."""
    who, of_market = caller(), market()
    who.must_be("admin", "operator")
    of_market.ledger.set_budget(who.tenant, limit.limit_micros, limit.scope, limit.window, of_market.clock())
    return _money(of_market, who.tenant)


def _money(of_market: Market, tenant: TenantId) -> Money:
    now_ms = of_market.clock()
    budgets = []
    for each in (scoped.at(now_ms) for scoped in of_market.ledger.budgets(tenant)):
        limit, held, spent = each.budget.limit_micros, each.budget.held_micros, each.budget.spent_micros
        budgets.append(
            Budget(
                scope=each.scope,
                window=each.window,
                limit_micros=limit,
                held_micros=held,
                spent_micros=spent,
                left_micros=max(0, limit - held - spent),
            )
        )
    policy = of_market.ledger.current(tenant)
    pace = Pacing.model_validate({name: getattr(policy.state.pace, name) for name in Pacing.model_fields})
    return Money(budgets=tuple(budgets), pace=pace, policy_version=policy.version)
