"""The function of the API, called without a server."""

from __future__ import annotations

import httpx

from lambdas import api
from stacks.local.web.gate import EVERYTHING
from stacks.local.web.gateway import HttpRequest, context, proxy_event, response_of


class InProcess(httpx.BaseTransport):
    """Hands a request to the function as API Gateway would, for the owner of the home. Not for several threads."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer it here."""
        url = request.url
        headers = {name.lower(): value for name, value in request.headers.items()}
        sent = HttpRequest(request.method, url.path, url.query.decode(), headers, request.read())
        answer = response_of(api.handler(proxy_event(sent, self._tenant, EVERYTHING), context()))
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)
