"""FoldPolicy: fold pending outcomes into the next policy version."""

from __future__ import annotations

from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from bidding.services.learning import fold_policy
from lambdas.wire import state
from schemas.execution import FoldedPolicy, FoldRequest


@state(FoldRequest)
def handler(market: Market, request: FoldRequest) -> FoldedPolicy:
    """Raises PolicyMoved where another fold was quicker; a retry then reads again."""
    return FoldedPolicy(policy_version=fold_policy(market, TenantId(request.tenant)))
