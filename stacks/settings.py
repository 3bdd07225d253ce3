"""What differs from environment to environment: typed, from the `environments` of the context in `cdk.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DataClass = Literal["public", "internal", "confidential", "restricted"]
Name = r"^[a-z][a-z0-9-]{0,62}$"


class InvalidSettings(ValueError):
    """The context cannot be deployed; the message names the environment and the field. The operator must act."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Settings):
    """The ledger's PostgreSQL on RDS. `engine_version` is a minor one: it changes when somebody says so."""

    engine_version: str = Field(pattern=r"^1[78]\.\d+$")
    instance: str = Field(pattern=r"^[a-z]\d[a-z]*\.[a-z0-9]+$")
    storage_gib: int = Field(ge=20, le=65_536)
    storage_gib_max: int = Field(ge=20, le=65_536)
    multi_az: bool
    backup_days: int = Field(ge=1, le=35)


class Principal(_Settings):
    """Who an IAM role is to the API."""

    tenant: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    roles: tuple[Literal["member", "admin", "operator", "worker"], ...] = Field(default=("member",), min_length=1)


class IngressSettings(_Settings):
    """How tasks come in.

    `api` is on the internet or inside the network only. Callers bring a token of the Cognito pool
    `jwt_user_pool_arn`, whose claims name their tenant; without a pool they sign with IAM, and `principals` says by the
    ARN of a role whose it is. Each of `tenants` gets an API key, which bounds it to the plan. Mail to any address of
    `mail_domain` is a task of `mail_tenant`.
    """

    api: Literal["public", "private"]
    jwt_user_pool_arn: str | None = Field(
        default=None, pattern=r"^arn:aws[\w-]*:cognito-idp:[\w-]+:\d{12}:userpool/\S+$"
    )
    principals: dict[str, Principal] = {}
    tenants: tuple[str, ...] = Field(default=("default",), min_length=1)
    requests_per_second: int = Field(default=50, ge=1, le=10_000)
    burst: int = Field(default=100, ge=1, le=5_000)
    requests_per_day: int = Field(default=100_000, ge=1)
    mail_domain: str | None = Field(default=None, pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")
    mail_tenant: str = Field(default="default", pattern=Name)


class JudgingSettings(_Settings):
    """Whose answers judge seats judge: a share of all, or of single tenants'; what one judgement may come to."""

    rate: float = Field(default=0.0, ge=0, le=1)
    tenants: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    ceiling_micros: int = Field(default=3_000, ge=3)


class Settings(_Settings):
    """One environment.

    `egress` is how functions reach AWS: by endpoints in subnets without any way out, or through a NAT gateway; never
    both. `bedrock_models` are the only models that may be called, by their ids without the prefix of a geography, and
    `bedrock_scope` says whether a profile may run one elsewhere in its geography. `data_class` is the least strict
    class of this installation: every document is treated as at least that. `concurrency` is how many executions each
    function has reserved and may have at once, `model_concurrency` the same of the one that calls models: it waits for
    them while the others are done in milliseconds. `account_concurrency` is the account's quota, of which all take.
    `sovereign` promises that nothing leaves the region and nothing comes in from the internet, and is held to it.
    Without `account` and `region` the stacks fit any.
    """

    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$")
    sovereign: bool = False
    egress: Literal["endpoints", "nat"]
    database: DatabaseSettings
    ingress: IngressSettings
    default_budget_micros: int = Field(ge=0)
    data_class: DataClass = "public"
    judging: JudgingSettings = JudgingSettings()
    bedrock_models: tuple[str, ...] = Field(min_length=1)
    bedrock_scope: Literal["region", "geography"] = "geography"
    concurrency: int = Field(ge=1, le=500)
    model_concurrency: int = Field(ge=1, le=10_000)
    account_concurrency: int = Field(default=1_000, ge=10)
    log_retention_days: Literal[7, 14, 30, 90, 365]
    retain_data: bool
    account: str | None = Field(default=None, pattern=r"^\d{12}$")
    region: str | None = Field(default=None, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")

    @model_validator(mode="after")
    def _keeps_its_promise(self) -> Self:
        """What a sovereign environment must not have, all of it at once."""
        broken = {
            "egress must be endpoints": self.egress != "endpoints",
            "ingress.api must be private": self.ingress.api != "private",
            "ingress.mail_domain must be absent": self.ingress.mail_domain is not None,
            "bedrock_scope must be region": self.bedrock_scope != "region",
            "data_class must be internal or stricter": self.data_class == "public",
            "retain_data must be true": not self.retain_data,
        }
        if self.sovereign and any(broken.values()):
            raise ValueError("sovereign: " + ", ".join(rule for rule, is_broken in broken.items() if is_broken))
        if self.database.storage_gib_max < self.database.storage_gib:
            raise ValueError("database.storage_gib_max is less than storage_gib")
        return self


def load_settings(environment: str, environments: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings of one environment.

    Raises:
        InvalidSettings: the environment is not described, or a field of it is missing, unknown or malformed.
    """
    if environment not in environments:
        known = ", ".join(sorted(environments))
        raise InvalidSettings(f"no environment {environment!r} in the context; there are: {known}")
    try:
        return Settings.model_validate({"environment": environment, **environments[environment]})
    except ValidationError as error:
        problems = "; ".join(_told(problem) for problem in error.errors())
        raise InvalidSettings(f"environment {environment!r}: {problems}") from error


def _told(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
