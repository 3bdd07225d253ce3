"""A real PostgreSQL for one machine, owned by the home folder rather than by any process.

Every process that uses the server holds a shared lock on `home/postgres.users`. The last one out, which is the
one that can turn its lock into an exclusive one, stops the server, whoever started it. A user that finds the
server dead starts it again. Nothing ties the server's life to the process or the terminal that started it.
"""

import fcntl
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from stacks.local.errors import ServerDidNotStart, ServerNotAcquired
from stacks.local.postgres import postmaster
from stacks.local.postgres.binaries import PostgresBinaries, ServerUser, locate_binaries, server_user
from stacks.local.postgres.storage import (
    PostgresStorage,
    disk_full,
    initialise,
    open_storage,
    start_lock,
    storage_errors,
)

_START_SECONDS_MAX = 300.0  # recovery after a crash may be long, and interrupting it only makes the next one longer
_ORPHANED_SESSIONS_SECONDS_MAX = 15.0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "wal_compression": "on",
    "log_destination": "stderr",
}


class PostgresServer:
    """The embedded server of `home`; any number of processes and threads may use it at once.

    Usable as a context manager that acquires and releases. One instance counts as one user.
    """

    def __init__(self, home: Path) -> None:
        self._home = home.expanduser().absolute()
        self._mutex = threading.RLock()
        self._users: IO[str] | None = None
        self._storage: PostgresStorage | None = None

    def acquire(self) -> str:
        """Become a user of the server, starting it if it is down, and return its connection URL.

        Raises:
            HomeNotWritable, DiskFull, PostgresBinariesMissing, NoUnprivilegedUser,
            DataDirectoryVersionMismatch, ServerDidNotStart: see each one's message for what to do.
        """
        with self._mutex:
            if self._storage is None or self._users is None:
                user = server_user()
                with storage_errors(self._home), start_lock(self._home):
                    self._storage = open_storage(self._home, user)
                    self._users = open(self._storage.users_lock, "a")  # noqa: SIM115 - held until release
                    fcntl.flock(self._users, fcntl.LOCK_SH)
                    try:
                        self._start_unless_ready(self._storage, user)
                    except BaseException:
                        self._leave()
                        raise
            return self._storage.dsn

    @property
    def app_dsn(self) -> str:
        """The connection URL of the market: a role that can neither change nor delete a row of the ledger.

        Raises:
            ServerNotAcquired: this instance is not a user of the server.
        """
        if self._storage is None:
            raise ServerNotAcquired(f"the server of {self._home} was not acquired: call acquire() first")
        return self._storage.app_dsn

    def ensure_running(self) -> None:
        """Start the server again if it has died; cheap while it is up.

        Raises:
            ServerNotAcquired: this instance is not a user of the server.
        """
        with self._mutex:
            if self._storage is None or self._users is None:
                raise ServerNotAcquired(f"the server of {self._home} was not acquired: call acquire() first")
            if postmaster.is_ready(self._storage):
                return
            with storage_errors(self._home), start_lock(self._home):
                self._start_unless_ready(self._storage, server_user())

    def release(self) -> None:
        """Stop being a user of the server; the last user stops it. Releasing twice does nothing."""
        with self._mutex:
            if self._storage is None or self._users is None:
                return
            with start_lock(self._home):
                try:
                    fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still uses it
                else:
                    postmaster.stop(self._storage)
                self._leave()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _start_unless_ready(self, storage: PostgresStorage, user: ServerUser) -> None:
        """Bring the server up; the start lock is held, so nobody else does or undoes the same."""
        if postmaster.is_ready(storage):
            return
        binaries = locate_binaries(user, storage.binaries)
        initialise(storage, binaries, user)
        deadline = time.monotonic() + _START_SECONDS_MAX
        while postmaster.running_pid(storage) is not None:  # it recovers, or it is on its way down
            if postmaster.is_ready(storage):
                return
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"the server of {storage.home} has hung: see {storage.log}, end it and retry")
            time.sleep(0.01)
        postmaster.disown_stale_pid(storage)
        orphans_deadline = time.monotonic() + _ORPHANED_SESSIONS_SECONDS_MAX
        while True:
            failure = self._spawn(storage, binaries, user)
            if failure is None:
                return
            # After kill -9 the sessions of the old server need a moment to notice and leave its memory.
            if "shared memory block" not in failure or time.monotonic() > orphans_deadline:
                break
            time.sleep(0.05)
        if "No space left" in failure:
            raise disk_full(storage.home)
        told = f"its log ends with:\n{failure}" if failure.strip() else "it left no log: is the disk full?"
        raise ServerDidNotStart(f"PostgreSQL could not serve {storage.data}; {told}")

    @staticmethod
    def _spawn(storage: PostgresStorage, binaries: PostgresBinaries, user: ServerUser) -> str | None:
        """Start the server and wait until it accepts sessions; if it exits first, the end of its log."""
        if storage.log.exists():
            storage.log.replace(storage.log.with_name("server.previous.log"))
        settings = dict(_SETTINGS)
        if sys.platform == "linux":
            settings["recovery_init_sync_method"] = "syncfs"
        command = [str(binaries.postgres), "-D", str(storage.data), "-k", str(storage.sockets)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with storage.log.open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, **user.spawn_options())
        threading.Thread(target=process.wait, name="postgres-reaper", daemon=True).start()
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not postmaster.is_ready(storage):
            if process.poll() is not None:
                return storage.log.read_text(errors="replace")[-2000:]
            if time.monotonic() > deadline:
                raise ServerDidNotStart(
                    f"the server of {storage.home} was not ready after {_START_SECONDS_MAX:.0f} s: see {storage.log}"
                )
            time.sleep(0.01)
        return None

    def _leave(self) -> None:
        if self._users is not None:
            self._users.close()
            self._users = None
