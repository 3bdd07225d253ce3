"""The floor: `pgbench -N`, PostgreSQL's own load of one UPDATE, one SELECT and one INSERT per transaction.

A transaction of it is five statements with a reply each, BEGIN and COMMIT included, in a client written in C.
"""

from __future__ import annotations

from dataclasses import dataclass

from stacks.local.bench.ledger.clients import Throughput
from stacks.local.bench.ledger.pgbench import run_pgbench, timed_pgbench
from stacks.local.bench.scratch_server import ScratchServer

SCALE = 10
"""A hundred thousand accounts each."""
_DATABASE = "floor"


@dataclass(frozen=True)
class Floor:
    """pgbench's tables in a database of their own on the server under test."""

    server: ScratchServer

    @classmethod
    def on(cls, server: ScratchServer, clients: int, seconds: float) -> Floor:
        """Make the tables and touch them for a while: the first change of a page after a checkpoint costs more."""
        floor = cls(server)
        server.database(_DATABASE, template="template1")
        run_pgbench(server, _DATABASE, "--initialize", "--quiet", f"--scale={SCALE}")
        floor.measure(clients, seconds)
        return floor

    def measure(self, clients: int, seconds: float) -> Throughput:
        """Transactions a second of that many clients."""
        return timed_pgbench(self.server, _DATABASE, clients, seconds, "--skip-some-updates")
