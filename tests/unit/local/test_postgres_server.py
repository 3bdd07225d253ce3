"""The embedded server: it belongs to its home, whatever becomes of the processes that use it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from stacks.local.errors import DataDirectoryVersionMismatch, HomeNotWritable, ServerNotAcquired
from stacks.local.postgres.server import PostgresServer

_ROOT = Path(__file__).parents[3]
_USER_PROGRAM = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from stacks.local.postgres.server import PostgresServer
server = PostgresServer(pathlib.Path(sys.argv[2]))
print(server.acquire(), flush=True)
sys.stdin.readline()
server.release()
"""


def spawn_user(home: Path, *prefix: str) -> subprocess.Popen[str]:
    """Another process that uses the server of `home` until a line arrives on its standard input."""
    command = [*prefix, sys.executable, "-c", _USER_PROGRAM, str(_ROOT), str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def url_of(user: subprocess.Popen[str]) -> str:
    """The connection URL that the process got."""
    assert user.stdout is not None
    return user.stdout.readline().strip()


def finish(user: subprocess.Popen[str]) -> None:
    """Let the process release the server and end."""
    user.communicate("\n", timeout=30)


def select_one(url: str) -> object:
    """Ask the server something."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        return connection.execute("SELECT 1").fetchone()


def server_pid(home: Path) -> int | None:
    """The pid of the live server of `home`; a zombie counts as dead."""
    try:
        pid = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
        return pid if Path(f"/proc/{pid}/cmdline").read_bytes() else None
    except OSError:
        return None


def kill_server(home: Path) -> None:
    """Kill the server of `home` outright."""
    pid = server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server_pid(home) == pid:
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def passable(tmp_path: Path) -> None:
    """Let the server's user enter pytest's private folders, as it may enter most homes."""
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose data directory exists: copies of it spare the tests the initialisation."""
    home = tmp_path_factory.mktemp("initialised")
    for folder in (home, home.parent, home.parent.parent):
        folder.chmod(0o755)
    with PostgresServer(home):
        pass
    return home


@pytest.fixture
def home(initialised: Path, tmp_path: Path) -> Iterator[Path]:
    """A home of its own for each test, with a space in its path."""
    copy = tmp_path / "home with spaces"
    subprocess.run(["cp", "-a", str(initialised), str(copy)], check=True)
    yield copy
    shutil.rmtree(copy, ignore_errors=True)


def test_cold_start_initialises_and_serves(tmp_path: Path) -> None:
    """The first acquire of a home that does not exist makes a database that answers."""
    with PostgresServer(tmp_path / "new" / "home") as server:
        assert select_one(server.acquire()) == (1,)


def test_rows_survive_a_restart(home: Path) -> None:
    """What one user wrote before the last one left is there for the next."""
    with PostgresServer(home) as server, psycopg.connect(server.acquire()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with PostgresServer(home) as server, psycopg.connect(server.acquire()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_last_one_out_stops_a_server_it_did_not_start(home: Path) -> None:
    """The server outlives the process that started it and stops when the last user releases it."""
    starter = spawn_user(home)
    url = url_of(starter)
    survivor = PostgresServer(home)
    assert survivor.acquire() == url
    finish(starter)
    assert select_one(url) == (1,)
    survivor.release()
    assert server_pid(home) is None


def test_survivor_restarts_a_killed_server_once(home: Path) -> None:
    """After kill -9 of the server, concurrent calls of ensure_running bring back one that recovers by itself."""
    with PostgresServer(home) as server:
        kill_server(home)
        threads = [threading.Thread(target=server.ensure_running) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert select_one(server.acquire()) == (1,)
        assert "database system was not properly shut down" in (home / "postgres" / "server.log").read_text()
    assert server_pid(home) is None


def test_killed_user_leaves_the_server_to_the_others(home: Path) -> None:
    """Kill -9 of the process that started the server neither harms another user nor keeps the server alive."""
    starter = spawn_user(home)
    url = url_of(starter)
    with PostgresServer(home) as survivor:
        starter.kill()
        starter.communicate()
        survivor.ensure_running()
        assert select_one(url) == (1,)
    assert server_pid(home) is None


def test_unreaped_server_does_not_block_its_successor(home: Path) -> None:
    """A killed server that stays a zombie, as its parent is suspended, is replaced by another user."""
    starter = spawn_user(home)
    url = url_of(starter)
    with PostgresServer(home) as survivor:
        starter.send_signal(signal.SIGSTOP)
        kill_server(home)
        survivor.ensure_running()
        assert select_one(url) == (1,)
        starter.send_signal(signal.SIGCONT)
        finish(starter)
        assert select_one(url) == (1,)


def test_two_processes_start_at_once(home: Path) -> None:
    """Two processes that start together share one server."""
    users = [spawn_user(home), spawn_user(home)]
    urls = {url_of(user) for user in users}
    assert len(urls) == 1
    assert select_one(urls.pop()) == (1,)
    for user in users:
        finish(user)
    assert server_pid(home) is None


def test_interrupt_of_the_terminal_spares_the_server(home: Path) -> None:
    """Ctrl-C reaches the user's process group, of which the server is no member."""
    with PostgresServer(home):
        pid = server_pid(home)
        assert pid is not None
        assert os.getpgid(pid) != os.getpgid(0)


def test_pid_of_a_stranger_is_neither_trusted_nor_killed(home: Path) -> None:
    """A stale pid file that names a live foreign process does not keep the server from starting."""
    lines = [str(os.getpid()), str(home / "postgres"), "0", "5432", "", "", "", "ready"]
    (home / "postgres" / "postmaster.pid").write_text("\n".join(lines))
    with PostgresServer(home) as server:
        assert select_one(server.acquire()) == (1,)


def test_long_home_still_has_a_socket(tmp_path: Path, initialised: Path) -> None:
    """A home whose path exceeds what a socket address holds is served through a short private folder."""
    home = tmp_path / ("x" * 100)
    subprocess.run(["cp", "-a", str(initialised), str(home)], check=True)
    with PostgresServer(home) as server:
        assert select_one(server.acquire()) == (1,)


def test_other_major_version_is_refused(home: Path) -> None:
    """A data directory of another major version is left alone, and the message names both versions."""
    (home / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(DataDirectoryVersionMismatch, match="made by PostgreSQL 15"):
        PostgresServer(home).acquire()


def test_home_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    """A home below a plain file is refused with the path and the option to change."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeNotWritable, match=r"file/home.*--home"):
        PostgresServer(tmp_path / "file" / "home").acquire()


def test_use_before_acquire_is_refused(tmp_path: Path) -> None:
    """Ensure_running tells a caller that never acquired the server to do so."""
    with pytest.raises(ServerNotAcquired):
        PostgresServer(tmp_path).ensure_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_home_below_a_private_folder_of_root_works(tmp_path: Path) -> None:
    """Root's home that the server's user cannot enter is served from a folder it can enter."""
    tmp_path.chmod(0o700)
    data = tmp_path / "home" / "postgres"
    try:
        with PostgresServer(tmp_path / "home") as server:
            assert select_one(server.acquire()) == (1,)
        assert data.is_symlink()
    finally:
        if data.is_symlink():
            shutil.rmtree(data.resolve().parent)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv")
def test_ordinary_user_cold_start_and_unwritable_home(tmp_path: Path) -> None:
    """An ordinary user gets a server in a folder of its own, and a clear refusal in one that is not."""
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    own = tmp_path / "own"
    own.mkdir()
    os.chown(own, 65534, 65534)
    user = spawn_user(own / "home", *prefix)
    url = url_of(user)
    assert select_one(url) == (1,)
    finish(user)
    assert server_pid(own / "home") is None
    foreign = spawn_user(tmp_path / "home", *prefix)
    _, complaint = foreign.communicate(timeout=30)
    assert "HomeNotWritable" in complaint
    assert "--home" in complaint
