"""The ledger on the embedded server, and a plain connection beside it to see and try what the ledger never does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.policy import Policy
from tests.ledger_samples import LIMIT_MICROS, NOW, World, a_seat

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


@pytest.fixture(scope="module")
def filled(postgres_dsn: str) -> World:
    """A tenant with an award settled and judged, one that was executed, and a hold without an award."""
    ledger = PostgresLedger(postgres_dsn, default_budget_micros=LIMIT_MICROS)
    world = World.of(ledger)
    settled, executed, held = world.lots(3)
    award = world.awarded(settled)
    world.completed(award)
    world.settled(award)
    world.judged(award, "checks", 0.5)
    world.completed(world.awarded(executed))
    orphan = world.auction(held).award
    assert orphan is not None
    world.hold(orphan)
    ledger.record_auction(world.tenant, replace(world.auction(held), clearing=None, award=None), NOW)
    ledger.put_seat(a_seat(), NOW)
    ledger.append(world.tenant, Policy(version=1), 1, NOW)
    ledger.close()
    return world
