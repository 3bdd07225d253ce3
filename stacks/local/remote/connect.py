"""Which API a command talks to: this home's own, in this process, unless a profile names another."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from stacks.local.commands.output import existing, open_stack
from stacks.local.errors import ApiUnreachable
from stacks.local.remote.client import Api, http_client

URL_VARIABLE = "ATOMIC_API_URL"
TOKEN_VARIABLE = "ATOMIC_API_TOKEN"  # noqa: S105  the name of a variable
_HERE = "http://in-this-process"


class Bearer(httpx.Auth):
    """Sends a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add it to each request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class SignedByIam(httpx.Auth):
    """Signs requests with AWS Signature Version 4, for an API that asks for IAM."""

    requires_request_body = True

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign as it is sent: a changed header or body would not be accepted."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise ApiUnreachable("there are no AWS credentials: name a profile in ATOMIC_AWS_PROFILE, or sign in")
        headers = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        unsigned = AWSRequest(request.method, str(request.url), headers=headers, data=request.content)
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(unsigned)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            if name in unsigned.headers:
                request.headers[name] = unsigned.headers[name]
        yield request


@contextmanager
def connect(profile: str | None, home: Path) -> Iterator[Api]:
    """The API of a profile: `aws` for the address in ATOMIC_API_URL, None for this home in this process."""
    if profile is None:
        from stacks.local.remote.in_process import InProcess  # noqa: PLC0415  imports all of the API

        with open_stack(existing(home)) as stack, http_client(_HERE, None, InProcess(stack.tenant)) as http:
            yield Api(http)
        return
    with http_client(*_remote()) as http:
        yield Api(http)


def _remote() -> tuple[str, httpx.Auth | None]:
    url = os.environ.get(URL_VARIABLE)
    if not url:
        raise ApiUnreachable(f"set {URL_VARIABLE} to the address of the API, an output of the deployed stack")
    return url, auth_for(url, os.environ.get(TOKEN_VARIABLE))


def auth_for(url: str, token: str | None) -> httpx.Auth | None:
    """A token where there is one, IAM for an API of AWS, nothing for a server that asks for nothing."""
    if token:
        return Bearer(token)
    region = _region(url)
    if region is None:
        return None
    try:
        session = boto3.Session(profile_name=os.environ.get("ATOMIC_AWS_PROFILE"))
    except BotoCoreError as error:
        raise ApiUnreachable(str(error)) from error
    return SignedByIam(session, region)


def _region(url: str) -> str | None:
    """The region in an address such as `https://ID.execute-api.REGION.amazonaws.com/STAGE`."""
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[2] if len(parts) > 3 and parts[1] == "execute-api" else None
