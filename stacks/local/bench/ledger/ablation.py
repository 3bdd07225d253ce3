"""What each safeguard costs: the same load on a copy of the empty ledger that lacks it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from bidding.domain.ids import TenantId
from stacks.local.bench.ledger.clients import Load, run_load
from stacks.local.bench.scratch_server import AMPLE_MICROS, ScratchServer, connect, open_ledger

_REMOVED: Mapping[str, str] = {
    "foreign keys": """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace""",
    "CHECK constraints": """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
        WHERE contype = 'c' AND conrelid <> 0 AND conislocal AND connamespace = 'public'::regnamespace""",
    "triggers": """
        SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
        FROM pg_trigger JOIN pg_class AS c ON c.oid = tgrelid
        WHERE NOT tgisinternal AND tgparentid = 0 AND relnamespace = 'public'::regnamespace""",
    "row-level security": """
        SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', oid::regclass)
        FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace""",
    "durable commit": "SELECT format('ALTER DATABASE %I SET synchronous_commit = off', current_database())",
}
"""Queries that write the statements which remove a safeguard; where there are none, it is not there to remove."""


def costs_of_safeguards(server: ScratchServer, clients: int, seconds: float, runs: int) -> dict[str, float | None]:
    """Share of throughput that each safeguard takes, median of the runs; None where this ledger has no such thing."""
    whole = server.database("ablation_none")
    variants = {name: _without(server, name, f"ablation_{n}") for n, name in enumerate(_REMOVED)}
    shares: dict[str, list[float]] = {name: [] for name in variants}
    for run in range(runs):
        for name, dsn in variants.items():
            if dsn is not None:  # each beside its own measure of the whole: the machine's mood changes by the minute
                with_it = _auctions_per_second(whole, f"{name} {run}", clients, seconds)
                shares[name].append(1 - with_it / _auctions_per_second(dsn, f"{name} {run}", clients, seconds))
    return {name: statistics.median(found) if found else None for name, found in shares.items()}


def _without(server: ScratchServer, safeguard: str, database: str) -> str | None:
    dsn = server.database(database, template="ablation_none")
    with connect(dsn) as connection:
        statements = connection.execute(_REMOVED[safeguard].encode()).fetchall()
        for (statement,) in statements:
            connection.execute(statement.encode())
    return dsn if statements else None


def _auctions_per_second(dsn: str, tenant_name: str, clients: int, seconds: float) -> float:
    tenant = TenantId(tenant_name)
    ledger = open_ledger(dsn)
    ledger.set_budget(tenant, AMPLE_MICROS)
    ledger.close()
    return run_load(Load(dsn, tenant, clients, seconds), lambda: None).per_second
