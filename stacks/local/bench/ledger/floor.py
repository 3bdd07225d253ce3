"""The floor: `pgbench -N`, PostgreSQL's own load of one UPDATE, one SELECT and one INSERT per transaction.

A transaction of it is five statements with a reply each, BEGIN and COMMIT included, in a client written in C.
"""

from __future__ import annotations

import re
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from psycopg.conninfo import conninfo_to_dict

from stacks.local.bench.ledger.clients import Throughput
from stacks.local.bench.scratch_server import ScratchServer
from stacks.local.errors import LocalStackError

SCALE = 10
"""A hundred thousand accounts each."""
_DATABASE = "floor"
_RATE = re.compile(r"tps = ([0-9.]+)")
_TOOK_MICROS = 2  # column of pgbench's log


@dataclass(frozen=True)
class Floor:
    """pgbench's tables in a database of their own on the server under test."""

    server: ScratchServer

    @classmethod
    def on(cls, server: ScratchServer, clients: int, seconds: float) -> Floor:
        """Make the tables and touch them for a while: the first change of a page after a checkpoint costs more."""
        floor = cls(server)
        server.database(_DATABASE, template="template1")
        floor._pgbench("--initialize", "--quiet", f"--scale={SCALE}")
        floor.measure(clients, seconds)
        return floor

    def measure(self, clients: int, seconds: float) -> Throughput:
        """Transactions a second of that many clients."""
        server_before, before = self.server.cpu_seconds(), _children_cpu_seconds()
        with tempfile.TemporaryDirectory() as folder:
            printed = self._pgbench(
                *("--skip-some-updates", "--no-vacuum", "--protocol=simple", f"--client={clients}"),
                *(f"--jobs={min(clients, 2)}", f"--time={max(1, round(seconds))}"),
                *("--log", f"--log-prefix={folder}/took"),
            )
            logs = [np.loadtxt(log, usecols=_TOOK_MICROS, ndmin=1) for log in Path(folder).iterdir()]
        server_after, took_ms = self.server.cpu_seconds(), np.concatenate(logs) / 1_000
        rate = _RATE.search(printed)
        assert rate is not None, printed
        return Throughput(
            number=len(took_ms),
            per_second=float(rate.group(1)),
            p50_ms=float(np.percentile(took_ms, 50)),
            p99_ms=float(np.percentile(took_ms, 99)),
            client_cpu_seconds=_children_cpu_seconds() - before,
            server_cpu_seconds=None if server_before is None or server_after is None else server_after - server_before,
        )

    def _pgbench(self, *options: str) -> str:
        folder = str(conninfo_to_dict(self.server.dsn)["host"])
        command = [str(self.server.program("pgbench")), *options, f"--host={folder}", "--username=postgres", _DATABASE]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        if ran.returncode != 0:
            raise LocalStackError(f"pgbench failed: {ran.stderr.strip()[-1_000:]}")
        return ran.stdout


def _children_cpu_seconds() -> float:
    """Processor time of child processes that ended; during a run pgbench is the only one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
