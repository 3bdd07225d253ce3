"""Every test of the contract runs on both ledgers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bidding.adapters.in_memory import InMemoryLedger
from bidding.adapters.postgres import PostgresLedger
from bidding.ports.ledger import Ledger
from tests.ledger_samples import LIMIT_MICROS, World


@pytest.fixture(params=["in_memory", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """An implementation of the port."""
    if request.param == "in_memory":
        yield InMemoryLedger(default_budget_micros=LIMIT_MICROS)
        return
    dsn: str = request.getfixturevalue("app_dsn")
    postgres = PostgresLedger(dsn, default_budget_micros=LIMIT_MICROS)
    yield postgres
    postgres.close()


@pytest.fixture
def world(ledger: Ledger) -> World:
    """A tenant of that ledger."""
    return World.of(ledger)
