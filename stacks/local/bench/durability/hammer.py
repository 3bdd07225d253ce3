"""Many clients at one budget: what fits is granted, to the last unit, and not more."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from bidding.domain import ids
from bidding.domain.ids import HoldId, TenantId
from stacks.local.bench.processes import PROCESSES
from stacks.local.bench.scratch_server import now_ms, open_ledger

UNITS = 100
UNIT_MICROS = 1_000_000
_TENANT = TenantId("hammered")
_START_SECONDS_MAX = 600.0


@dataclass(frozen=True)
class Hammered:
    """How many holds of one unit were tried and granted, and what is wrong, a sentence each."""

    tried: int
    granted: int
    faults: tuple[str, ...]


def hammer_budget(dsn: str, clients: int, seconds: float) -> Hammered:
    """Let `clients` processes try holds of one unit on one budget of a hundred for so long."""
    ledger = open_ledger(dsn)
    ledger.set_budget(_TENANT, UNITS * UNIT_MICROS)
    barrier, counts = PROCESSES.Barrier(clients), PROCESSES.Queue()
    workers = [PROCESSES.Process(target=_hammer, args=(dsn, seconds, barrier, counts)) for _ in range(clients)]
    for worker in workers:
        worker.start()
    try:
        counted = [counts.get(timeout=seconds + _START_SECONDS_MAX) for _ in workers]
        stands = ledger.conservation(_TENANT)
    finally:
        ledger.close()
        for worker in workers:
            worker.join(5)
            worker.kill()
    tried, granted = (sum(count) for count in zip(*counted, strict=True))
    faults = []
    if granted != UNITS:
        faults.append(f"budget {_TENANT}: {granted} holds of one unit were granted where {UNITS} fit")
    if not stands.holds or stands.open_holds != granted:
        faults.append(f"budget {_TENANT}: {granted} holds were granted, and the ledger says {stands}")
    if tried <= UNITS:
        faults.append(f"budget {_TENANT}: {tried} holds were tried, too few to overspend it")
    return Hammered(tried, granted, tuple(faults))


def _hammer(dsn: str, seconds: float, barrier: Barrier, counts: Queue[tuple[int, int]]) -> None:
    ledger = open_ledger(dsn)
    client, tried, granted = uuid.uuid4().hex, 0, 0
    ledger.budget(_TENANT)  # connects
    barrier.wait(_START_SECONDS_MAX)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        at_ms = now_ms()
        granted += ledger.place_hold(_TENANT, HoldId(ids.derive(at_ms, client, tried)), UNIT_MICROS, at_ms)
        tried += 1
    ledger.close()
    counts.put((tried, granted))
