"""Serve the API of an open stack until told to stop."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from bidding.domain.ids import TenantId
from stacks.local.errors import AddressInUse
from stacks.local.web.app import WebApp
from stacks.local.web.gate import EVERYTHING, Gate, is_loopback, keep_token

_STOPPING_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: taken before the stack opens, so that the stack can name it."""

    host: str
    port: int
    listener: socket.socket

    @property
    def url(self) -> str:
        """How a browser on this machine reaches it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def bind(host: str, port: int) -> Address:
    """Take the address; port 0 takes any. Raises AddressInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio turns Nagle's algorithm off: answers would wait 40 ms for the client's word.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # whoever comes before the server runs waits
    except OSError as error:
        listener.close()
        raise AddressInUse(f"{host}:{port} cannot be served at: {error.strerror}; choose another --port") from error
    return Address(host, listener.getsockname()[1], listener)


def gate_of(home: Path, host: str, names: frozenset[str] = frozenset()) -> Gate:
    """The gate of a home: its tokens, and beyond loopback a link for one sign-in."""
    tokens = {keep_token(home, "api"): EVERYTHING, keep_token(home, "worker"): "worker"}
    return Gate(host, names, tokens, None if is_loopback(host) else secrets.token_urlsafe(24))


def server_of(gate: Gate, tenant: TenantId) -> uvicorn.Server:
    """A server for the stack that is open in this process."""
    config = uvicorn.Config(
        WebApp(gate, tenant),
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOPPING_SECONDS,
    )
    return uvicorn.Server(config)


@contextmanager
def serving(server: uvicorn.Server, address: Address) -> Iterator[None]:
    """Serve in a thread for as long as the context lasts, beside whatever else this process does."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [address.listener]}, name="api", daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join()
