"""kill -9 of the server and of clients while they work, as often as asked, and an audit of what is left."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Self

from bidding.domain.errors import LedgerUnavailable
from stacks.local.bench.durability.audit import audit
from stacks.local.bench.durability.writer import STOP, TENANT, read_journals, write_until_stopped
from stacks.local.bench.processes import PROCESSES
from stacks.local.bench.scratch_server import AMPLE_MICROS, ScratchServer, connect, make_ledger, open_ledger
from stacks.local.postgres import postmaster

_PROMISES_BETWEEN_KILLS = 50
_PROGRESS_SECONDS_MAX = 60.0
_STOP_SECONDS_MAX = 60.0
_MOMENT_SECONDS_MAX = 0.3
_POLL_SECONDS = 0.02
_LINE_BYTES = len("award 00000000-0000-0000-0000-000000000000\n")


@dataclass(frozen=True)
class Survived:
    """What was promised in the end, how long nobody was promised anything after a kill, and what is wrong."""

    server_kills: int
    client_kills: int
    awards: int
    settlements: int
    holds_placed_again: int
    silence_seconds_max: float
    faults: tuple[str, ...]


def kill_and_audit(server: ScratchServer, kills: int, clients: int, rng: random.Random) -> Survived:
    """Kill a client and then the server, `kills` times, each time after the others have got on with their work."""
    make_ledger(server.dsn)
    ledger = open_ledger(server.dsn)
    ledger.set_budget(TENANT, AMPLE_MICROS)
    ledger.close()
    with tempfile.TemporaryDirectory() as name, _Crowd(server, Path(name), clients) as crowd:
        crowd.wait_for_promises(_PROMISES_BETWEEN_KILLS)
        silence_seconds = []
        for _ in range(kills):
            crowd.kill_client(rng.randrange(clients))
            time.sleep(rng.uniform(0, _MOMENT_SECONDS_MAX))  # at no particular step of anybody's work
            _kill_server(server)
            silence_seconds.append(crowd.wait_for_promises(_PROMISES_BETWEEN_KILLS))
        faults = crowd.stop()
        promises = read_journals(crowd.folder)
    server.server.ensure_running()
    faults += audit(server.dsn, TENANT, promises)
    return Survived(
        server_kills=kills,
        client_kills=kills,
        awards=len(promises.awards),
        settlements=len(promises.settlements),
        holds_placed_again=promises.placed_again,
        silence_seconds_max=max(silence_seconds, default=0.0),
        faults=tuple(faults),
    )


class _Crowd:
    """The clients, and the folder of their journals."""

    def __init__(self, server: ScratchServer, folder: Path, clients: int) -> None:
        self.folder = folder
        self._home = server.home
        self._started = 0
        self._clients = [self._start() for _ in range(clients)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.kill()

    def kill_client(self, number: int) -> None:
        """End one without warning, and let another take its place."""
        self._clients[number].kill()
        self._clients[number].join()
        self._clients[number] = self._start()

    def wait_for_promises(self, number: int) -> float:
        """Wait until so many more were made, and return after how many seconds the first of them was.

        Raises LedgerUnavailable where they do not come: a ledger that never recovers has not survived.
        """
        before, started, first = self._promised(), time.monotonic(), None
        while (made := self._promised() - before) < number:
            waited = time.monotonic() - started
            if made and first is None:
                first = waited
            if waited > _PROGRESS_SECONDS_MAX:
                raise LedgerUnavailable(
                    f"{len(self._clients)} clients got {made} answers in {waited:.0f} s after a kill"
                )
            time.sleep(_POLL_SECONDS)
        return first or time.monotonic() - started

    def stop(self) -> list[str]:
        """Ask all to end, and name those that do not or that failed."""
        (self.folder / STOP).touch()
        deadline = time.monotonic() + _STOP_SECONDS_MAX
        faults = []
        for client in self._clients:
            client.join(max(0.0, deadline - time.monotonic()))
            if client.exitcode != 0:
                faults.append(f"client {client.name} ended with {client.exitcode} instead of finishing its work")
        return faults

    def _start(self) -> ForkServerProcess:
        name = f"{self._started:03}"
        self._started += 1
        client = PROCESSES.Process(target=write_until_stopped, args=(self._home, self.folder, name), name=name)
        client.start()
        return client

    def _promised(self) -> int:
        return sum(journal.stat().st_size for journal in self.folder.iterdir()) // _LINE_BYTES


def _kill_server(server: ScratchServer) -> None:
    """The postmaster and every process of its, so that none can finish what it was at."""
    server.server.ensure_running()
    with connect(server.dsn) as connection:
        sessions = [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity")]
    for pid in (postmaster.running_pid(server.storage), *sessions):
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
