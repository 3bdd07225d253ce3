"""Watches over the database while a stack is open."""

from __future__ import annotations

import threading
from contextlib import suppress

from stacks.local.errors import LocalStackError
from stacks.local.postgres.server import PostgresServer

_SUPERVISE_SECONDS = 0.5


class Supervisor:
    """Starts the database again when it dies, as RDS does; callers retry meanwhile."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="postgres-supervisor", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(_SUPERVISE_SECONDS):
            with suppress(LocalStackError):  # such as a start that was itself killed: try again
                self._server.ensure_running()
