"""The ledger in PostgreSQL. Tables, constraints and functions are in `schemas/migrations`."""

from __future__ import annotations

from collections.abc import Callable

from bidding.adapters.postgres.adaptation import PostgresAdaptation
from bidding.adapters.postgres.approvals import PostgresApprovals
from bidding.adapters.postgres.budgets import PostgresBudgets
from bidding.adapters.postgres.claims import PostgresClaims
from bidding.adapters.postgres.connection import Database
from bidding.adapters.postgres.deferrals import PostgresDeferrals
from bidding.adapters.postgres.demonstrations import PostgresDemonstrations
from bidding.adapters.postgres.erasure import PostgresErasure
from bidding.adapters.postgres.graph import PostgresGraph
from bidding.adapters.postgres.history import PostgresHistory
from bidding.adapters.postgres.intake import PostgresIntake
from bidding.adapters.postgres.judging import PostgresJudging
from bidding.adapters.postgres.market import PostgresMarket
from bidding.adapters.postgres.policy import PostgresPolicies
from bidding.adapters.postgres.replay import PostgresRoundLog
from bidding.adapters.postgres.seats import PostgresSeats
from bidding.adapters.postgres.upkeep import PostgresUpkeep


class PostgresLedger(
    PostgresHistory,
    PostgresMarket,
    PostgresBudgets,
    PostgresUpkeep,
    PostgresPolicies,
    PostgresSeats,
    PostgresClaims,
    PostgresJudging,
    PostgresDemonstrations,
    PostgresAdaptation,
    PostgresGraph,
    PostgresErasure,
    PostgresRoundLog,
    PostgresIntake,
    PostgresApprovals,
    PostgresDeferrals,
):
    """See `Ledger`. May be shared by threads.

    `default_budget_micros` is the limit of a tenant that nobody gave a budget. `revive` is called when the
    connection was lost, before the call is tried again.
    """

    def __init__(self, dsn: str, *, default_budget_micros: int, revive: Callable[[], None] | None = None) -> None:
        super().__init__(Database(dsn, revive), default_budget_micros)

    def close(self) -> None:
        """Close idle connections."""
        self._database.close()
