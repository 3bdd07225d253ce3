"""The environment of a function: the one place that reads variables, typed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bidding.bootstrap import (
    Settings,
    build_market,
    build_notary,
    build_receipts,
    build_uploads,
    build_workflows,
    close_markets,
)
from bidding.domain.errors import Misconfigured
from bidding.notary import Notary, ReceiptStore
from bidding.ports import Market
from bidding.workflow_port import Uploads, Workflows


class Environment(BaseModel):
    """Variables that every function gets; `stacks/` and `stacks/local/` set the same ones.

    The signing key and the place of anchors go to the function that seals, and no other.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    database_url: str = Field(alias="ATOMIC_DATABASE_URL", min_length=1)
    bucket: str = Field(alias="ATOMIC_BUCKET", min_length=3)
    default_budget_micros: int = Field(alias="ATOMIC_DEFAULT_BUDGET_MICROS", ge=0)
    cache_dir: Path | None = Field(alias="ATOMIC_CACHE_DIR", default=None)
    script: Path | None = Field(alias="ATOMIC_SCRIPT", default=None)
    no_bedrock: str | None = Field(alias="ATOMIC_NO_BEDROCK", default=None)
    signing_key: str | None = Field(alias="ATOMIC_SIGNING_KEY", default=None)
    anchors: str | None = Field(alias="ATOMIC_ANCHORS", default=None)
    audit_url: str | None = Field(alias="ATOMIC_AUDIT_URL", default=None)
    machines: str | None = Field(alias="ATOMIC_MACHINES", default=None)
    upload_base: str | None = Field(alias="ATOMIC_UPLOAD_BASE", default=None)
    observability: Literal["on", "off"] = Field(alias="ATOMIC_OBSERVABILITY", default="on")
    traces: Literal["console", "otlp"] | None = Field(alias="ATOMIC_TRACES", default=None)
    lambda_name: str | None = Field(alias="AWS_LAMBDA_FUNCTION_NAME", default=None)


def market() -> Market:
    """The market of this environment. Raises Misconfigured, naming the variable."""
    return build_market(_settings())


def notary() -> Notary:
    """What seals and verifies this environment's ledger. Raises Misconfigured, naming the variable."""
    return build_notary(_settings())


def receipts() -> ReceiptStore:
    """The receipts of this environment's ledger, to read."""
    return build_receipts(_settings())


def workflows() -> Workflows:
    """What starts and wakes the state machines of this environment."""
    return build_workflows(_settings())


def uploads() -> Uploads:
    """Where clients of this environment put large documents."""
    return build_uploads(_settings())


def owner() -> str:
    """Who claims the tasks that are started from here: one process on one machine, the installation in the cloud."""
    return os.environ.get("ATOMIC_OWNER", "cloud")


def _settings() -> Settings:
    try:
        environment = Environment.model_validate(dict(os.environ))
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise Misconfigured(f"set these environment variables of the function: {names}") from error
    given = environment.model_dump(exclude={"lambda_name"})
    return Settings(**given, frozen_between_calls=environment.lambda_name is not None)


def trace_header() -> str | None:
    """The trace of whoever called this function, as the Lambda runtime sets it before each call."""
    return os.environ.get("_X_AMZN_TRACE_ID")


def forget_market() -> None:
    """Close and forget what was built, so that the next call builds anew: for a process that hosts several stacks."""
    close_markets()
