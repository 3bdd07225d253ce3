"""A run that is killed loses nothing, does nothing twice, and leaves no money hanging."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.ids import TenantId
from stacks.local.postgres.server import PostgresServer
from tests.e2e.interrupted_run import TASKS

TENANT = TenantId("default")
ROOT = Path(__file__).parents[2]


def start(home: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.e2e.interrupted_run", str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def wait_for_lines(process: "subprocess.Popen[str]", count: int) -> None:
    assert process.stdout is not None
    for _ in range(count):
        assert process.stdout.readline()


def kill_postgres(home: Path, after: int | None = None) -> int:
    """Kill the server, the one that came `after` another; answers which. While it starts there is no file of it."""
    file, waited_until = home / "postgres" / "postmaster.pid", time.monotonic() + 30
    while True:
        with suppress(FileNotFoundError):
            words = file.read_text().split()
            if words and (pid := int(words[0])) != after:
                os.kill(pid, signal.SIGKILL)
                return pid
        assert time.monotonic() < waited_until, "no server came up"
        time.sleep(0.02)


def finish(home: Path) -> list[str]:
    output, _ = start(home).communicate(timeout=120)
    return output.splitlines()


def check_books(home: Path) -> None:
    """Every task done once, settlements equal the costs of executions, no hold open."""
    with PostgresServer(home) as server:
        ledger = PostgresLedger(server.acquire(), default_budget_micros=0)
        try:
            tasks = ledger.tasks(TENANT)
            assert [task.status for task in tasks] == ["done"] * TASKS
            lots = [lot for task in tasks for lot in ledger.lots_of(TENANT, task.task_id)]
            for lot in lots:
                rounds = ledger.history(TENANT, lot.lot_id).rounds
                answers = [past for past in rounds if past.completion and past.completion.status == "succeeded"]
                assert len(answers) == 1, "a lot that was answered is never bought again"
            money = ledger.conservation(TENANT)
            assert money.holds
            assert money.open_holds == 0
            assert money.settled_micros == money.completed_micros
        finally:
            ledger.close()


@pytest.mark.parametrize("postgres_too", [False, True], ids=["process", "process and postgres"])
def test_the_same_command_again_finishes_a_killed_run(home: Path, postgres_too: bool) -> None:
    """After kill -9 in the middle and the same command again, every task is done exactly once."""
    process = start(home)
    wait_for_lines(process, 3)
    if postgres_too:
        kill_postgres(home)
    process.kill()
    process.communicate()
    lines = finish(home)
    assert len({line.split()[0] for line in lines}) == TASKS
    assert {line.split()[1] for line in lines} == {"done"}
    check_books(home)


def test_a_killed_postgres_comes_back_under_a_running_process(home: Path) -> None:
    """The process that runs goes on as if nothing had happened."""
    with start(home) as process:
        wait_for_lines(process, 2)
        first = kill_postgres(home)
        time.sleep(1)
        kill_postgres(home, after=first)
        assert process.stdout is not None
        output = process.stdout.read()  # `communicate` would lose what `readline` had read ahead
    assert process.returncode == 0
    assert {line.split()[1] for line in output.splitlines()} == {"done"}
    check_books(home)
