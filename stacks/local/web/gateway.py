"""A request as API Gateway would hand it to the function of the API, and its answer back."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from stacks.local.aws.functions import LambdaContext

_TIMEOUT_S = 29.0
_NOT_PASSED_ON = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What came over the wire; `headers` by lower-case name."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def proxy_event(request: HttpRequest, tenant: str, roles: str) -> dict[str, Any]:
    """The event of a REST API with proxy integration, version 1.0.

    The claims are what this server vouches for. Credentials stay here, as an authorizer keeps them.
    """
    headers = {name: value for name, value in request.headers.items() if name not in _NOT_PASSED_ON}
    query = parse_qs(request.query, keep_blank_values=True)
    text, is_base64 = _body(request)
    return {
        "resource": "/{proxy+}",
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": request.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "stage": "local",
            "requestId": str(uuid.uuid4()),
            "resourcePath": "/{proxy+}",
            "httpMethod": request.method,
            "identity": {"sourceIp": "127.0.0.1"},
            "authorizer": {"claims": {"sub": "local", "custom:tenant": tenant, "cognito:groups": roles}},
        },
        "body": text,
        "isBase64Encoded": is_base64,
    }


def response_of(answer: Mapping[str, Any]) -> HttpResponse:
    """What a function answered, in API Gateway's proxy format."""
    body = answer.get("body") or ""
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    headers = {name: values[-1] for name, values in (answer.get("multiValueHeaders") or {}).items() if values}
    return HttpResponse(int(answer["statusCode"]), {**headers, **(answer.get("headers") or {})}, raw)


def context() -> LambdaContext:
    """The context of one call."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Api"
    return LambdaContext(str(uuid.uuid4()), "Api", arn, 512, deadline=time.monotonic() + _TIMEOUT_S)


def _body(request: HttpRequest) -> tuple[str | None, bool]:
    """Text where it is JSON, as API Gateway passes it on, else base64."""
    if not request.body:
        return None, False
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True
