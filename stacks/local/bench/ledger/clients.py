"""Clients that load the ledger, each with a connection of its own.

Each is a process, so that Python's lock is not what is measured; or a thread of two processes, as pgbench's are of two
threads: the processors then change between two programs instead of sixteen.
"""

from __future__ import annotations

import itertools
import resource
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Literal

import numpy as np

from bidding.adapters.postgres import PostgresLedger
from bidding.domain import ids
from bidding.domain.ids import HoldId, TenantId
from stacks.local.bench.made_up_auctions import auctions, award_auction, put_lots
from stacks.local.bench.processes import PROCESSES
from stacks.local.bench.scratch_server import now_ms, open_ledger

_TASKS_OF_A_CLIENT = 16
_PREPARED_PER_SECOND = 1_500
_START_SECONDS_MAX = 600.0

_JOBS = 2
"""Of pgbench, see there."""

Work = Literal["auctions", "auctions of two processes", "SQL alone", "holds"]


_Took = tuple[np.ndarray, float]
"""Milliseconds of each call of a client, and seconds in all."""


@dataclass(frozen=True)
class Load:
    """`clients` doing `work` for `seconds`, all of one tenant, so that they meet at one budget row."""

    dsn: str
    tenant: TenantId
    clients: int
    seconds: float
    work: Work = "auctions"

    @property
    def threads(self) -> list[int]:
        """How many clients each process runs."""
        if self.work != "auctions of two processes":
            return [1] * self.clients
        return [len(range(job, self.clients, _JOBS)) for job in range(min(_JOBS, self.clients))]


@dataclass(frozen=True)
class Throughput:
    """What a load came to. `server_cpu_seconds` is None where the machine does not tell."""

    number: int
    per_second: float
    p50_ms: float
    p99_ms: float
    client_cpu_seconds: float
    server_cpu_seconds: float | None


def run_load(load: Load, server_cpu: Callable[[], float | None]) -> Throughput:
    """Start the clients, let them begin together, and gather what each did."""
    barrier = PROCESSES.Barrier(len(load.threads) + 1)
    results: Queue[tuple[list[_Took], float]] = PROCESSES.Queue()
    processes = [PROCESSES.Process(target=_process, args=(load, n, barrier, results)) for n in load.threads]
    for process in processes:
        process.start()
    try:
        barrier.wait(_START_SECONDS_MAX)
        before = server_cpu()
        barrier.wait(_START_SECONDS_MAX)
        gathered = [results.get(timeout=load.seconds + _START_SECONDS_MAX) for _ in processes]
    finally:
        for process in processes:
            process.join(5)
            if process.is_alive():
                process.kill()
    after = server_cpu()
    of_clients = [took for of_process, _ in gathered for took in of_process]
    took_ms = np.concatenate([took for took, _ in of_clients])
    return Throughput(
        number=len(took_ms),
        per_second=sum(len(took) / elapsed for took, elapsed in of_clients),
        p50_ms=float(np.percentile(took_ms, 50)),
        p99_ms=float(np.percentile(took_ms, 99)),
        client_cpu_seconds=sum(cpu for _, cpu in gathered),
        server_cpu_seconds=None if before is None or after is None else after - before,
    )


def _process(load: Load, clients: int, barrier: Barrier, results: Queue[tuple[list[_Took], float]]) -> None:
    connected, begin = threading.Barrier(clients + 1), threading.Barrier(clients + 1)
    took: list[_Took] = []
    threads = [threading.Thread(target=_client, args=(load, connected, begin, took)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    connected.wait(_START_SECONDS_MAX)
    barrier.wait(_START_SECONDS_MAX)
    barrier.wait(_START_SECONDS_MAX)
    cpu = _cpu_seconds()
    begin.wait(_START_SECONDS_MAX)
    for thread in threads:
        thread.join()
    results.put((took, _cpu_seconds() - cpu))


def _client(load: Load, connected: threading.Barrier, begin: threading.Barrier, done: list[_Took]) -> None:
    ledger = open_ledger(load.dsn)
    step = _hold_steps(ledger, load) if load.work == "holds" else _auction_steps(ledger, load)
    next(step)  # connects
    connected.wait(_START_SECONDS_MAX)
    begin.wait(_START_SECONDS_MAX)
    took: list[float] = []
    started = time.perf_counter()
    end, before = started + load.seconds, started
    while before < end:
        next(step)
        after = time.perf_counter()
        took.append(after - before)
        before = after
    ledger.close()
    done.append((np.array(took) * 1_000, before - started))


def _auction_steps(ledger: PostgresLedger, load: Load) -> Iterator[None]:
    """One auction a step, hold and record; the records are made beforehand, as the market would have made them."""
    supply = auctions(put_lots(ledger, load.tenant, _TASKS_OF_A_CLIENT, now_ms()))
    prepared = list(itertools.islice(supply, int(load.seconds * _PREPARED_PER_SECOND / load.clients**0.8)))
    for record in itertools.chain(prepared, supply):
        award_auction(ledger, load.tenant, record)
        yield


def _hold_steps(ledger: PostgresLedger, load: Load) -> Iterator[None]:
    client = uuid.uuid4().hex
    for number in itertools.count():
        at_ms = now_ms()
        ledger.place_hold(load.tenant, HoldId(ids.derive(at_ms, client, number)), 1, at_ms)
        yield


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
