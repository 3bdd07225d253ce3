"""The environment of a function: the one place that reads variables, typed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError

from bidding.bootstrap import (
    Settings,
    build_compiler,
    build_market,
    build_notary,
    build_receipts,
    build_uploads,
    build_workflows,
    close_markets,
    prepare_ledger,
)
from bidding.domain.errors import Misconfigured
from bidding.domain.judging import NOBODY_JUDGED, ROUNDS_MAX, JudgingTerms
from bidding.domain.seats import DataClass
from bidding.ports.market import Market

if TYPE_CHECKING:
    from bidding.notary import Notary, ReceiptStore
    from bidding.ports.adaptation import VariantCompiler
    from bidding.ports.workflows import Uploads, Workflows

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Variables = TypeVar("Variables", bound=BaseModel)


class JudgingVariable(BaseModel):
    """Whose answers judge seats judge: a JSON object. See `bidding.domain.judging.JudgingTerms`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rate: Share = 0.0
    tenants: dict[str, Share] = {}
    ceiling_micros: int = Field(default=NOBODY_JUDGED.ceiling_micros, ge=ROUNDS_MAX)

    def terms(self) -> JudgingTerms:
        """As the domain has it."""
        return JudgingTerms(self.rate, tuple(sorted(self.tenants.items())), self.ceiling_micros)


class Environment(BaseModel):
    """Variables that every function gets; `stacks/` and `stacks/local/` set the same ones.

    The signing key and the place of anchors go to the function that seals, and no other.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)

    database_url: str = Field(alias="ATOMIC_DATABASE_URL", min_length=1)
    bucket: str = Field(alias="ATOMIC_BUCKET", min_length=3)
    default_budget_micros: int = Field(alias="ATOMIC_DEFAULT_BUDGET_MICROS", ge=0)
    cache_dir: Path | None = Field(alias="ATOMIC_CACHE_DIR", default=None)
    script: Path | None = Field(alias="ATOMIC_SCRIPT", default=None)
    no_bedrock: str | None = Field(alias="ATOMIC_NO_BEDROCK", default=None)
    signing_key: str | None = Field(alias="ATOMIC_SIGNING_KEY", default=None)
    anchors: str | None = Field(alias="ATOMIC_ANCHORS", default=None)
    audit_url: str | None = Field(alias="ATOMIC_AUDIT_URL", default=None)
    data_class: DataClass = Field(alias="ATOMIC_DATA_CLASS", default="public")
    judging: Json[JudgingVariable] = Field(alias="ATOMIC_JUDGING", default_factory=JudgingVariable)
    machines: str | None = Field(alias="ATOMIC_MACHINES", default=None)
    upload_base: str | None = Field(alias="ATOMIC_UPLOAD_BASE", default=None)
    observability: Literal["on", "off"] = Field(alias="ATOMIC_OBSERVABILITY", default="on")
    traces: Literal["console", "otlp"] | None = Field(alias="ATOMIC_TRACES", default=None)
    lambda_name: str | None = Field(alias="AWS_LAMBDA_FUNCTION_NAME", default=None)


class OwnerEnvironment(BaseModel):
    """Variables of MigrateLedger, the one function that signs in as the database's owner."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)

    secret: str = Field(alias="ATOMIC_OWNER_SECRET", min_length=1)
    host: str = Field(alias="ATOMIC_LEDGER_HOST", min_length=1)
    database: str = Field(alias="ATOMIC_LEDGER_NAME", min_length=1)


def market() -> Market:
    """The market of this environment. Raises Misconfigured, naming the variable."""
    return build_market(_settings())


def compiler() -> VariantCompiler:
    """What compiles variants in this environment. Raises Misconfigured, naming the variable."""
    return build_compiler(_settings())


def notary() -> Notary:
    """What seals and verifies this environment's ledger. Raises Misconfigured, naming the variable."""
    return build_notary(_settings())


def migrate() -> list[str]:
    """Bring the database up to date; the migrations applied. Raises Misconfigured, naming the variable."""
    owner = _read(OwnerEnvironment)
    return prepare_ledger(owner.secret, owner.host, owner.database)


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
    environment = _read(Environment)
    given = environment.model_dump(exclude={"lambda_name", "judging"})
    frozen = environment.lambda_name is not None
    return Settings(**given, judging=environment.judging.terms(), frozen_between_calls=frozen)


def _read(model: type[Variables]) -> Variables:
    try:
        return model.model_validate(dict(os.environ))
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise Misconfigured(f"set these environment variables of the function: {names}") from error


def trace_header() -> str | None:
    """The trace of whoever called this function, as the Lambda runtime sets it before each call."""
    return os.environ.get("_X_AMZN_TRACE_ID")


def forget_market() -> None:
    """Close and forget what was built, so that the next call builds anew: for a process that hosts several stacks."""
    close_markets()
