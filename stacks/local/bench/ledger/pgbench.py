"""Runs of pgbench, PostgreSQL's own load generator, on the server under test."""

from __future__ import annotations

import re
import resource
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from psycopg.conninfo import conninfo_to_dict

from stacks.local.bench.ledger.clients import Throughput
from stacks.local.bench.scratch_server import ScratchServer
from stacks.local.errors import LocalStackError

_RATE = re.compile(r"tps = ([0-9.]+)")
_TOOK_MICROS = 2  # column of pgbench's log


def timed_pgbench(server: ScratchServer, database: str, clients: int, seconds: float, *options: str) -> Throughput:
    """What that many clients of one pgbench did in `seconds`; `options` say what they do. Raises LocalStackError."""
    server_before, before = server.cpu_seconds(), _children_cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        printed = run_pgbench(
            server,
            database,
            *("--no-vacuum", "--protocol=simple", f"--client={clients}", f"--jobs={min(clients, 2)}"),
            *(f"--time={max(1, round(seconds))}", "--log", f"--log-prefix={folder}/took"),
            *options,
        )
        logs = [np.loadtxt(log, usecols=_TOOK_MICROS, ndmin=1) for log in Path(folder).iterdir()]
    server_after, took_ms = server.cpu_seconds(), np.concatenate(logs) / 1_000
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


def run_pgbench(server: ScratchServer, database: str, *options: str) -> str:
    """What it printed. Raises LocalStackError where it failed."""
    folder = str(conninfo_to_dict(server.dsn)["host"])
    command = [str(server.program("pgbench")), f"--host={folder}", "--username=postgres", *options, database]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode != 0:
        raise LocalStackError(f"pgbench failed: {ran.stderr.strip()[-1_000:]}")
    return ran.stdout


def _children_cpu_seconds() -> float:
    """Processor time of child processes that ended; during a run pgbench is the only one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
