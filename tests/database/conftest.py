"""The ledger on the embedded server, and a plain connection beside it to see and try what the ledger never does."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from bidding.adapters.postgres import PostgresLedger
from tests.ledger_samples import LIMIT_MICROS, World

Connection = psycopg.Connection[TupleRow]


@pytest.fixture
def ledger(app_dsn: str) -> Iterator[PostgresLedger]:
    """The module's ledger."""
    ledger = PostgresLedger(app_dsn, default_budget_micros=LIMIT_MICROS)
    yield ledger
    ledger.close()


@pytest.fixture
def world(ledger: PostgresLedger) -> World:
    """A tenant of that ledger."""
    return World.of(ledger)


@pytest.fixture
def connection(postgres_dsn: str) -> Iterator[Connection]:
    """A session of its own on the module's database, each statement a transaction."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def fresh(postgres_dsn: str, request: pytest.FixtureRequest) -> str:
    """URL of an empty ledger of this test's own."""
    name = f"receipts_{request.node.name}"
    with psycopg.connect(make_conninfo(postgres_dsn, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated".encode())
    return make_conninfo(postgres_dsn, dbname=name)
