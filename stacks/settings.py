"""What differs from environment to environment: typed, from the `environments` of the context in `cdk.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class InvalidSettings(ValueError):
    """The context cannot be deployed; the message names the environment and the field. The operator must act."""


class Settings(BaseModel):
    """One environment.

    `database_secret` is the name of a Secrets Manager secret that exists already, with a Postgres URL in its field
    `url`: the market does not make its own database yet. `bedrock_models` are the only models that may be called,
    by their ids without the prefix of a geography. Without `account` and `region` the stack fits any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$")
    database_secret: str = Field(pattern=r"^[A-Za-z0-9/_+=.@-]+$", max_length=512)
    default_budget_micros: int = Field(ge=0)
    bedrock_models: tuple[str, ...] = Field(min_length=1)
    log_retention_days: Literal[7, 14, 30, 90, 365]
    retain_data: bool
    account: str | None = Field(default=None, pattern=r"^\d{12}$")
    region: str | None = Field(default=None, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")


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
        problems = "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())
        raise InvalidSettings(f"environment {environment!r}: {problems}") from error
