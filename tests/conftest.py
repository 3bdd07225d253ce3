"""One embedded PostgreSQL for the whole run, and a fresh, migrated database for every module that asks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from bidding.adapters.postgres.migrations import migrate
from stacks.local.postgres.server import PostgresServer
from tests.observed_run import observed  # noqa: F401  a fixture for the whole session

settings.register_profile("atomic", deadline=None)  # a busy machine is no fault of an example
settings.load_profile("atomic")

_NUMBERS = count(1)
_TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server that ends with the session."""
    home = Path(tempfile.mkdtemp(prefix="atomic-tests-"))
    home.chmod(0o755)  # the server may run as another user
    server = PostgresServer(home)
    try:
        server.acquire()
        yield server
    finally:
        server.release()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """URL of a database with the current schema, to be copied and never written to."""
    return _create(postgres_server.acquire(), _TEMPLATE, template=None)


@pytest.fixture(scope="module")
def postgres_dsn(postgres_server: PostgresServer, postgres_template: str) -> str:
    """URL of an empty ledger of this module's own, for the owner of the server."""
    return _create(postgres_server.acquire(), f"module_{next(_NUMBERS)}", template=_TEMPLATE)


@pytest.fixture(scope="module")
def app_dsn(postgres_dsn: str) -> str:
    """URL of the same ledger for the role that the market's functions have."""
    return make_conninfo(postgres_dsn, user="ledger_app")


def _create(server: str, name: str, template: str | None) -> str:
    dsn = make_conninfo(server, dbname=name)
    statement = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template or "template0"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
    if template is None:
        migrate(dsn)
    return dsn


@pytest.fixture
def home() -> Iterator[Path]:
    """A home for a whole local stack, which the server's user may enter; pytest's own folders are private."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-test-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)
