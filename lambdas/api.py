"""The API: one function, its routes in `lambdas/routes`. The same one answers API Gateway and `atomic serve`."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from lambdas.routes import health, lots, money, problems, receipts, replays, seats, tasks

app = APIGatewayRestResolver(enable_validation=True)
problems.install(app)
for module in (health, tasks, lots, seats, money, replays, receipts):
    app.include_router(module.router)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of a REST API, in API Gateway's proxy format."""
    return app.resolve(event, context)
