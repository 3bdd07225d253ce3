"""Who is let in: the checks that API Gateway, its authorizer and a browser's origin make in the cloud.

Requests must name this server as their host, so that a name rebound to this machine is refused; what changes something
must come from this server's own page or from no page at all. Beyond loopback everybody needs a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

EVERYTHING = "member,admin,operator,worker"
COOKIE = "atomic_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_BODY_TYPES = ("application/json", "message/rfc822", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that goes no further."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """Roles of whoever sent the request, as a claim has them."""

    roles: str


@dataclass(slots=True)
class Gate:
    """Decides by headers alone. `host` is where the server listens, `names` what else it may be called."""

    host: str
    names: frozenset[str] = frozenset()
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Roles by token; the whole set is checked in constant time."""
    link_code: str | None = None
    """Good for one sign-in of a browser."""
    _sessions: set[str] = field(default_factory=set)

    @property
    def needs_token(self) -> bool:
        """Beyond loopback, everybody is somebody else."""
        return not is_loopback(self.host)

    def check(self, method: str, headers: Mapping[str, str]) -> Admitted | Refused:
        """`headers` by lower-case name."""
        host = host_name(headers.get("host", ""))
        if host not in self._own_names():
            return Refused(421, "this server is not called that: use the address that `atomic serve` printed")
        if refused := self._foreign(method, headers):
            return refused
        roles = self._roles(headers)
        if roles is None:
            return Refused(401, "send `Authorization: Bearer TOKEN`, or open the link that `atomic serve` printed")
        return Admitted(roles)

    def sign_in(self, code: str) -> str | None:
        """The cookie for a browser that brings the code of the link, once."""
        if self.link_code is None or not hmac.compare_digest(code.encode(), self.link_code.encode()):
            return None
        self.link_code = None
        session = secrets.token_urlsafe(32)
        self._sessions.add(session)
        return f"{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/"

    def _own_names(self) -> frozenset[str]:
        loopback = _LOOPBACK_NAMES if is_loopback(self.host) else frozenset()
        return loopback | self.names | {self.host.lower()}

    def _foreign(self, method: str, headers: Mapping[str, str]) -> Refused | None:
        """Another site's page may send requests, but must not have them answered or obeyed."""
        site = headers.get("sec-fetch-site", "none")
        navigation = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site not in {"same-origin", "none"} and not navigation:
            return Refused(403, "another site's page may not use this server")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            return Refused(403, "another site's page may not use this server")
        body_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if method not in SAFE_METHODS and has_body and body_type not in _BODY_TYPES:
            return Refused(415, f"send one of {', '.join(_BODY_TYPES)}")
        return None

    def _roles(self, headers: Mapping[str, str]) -> str | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._roles_of(token.strip())
        if _cookie(headers.get("cookie", "")) in self._sessions:
            return EVERYTHING
        return None if self.needs_token else EVERYTHING

    def _roles_of(self, token: str) -> str | None:
        found = None
        for known, roles in self.tokens.items():
            if hmac.compare_digest(known.encode(), token.encode()):
                found = roles
        return found


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def keep_token(home: Path, name: Literal["api", "worker"]) -> str:
    """The token of this home by that name, made at first; its file is for its owner alone."""
    path = home / "keys" / f"{name}-token"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        token = secrets.token_urlsafe(32)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(token)
        return token


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
