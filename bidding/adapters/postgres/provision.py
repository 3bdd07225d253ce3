"""A database made ready for the market: the schema, the months to come, and who may sign in how."""

from __future__ import annotations

import psycopg

from bidding.adapters.postgres.connection import Database
from bidding.adapters.postgres.migrations import migrate
from bidding.adapters.postgres.upkeep import PostgresUpkeep
from bidding.domain.budgets import PartitionState

_ALLOW_TOKENS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
        GRANT rds_iam TO ledger_app, ledger_reader;
    END IF;
END $$
"""
"""On RDS the members of this role sign in with a token, and no longer with a password."""


def provision(dsn: str, now_ms: int, months_ahead: int) -> tuple[list[str], list[PartitionState]]:
    """Bring the database up to date; the migrations applied, and the partitions there are then.

    `dsn` connects directly, as a role that may create roles. Safe to call again. Raises what `migrate` raises.
    """
    applied = migrate(dsn)
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
        connection.execute(_ALLOW_TOKENS)
    database = Database(dsn)
    try:
        return applied, PostgresUpkeep(database, 0).maintain_partitions(now_ms, months_ahead)
    finally:
        database.close()
