"""Which process claimed a task, so that the claims of a killed one are given back at once."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from bidding.adapters.postgres import PostgresLedger


def this_owner() -> str:
    """A name for this process that no other one ever has: host, process id, time of start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def free_dead_owners(ledger: PostgresLedger) -> list[str]:
    """Give back the claims of processes of this machine that are gone; returns their names."""
    dead = [owner for owner in ledger.lease_owners() if _is_dead(owner)]
    ledger.release_leases(dead)
    return dead


def _is_dead(owner: str) -> bool:
    host, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """Start time in clock ticks since boot, from field 22 of /proc/PID/stat; `-` where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "-"
