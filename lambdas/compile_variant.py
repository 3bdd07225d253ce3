"""CompileVariant: search for a prompt that answers a tenant's verified lots better, and let it bid as a challenger."""

from __future__ import annotations

from bidding.domain.ids import SeatId, TenantId
from bidding.ports.market import Market
from bidding.services.adaptation import adapt_seat
from lambdas.environment import compiler
from lambdas.wire import state
from schemas.adaptation import CompiledVariant, CompileRequest


@state(CompileRequest)
def handler(market: Market, request: CompileRequest) -> CompiledVariant:
    """The one function that imports DSPy, at its first call. Raises InvalidRequest where too little is verified."""
    adaptation = adapt_seat(
        market,
        compiler(),
        TenantId(request.tenant),
        request.kind,
        SeatId(request.seat_id),
        request.optimizer,
        request.exploration_micros,
    )
    compiled, registered = adaptation.compiled, adaptation.registered
    return CompiledVariant(
        variant=registered.seat_id if registered else None,
        instruction=compiled.instruction,
        demonstrations=compiled.demonstrations,
        right=compiled.right,
        base_right=compiled.base_right,
        examined=compiled.examined,
    )
