"""Making a database ready, as a deployment does."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from bidding.adapters.postgres.provision import provision


@pytest.fixture
def on_rds(postgres_dsn: str) -> Iterator[str]:
    """A server that has the role by which RDS recognises who signs in with tokens."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE rds_iam")
        yield postgres_dsn
        connection.execute("DROP OWNED BY rds_iam; DROP ROLE rds_iam")


def _members(dsn: str) -> set[str]:
    query = "SELECT rolname FROM pg_roles WHERE pg_has_role(rolname, 'rds_iam', 'MEMBER') AND NOT rolsuper"
    with psycopg.connect(dsn) as connection:
        return {name for (name,) in connection.execute(query).fetchall()} - {"rds_iam"}


def test_on_rds_the_market_signs_in_with_tokens(on_rds: str) -> None:
    """The roles of functions and auditors become members of rds_iam; a second time changes nothing."""
    for _ in range(2):
        applied, partitions = provision(on_rds, time.time_ns() // 1_000_000, months_ahead=1)

        assert applied == []  # the module's database is migrated already
        assert partitions
        assert _members(on_rds) == {"ledger_app", "ledger_reader"}


def test_elsewhere_nothing_is_granted(postgres_dsn: str) -> None:
    """A server without that role is made ready all the same."""
    assert provision(postgres_dsn, time.time_ns() // 1_000_000, months_ahead=1)[0] == []
