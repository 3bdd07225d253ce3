"""The API: one function, its routes in `lambdas/routes`. The same one answers API Gateway and `atomic serve`."""

from __future__ import annotations

import logging
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from bidding.domain.events import place_of
from lambdas.environment import market, trace_header
from lambdas.routes import (
    approvals,
    health,
    lots,
    money,
    page,
    problems,
    receipts,
    replays,
    seats,
    statistics,
    tasks,
    work,
)

_LOG = logging.getLogger(__name__)

app = APIGatewayRestResolver(enable_validation=True)
problems.install(app)
for module in (health, tasks, lots, approvals, seats, money, statistics, replays, receipts, work, page):
    app.include_router(module.router)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of a REST API, in API Gateway's proxy format."""
    try:
        observer = market().observer
    except Exception as error:  # there is nobody to tell yet: the log has its class and its place, never its words
        _LOG.error("the market was not set up: %s at %s", type(error).__name__, place_of(error))
        return problems.of_fault(error)
    try:
        with observer.invocation("api", {"request_id": context.aws_request_id}, trace_header()):
            return app.resolve(event, context)
    except Exception as error:  # the last to see it: the observer was told, the client gets a problem
        return problems.of_fault(error)
