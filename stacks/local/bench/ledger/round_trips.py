"""Round trips per auction, counted on the wire by a proxy that knows nothing of the protocol.

A round trip is a reply that follows a request: the number of times the direction turns from server to client.
"""

from __future__ import annotations

import select
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bidding.domain.ids import TenantId
from stacks.local.bench.made_up_auctions import auctions, award_auction, put_lots
from stacks.local.bench.scratch_server import now_ms, open_ledger

_SOCKET = ".s.PGSQL.5432"
_BLOCK_BYTES = 65_536


@dataclass
class Turns:
    """How often a reply followed a request since the proxy started."""

    counted: int = 0


def count_round_trips(dsn: str, tenant: TenantId, number: int = 50) -> list[int]:
    """Round trips of each of `number` auctions, through a session that is open already."""
    with _counting_proxy(dsn) as (proxied, turns):
        ledger = open_ledger(proxied)
        supply = auctions(put_lots(ledger, tenant, 1, now_ms()))
        trips = []
        for _ in range(number):
            before = turns.counted
            award_auction(ledger, tenant, next(supply))
            trips.append(turns.counted - before)
        ledger.close()
    return trips


@contextmanager
def _counting_proxy(dsn: str) -> Iterator[tuple[str, Turns]]:
    """A socket that leads to the server of `dsn`, one session at a time, and the count of its turns."""
    turns = Turns()
    target = str(Path(str(conninfo_to_dict(dsn)["host"])) / _SOCKET)
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/{_SOCKET}")
        listener.listen()
        thread = threading.Thread(target=_serve, args=(listener, target, turns), name="counting-proxy")
        thread.start()
        try:
            yield make_conninfo(dsn, host=folder), turns
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, target: str, turns: Turns) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # it was shut down
            return
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(target)
            _relay(client, server, turns)


def _relay(client: socket.socket, server: socket.socket, turns: Turns) -> None:
    asked = False
    while True:
        for source in select.select([client, server], [], [])[0]:
            block = source.recv(_BLOCK_BYTES)
            if not block:
                return
            if source is server and asked:
                turns.counted += 1
            asked = source is client
            (server if source is client else client).sendall(block)
