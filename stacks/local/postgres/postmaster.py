"""The running server as seen from outside: a process that any user of the home may find, wait for or stop."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from stacks.local.postgres.storage import PostgresStorage

_FAST_SHUTDOWN_SECONDS_MAX = 60.0
_IMMEDIATE_SHUTDOWN_SECONDS_MAX = 10.0
_STATUS_LINE = 7  # of postmaster.pid, counted from 0
_IMPOSSIBLE_PID = str(2**30)  # far above the largest pid of any kernel


def running_pid(storage: PostgresStorage) -> int | None:
    """The pid of this home's postmaster, or None when it is gone; a reused pid or a zombie does not count."""
    lines = _pid_file_lines(storage)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    return pid if _is_our_postmaster(pid, storage) else None


def is_ready(storage: PostgresStorage) -> bool:
    """Whether the server is alive and says that it accepts sessions."""
    lines = _pid_file_lines(storage)
    ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
    return ready and running_pid(storage) is not None


def disown_stale_pid(storage: PostgresStorage) -> None:
    """Make the lock files of a dead server name no process.

    PostgreSQL refuses to start while their pid lives, be it a stranger that got the number or a zombie that nobody
    reaps. The rest of the pid file has to stay: through it PostgreSQL finds sessions that outlived the old server.
    """
    lines = _pid_file_lines(storage)
    if lines and running_pid(storage) is None:
        (storage.data / "postmaster.pid").write_text("\n".join([_IMPOSSIBLE_PID, *lines[1:], ""]))
        storage.socket.with_name(f"{storage.socket.name}.lock").unlink(missing_ok=True)


def stop(storage: PostgresStorage) -> None:
    """Ask the server to end its sessions, write a checkpoint and exit; insist after a minute."""
    pid = running_pid(storage)
    if pid is not None and not _end(pid, signal.SIGINT, _FAST_SHUTDOWN_SECONDS_MAX, storage):
        _end(pid, signal.SIGQUIT, _IMMEDIATE_SHUTDOWN_SECONDS_MAX, storage)
    if storage.sockets != storage.data:
        shutil.rmtree(storage.sockets, ignore_errors=True)


def _end(pid: int, request: signal.Signals, seconds_max: float, storage: PostgresStorage) -> bool:
    """Send one request to end; whether the server was gone in time."""
    try:
        os.kill(pid, request)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + seconds_max
    while _is_our_postmaster(pid, storage):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _pid_file_lines(storage: PostgresStorage) -> list[str]:
    try:
        return (storage.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_our_postmaster(pid: int, storage: PostgresStorage) -> bool:
    arguments = _command_line(pid)
    return "-D" in arguments and arguments[arguments.index("-D") + 1 :][:1] == [str(storage.data)]


def _command_line(pid: int) -> list[str]:
    """Arguments of a live process; empty for one that is gone or a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(argument) for argument in raw.split(b"\0") if argument]
    listed = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    ).stdout.strip()
    program, separator, rest = listed.partition(" -D ")
    data, _, _ = rest.partition(" -k ")  # a path may hold spaces: the next option ends it
    return [program, "-D", data] if separator else listed.split()
