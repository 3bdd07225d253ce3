"""A client of the API: the same calls whether the function runs in this process, behind a server, or in the cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from stacks.local.errors import ApiRefused, ApiUnreachable

_TIMEOUT_S = 30.0
_TRIES = 3


class Api:
    """JSON in, JSON out. Raises ApiRefused with the sentence of a problem, ApiUnreachable where nobody answers."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, **query: str | int | None) -> Any:
        """The document at a path."""
        return self._answer(self._http.build_request("GET", path, params=_given(query)))

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        """Send a document; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._answer(self._http.build_request("POST", path, json=body, headers=named))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send a change."""
        return self._answer(self._http.build_request("PATCH", path, json=body))

    def upload(self, document: bytes) -> str:
        """Put a document that is too large for a request; its id, to be submitted."""
        offered = self.post("/uploads")
        answer = self._sent(httpx.Request("PUT", offered["put_url"], content=document, headers=_BINARY), direct=True)
        if answer.is_error:
            raise ApiRefused(f"the upload was refused: {answer.status_code}")
        return str(offered["upload_id"])

    def pages(self, path: str, items: str, **query: str | int | None) -> Iterator[Any]:
        """Every item of a list, page by page."""
        after: str | int | None = None
        while True:
            page = self.get(path, **query, after=after)
            yield from page[items]
            after = page["next"]
            if after is None:
                return

    def _answer(self, request: httpx.Request) -> Any:
        for attempt in range(1, _TRIES + 1):
            answer = self._sent(request)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE or request.method != "GET" or attempt == _TRIES:
                break
        if answer.is_error:
            raise ApiRefused(_sentence(answer))
        return answer.json()

    def _sent(self, request: httpx.Request, direct: bool = False) -> httpx.Response:
        try:
            return self._http.send(request, auth=None) if direct else self._http.send(request)
        except httpx.HTTPError as error:
            raise ApiUnreachable(f"{request.url.host} does not answer: {error}") from error


_BINARY = {"Content-Type": "application/octet-stream"}


def _given(query: Mapping[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in query.items() if value is not None}


def _sentence(answer: httpx.Response) -> str:
    try:
        return f"{answer.json()['detail']} ({answer.status_code})"
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"


def http_client(base_url: str, auth: httpx.Auth | None, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client of one address."""
    return httpx.Client(base_url=base_url, auth=auth, transport=transport, timeout=_TIMEOUT_S)
