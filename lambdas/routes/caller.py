"""Who asks: the tenant and its roles come from what the authorizer vouches for, and from nothing a client can write."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any, Literal

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import Misconfigured, NotAllowed, NotSignedIn
from bidding.domain.ids import TenantId

Role = Literal["member", "admin", "operator", "worker"]
"""`admin` sets its tenant's budgets, `operator` the installation's seats, `worker` does deferred lots and no more."""

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ROLES: frozenset[Role] = frozenset({"member", "admin", "operator", "worker"})
_ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d+):assumed-role/([^/]+)/.+")


@dataclass(frozen=True, slots=True)
class Caller:
    """One principal of one tenant. `subject` names it in the ledger."""

    tenant: TenantId
    roles: frozenset[Role]
    subject: str

    def must_be(self, *roles: Role) -> None:
        """Raises NotAllowed for a caller with none of these roles."""
        if not self.roles & set(roles):
            raise NotAllowed(f"this needs the role {' or '.join(roles)}; you have {', '.join(sorted(self.roles))}")


def caller() -> Caller:
    """Who sent the request that is being answered. Raises NotSignedIn."""
    return caller_of(BaseRouter.current_event.raw_event)


def member() -> Caller:
    """The same, for routes that show a tenant's data. Raises NotAllowed for a worker."""
    who = caller()
    who.must_be("member", "admin", "operator")
    return who


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The principal of an API Gateway event: claims of a JWT, context of an authorizer, or an IAM role.

    Raises NotSignedIn where the event names none, or a tenant that cannot be one.
    """
    context = event.get("requestContext") or {}
    authorizer = context.get("authorizer") or {}
    claims = authorizer.get("claims") or authorizer
    if "custom:tenant" in claims:
        return _caller(claims["custom:tenant"], claims.get("cognito:groups", ""), str(claims.get("sub", "unknown")))
    arn = (context.get("identity") or {}).get("userArn")
    if arn:
        return _of_principal(_role_arn(arn))
    raise NotSignedIn("sign the request with IAM, or send the token of a user that has a tenant")


def _caller(tenant: object, groups: object, subject: str) -> Caller:
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise NotSignedIn("the token names no tenant")
    named = groups if isinstance(groups, list) else re.split(r"[,\s\[\]]+", str(groups))
    roles: frozenset[Role] = frozenset(role for role in _ROLES if role in named)
    return Caller(TenantId(tenant), roles or frozenset({"member"}), subject[:128])


def _of_principal(arn: str) -> Caller:
    """An IAM role as `ATOMIC_PRINCIPALS` has it: `{role arn: {"tenant": …, "roles": […]}}`."""
    try:
        principals = json.loads(os.environ.get("ATOMIC_PRINCIPALS", "{}"))
    except ValueError as error:
        raise Misconfigured("ATOMIC_PRINCIPALS is no JSON object of role ARNs") from error
    known = principals.get(arn)
    if known is None:
        raise NotSignedIn(f"{arn} belongs to no tenant of this installation")
    return _caller(known.get("tenant"), known.get("roles", []), arn.rpartition("/")[2])


def _role_arn(arn: str) -> str:
    """The role behind a session of it."""
    matched = _ASSUMED.fullmatch(arn)
    return f"arn:{matched[1]}:iam::{matched[2]}:role/{matched[3]}" if matched else arn
