"""The files of an embedded PostgreSQL: data directory, socket, locks, and the first initialisation."""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from stacks.local.errors import (
    DataDirectoryVersionMismatch,
    DiskFull,
    HomeNotWritable,
    LocalStackError,
    ServerDidNotStart,
)
from stacks.local.postgres.binaries import PostgresBinaries, ServerUser

_RELOCATED = Path("/var/lib/atomic")
_SOCKET_PATH_BYTES_MAX = 103  # sun_path of the strictest platform, without the closing zero
_SOCKET_NAME = ".s.PGSQL.5432"
_START_LOCK_SECONDS_MAX = 360.0


@dataclass(frozen=True)
class PostgresStorage:
    """Where one home keeps its server's files.

    The data directory is `home/postgres`. When root owns a home that the server's user cannot enter (say, one
    below /root), it is a link to a folder in /var/lib/atomic: permissions of parents are never widened.
    """

    home: Path
    data: Path
    sockets: Path

    @property
    def log(self) -> Path:
        """What the server says since its latest start."""
        return self.data / "server.log"

    @property
    def binaries(self) -> Path:
        """Where the programs are copied to, should the server's user be unable to reach the installed ones."""
        return self.data.with_name("postgres.programs")

    @property
    def socket(self) -> Path:
        """The socket through which clients connect."""
        return self.sockets / _SOCKET_NAME

    @property
    def dsn(self) -> str:
        """The superuser's connection URL; trust authentication, as only the owner can enter the socket's folder."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.sockets), safe='')}"

    @property
    def app_dsn(self) -> str:
        """The connection URL of the role that the market has, once migrations have made it."""
        return self.dsn.replace("//postgres@", "//ledger_app@", 1)

    @property
    def users_lock(self) -> Path:
        """Every process that uses the server holds a shared lock on this file."""
        return self.home / "postgres.users"


@contextmanager
def start_lock(home: Path) -> Iterator[None]:
    """Serialise initialising, starting and stopping over all processes that use `home`; creates the folder.

    Raises:
        HomeNotWritable, DiskFull: the folder cannot be made or written.
        ServerDidNotStart: another process has held the lock for minutes.
    """
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        handle = open(home / "postgres.start", "a")  # noqa: SIM115 - errors of what follows are not about home
    with handle:
        deadline = time.monotonic() + _START_LOCK_SECONDS_MAX
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ServerDidNotStart(
                        f"another process has been starting the server of {home} for "
                        f"{_START_LOCK_SECONDS_MAX:.0f} s: end that process and try again"
                    ) from None
                time.sleep(0.02)
        yield


def open_storage(home: Path, user: ServerUser) -> PostgresStorage:
    """Decide where the data directory of `home` is; the start lock is held.

    Raises:
        HomeNotWritable: the data directory belongs to somebody else, or the server's user cannot reach it.
    """
    link = home / "postgres"
    if link.is_symlink() and not link.resolve().parent.exists():
        link.unlink()  # what it pointed to was removed
    if not link.is_symlink() and not user.can_enter(home):
        if link.exists():
            raise HomeNotWritable(
                f"the user that runs the server (id {user.uid}) cannot enter {home}: move it to a folder that "
                "others may pass through, or run as an ordinary user"
            )
        link.symlink_to(_relocated(home) / "postgres")
    data = link.resolve()
    if data.exists() and data.stat().st_uid != user.uid:
        raise HomeNotWritable(
            f"{data} belongs to user id {data.stat().st_uid}, the server would run as {user.uid}: "
            "use another --home, or run as the user who made this one"
        )
    return PostgresStorage(home, data, _socket_folder(data, user))


@contextmanager
def storage_errors(home: Path) -> Iterator[None]:
    """Turn the operating system's refusals about `home` into errors that say what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(home) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT):
            raise HomeNotWritable(
                f"cannot keep the database in {home} ({error.strerror}): choose a writable folder with --home"
            ) from error
        raise


def initialise(storage: PostgresStorage, binaries: PostgresBinaries, user: ServerUser) -> None:
    """Make the data directory unless it is there; a half-made one is never used.

    Raises:
        DataDirectoryVersionMismatch: the directory belongs to another major version.
        DiskFull: initdb ran out of room.
        LocalStackError: initdb failed for another reason, which the message quotes.
    """
    version_file = storage.data / "PG_VERSION"
    if version_file.exists():
        found = version_file.read_text().strip()
        if found != str(binaries.major_version):
            raise DataDirectoryVersionMismatch(
                f"{storage.data} was made by PostgreSQL {found}, the installed programs are version "
                f"{binaries.major_version}: install the former version again to dump it, or use another --home"
            )
        return
    unfinished = storage.data.with_name("postgres.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if user.dropped:
        os.chown(unfinished, user.uid, user.gid)
    command = [str(binaries.initdb), "-D", str(unfinished), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums"]
    if sys.platform == "linux":
        command.append("--sync-method=syncfs")
    made = subprocess.run(command, check=False, capture_output=True, text=True, **user.spawn_options())
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        if "No space left" in made.stderr:
            raise disk_full(storage.home)
        raise LocalStackError(f"initdb could not make {storage.data}: {made.stderr.strip()[-1500:]}")
    unfinished.rename(storage.data)


def disk_full(home: Path) -> DiskFull:
    """The error to raise when the disk of `home` ran out of room."""
    return DiskFull(f"no room left on the disk of {home}: the database needs about 100 MB; free some, or move --home")


def _relocated(home: Path) -> Path:
    """A fresh folder made by root that the server's user can enter; never that of an earlier, deleted home."""
    temporary = Path(tempfile.gettempdir())
    parent = temporary if temporary in home.parents else _RELOCATED  # a passing home leaves nothing lasting
    parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="atomic-home-", dir=parent))
    folder.chmod(0o711)
    return folder


def _socket_folder(data: Path, user: ServerUser) -> Path:
    """The data directory itself (0700, so that nobody else connects), or a short path if that is too long."""
    if len(os.fsencode(data / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES_MAX:
        return data
    key = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"atomic-{user.uid}-{key}"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        if user.dropped:
            os.chown(folder, user.uid, user.gid)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != user.uid or status.st_mode & 0o077:
        raise HomeNotWritable(f"{folder} is not a private folder of the server: remove it, or use a shorter --home")
    return folder
