"""The ASGI application of `atomic serve`: gate, uploads, and the function of the API behind one door."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from bidding.domain.ids import TenantId
from bidding.services.submissions import upload_key
from lambdas import api
from lambdas.environment import market
from stacks.local.web.gate import Admitted, Gate, Refused
from stacks.local.web.gateway import HttpRequest, HttpResponse, context, proxy_event, response_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_BYTES_MAX = 6 * 1024 * 1024
"""As much as a function is given."""
UPLOAD_BYTES_MAX = 30 * 1024 * 1024
_UPLOAD = re.compile(r"/uploads/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class WebApp:
    """One installation's API and page, for one tenant.

    Powertools keeps the request that is being answered in class attributes: requests are answered one at a time, as an
    instance of a function answers them. No route waits for a model.
    """

    def __init__(self, gate: Gate, tenant: TenantId) -> None:
        self._gate = gate
        self._tenant = tenant
        self._one_at_a_time = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Anything but HTTP is not spoken."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        request = HttpRequest(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, b"")
        response = self._sign_in(request) or await self._admit(request, receive)
        await _send(send, response)

    def _sign_in(self, request: HttpRequest) -> HttpResponse | None:
        """The link that `atomic serve` printed: its code becomes a cookie and leaves the address."""
        codes = parse_qs(request.query).get("code")
        if request.path != "/" or not codes:
            return None
        cookie = self._gate.sign_in(codes[0])
        if cookie is None:
            return _problem(401, "this link was used, or is of another start of `atomic serve`")
        return HttpResponse(303, {"Location": "/", "Set-Cookie": cookie}, b"")

    async def _admit(self, request: HttpRequest, receive: Receive) -> HttpResponse:
        checked = self._gate.check(request.method, request.headers)
        if isinstance(checked, Refused):
            return _problem(checked.status, checked.detail)
        upload = _UPLOAD.fullmatch(request.path) if request.method == "PUT" else None
        body = await _read(receive, UPLOAD_BYTES_MAX if upload else BODY_BYTES_MAX)
        if body is None:
            return _problem(413, "the body is too large: POST /uploads, then submit its id")
        full = HttpRequest(request.method, request.path, request.query, request.headers, body)
        if upload:
            return await asyncio.to_thread(self._take_upload, upload[1], full)
        return await asyncio.to_thread(self._call, full, checked)

    def _call(self, request: HttpRequest, admitted: Admitted) -> HttpResponse:
        event = proxy_event(request, self._tenant, admitted.roles)
        with self._one_at_a_time:
            return response_of(api.handler(event, context()))

    def _take_upload(self, upload_id: str, request: HttpRequest) -> HttpResponse:
        market().documents.put(upload_key(self._tenant, upload_id), request.body)
        return HttpResponse(200, {}, b"")


async def _read(receive: Receive, most: int) -> bytes | None:
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _problem(status: int, detail: str) -> HttpResponse:
    document = {"type": "about:blank", "title": "refused", "status": status, "detail": detail}
    return HttpResponse(status, {"Content-Type": "application/problem+json"}, json.dumps(document).encode())


async def _send(send: Send, response: HttpResponse) -> None:
    own = {"Cache-Control": "no-store", **SECURITY_HEADERS}
    headers = {**own, **response.headers, "Content-Length": str(len(response.body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": response.body})
