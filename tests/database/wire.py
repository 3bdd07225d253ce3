"""A proxy between a client and the server's socket, which notes what goes over the wire."""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SOCKET = ".s.PGSQL.5432"
_PARSE, _SIMPLE_QUERY = b"P", b"Q"


@dataclass
class Wire:
    """What was seen. A round trip is a turn of the client's followed by one of the server's.

    `statements` are the texts sent, with the names they were prepared under; a simple query has the name `simple`.
    """

    dsn: str = ""
    round_trips: int = 0
    statements: list[tuple[str, str]] = field(default_factory=list)
    _buffers: dict[int, bytes] = field(default_factory=dict)

    def forget(self) -> None:
        """Start anew, once connections are made."""
        self.round_trips = 0
        self.statements.clear()

    def note_request(self, connection: int, data: bytes) -> None:
        """Take what the client sent apart into messages; its first one, the start-up, has no type."""
        started = connection in self._buffers
        buffer = self._buffers.get(connection, b"") + data
        if not started:
            (length,) = struct.unpack("!I", buffer[:4])
            buffer = buffer[length:]
        while len(buffer) >= 5:
            (length,) = struct.unpack("!I", buffer[1:5])
            if len(buffer) < length + 1:
                break
            self._note(buffer[:1], buffer[5 : length + 1])
            buffer = buffer[length + 1 :]
        self._buffers[connection] = buffer

    def _note(self, kind: bytes, body: bytes) -> None:
        if kind == _PARSE:
            name, text, _ = body.split(b"\0", 2)
            self.statements.append((name.decode(), text.decode()))
        elif kind == _SIMPLE_QUERY:
            self.statements.append(("simple", body.rstrip(b"\0").decode()))


@contextmanager
def watched(dsn: str) -> Iterator[Wire]:
    """A wire to the server of `dsn`; connect to its `dsn`."""
    folder = Path(tempfile.mkdtemp(prefix="wire-"))
    target = os.path.join(str(conninfo_to_dict(dsn)["host"]), _SOCKET)
    wire = Wire(make_conninfo(dsn, host=str(folder)))
    stopped = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _SOCKET))
        listener.listen()
        thread = threading.Thread(target=_forward, args=(listener, target, wire, stopped))
        thread.start()
        try:
            yield wire
        finally:
            stopped.set()
            thread.join()
            shutil.rmtree(folder)


def _forward(listener: socket.socket, target: str, wire: Wire, stopped: threading.Event) -> None:
    """Pass on whatever comes, in one thread, so that turns are seen in their order."""
    asking: set[int] = set()
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while not stopped.is_set():
            for key, _ in selector.select(timeout=0.05):
                if key.fileobj is listener:
                    _connect(listener, target, selector)
                    continue
                source, (other, connection, from_client) = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                data = source.recv(65_536)
                if not data:
                    for end in (source, other):
                        selector.unregister(end)
                        end.close()
                    break
                if from_client:
                    wire.note_request(connection, data)
                    asking.add(connection)
                elif connection in asking:
                    asking.discard(connection)
                    wire.round_trips += 1
                other.sendall(data)
        for key in list(selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket) and key.fileobj is not listener:
                key.fileobj.close()


def _connect(listener: socket.socket, target: str, selector: selectors.BaseSelector) -> None:
    client, _ = listener.accept()
    server = socket.socket(socket.AF_UNIX)
    server.connect(target)
    connection = client.fileno()
    selector.register(client, selectors.EVENT_READ, (server, connection, True))
    selector.register(server, selectors.EVENT_READ, (client, connection, False))
