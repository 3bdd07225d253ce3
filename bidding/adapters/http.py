"""Calls over HTTP to servers that are not ours: one attempt, a deadline for all of it, a bound on what is read.

httpx bounds the silence between two bytes; a server that drips would hold a call for ever. So bytes are read as they
come, and the clock is looked at between them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import EngineFailure

CONNECT_SECONDS = 3.0
BYTES_MAX = 2_000_000
"""An answer of the largest type has a tenth of it."""
KEPT_ALIVE = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `status` is HTTP's."""

    status: int
    body: bytes


class HttpCaller:
    """Makes the calls. May be shared by threads. No proxy and no redirect is followed: data goes where a seat says."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_ms: int) -> Reply:
        """Raises EngineFailure `too_slow` or `unavailable`; `started` is False where no connection was made."""
        with self._opened(url, body, headers, timeout_ms) as (status, chunks):
            return Reply(status, b"".join(chunks))

    @contextmanager
    def stream(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_ms: int
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        """The status, and the lines of the answer as they come. Raises what `post` raises, also between two lines."""
        with self._opened(url, body, headers, timeout_ms) as (status, chunks):
            yield status, _lines(chunks)

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                self._made = httpx.Client(
                    trust_env=False, limits=httpx.Limits(max_keepalive_connections=KEPT_ALIVE, keepalive_expiry=5.0)
                )
            return self._made

    @contextmanager
    def _opened(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_ms: int
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        deadline = time.monotonic() + timeout_ms / 1_000
        seconds = max(0.001, timeout_ms / 1_000)
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        try:
            with self._client().stream("POST", url, content=body, headers=dict(headers), timeout=timeout) as answer:
                yield answer.status_code, _in_time(answer.iter_bytes(), deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise EngineFailure("unavailable", f"no connection: {error}"[:300], started=False) from error
        except httpx.TimeoutException as error:
            raise EngineFailure("too_slow", f"no answer within {timeout_ms} ms") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise EngineFailure("unavailable", f"{type(error).__name__}: {error}"[:300]) from error


def _in_time(chunks: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > BYTES_MAX:
            raise EngineFailure("invalid", f"the answer has more than {BYTES_MAX} bytes")
        if time.monotonic() > deadline:
            raise EngineFailure("too_slow", "the answer was still dripping in when its time was over")
        yield chunk


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
