"""MigrateLedger: what a deployment asks of the database, before anything that needs the new schema is deployed."""

from __future__ import annotations

from typing import Any

from lambdas.deployment import deployment_step
from lambdas.environment import migrate


@deployment_step(physical_id="atomic-ledger-schema")
def handler(_event: dict[str, Any]) -> dict[str, Any]:
    """The migrations applied; none where the schema was current. A failed one rolls the deployment back."""
    return {"Applied": ",".join(migrate())}
