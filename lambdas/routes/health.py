"""Whether the API answers. The one route that asks for no caller."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.api_gateway import Router

from lambdas.environment import market
from schemas.api.answers import Health

router = Router()


@router.get("/health", tags=["health"], summary="Whether the API and its ledger answer", security=[])
def health() -> Health:
    """503 where the ledger does not."""
    market().ledger.seats()
    return Health(status="ok")
