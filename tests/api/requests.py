"""Requests as API Gateway hands them to the function, from a principal of a tenant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lambdas import api
from stacks.local.web.gateway import HttpRequest, context, proxy_event


@dataclass(frozen=True)
class Answer:
    """A response: its status, its headers, and its body as JSON."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Client:
    """A principal; `call` sends a request to the function of the API."""

    tenant: str = "default"
    roles: str = "member"

    def call(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Answer:
        """`body` is sent as JSON, bytes as a mail."""
        kind = "message/rfc822" if isinstance(body, bytes) else "application/json"
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        request = HttpRequest(method, path, query, {"content-type": kind, **named}, raw)
        return answer_of(api.handler(proxy_event(request, self.tenant, self.roles), context()))


def answer_of(response: dict[str, Any]) -> Answer:
    """A response of the function in the proxy format."""
    headers = {name: values[-1] for name, values in (response.get("multiValueHeaders") or {}).items()}
    body = response.get("body")
    is_json = "json" in headers.get("Content-Type", "json")
    return Answer(response["statusCode"], headers, json.loads(body) if body and is_json else body)
