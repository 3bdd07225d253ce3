"""What each safeguard costs: the same load on a copy of the empty ledger that lacks it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bidding.domain.ids import TenantId
from stacks.local.bench.ledger.clients import Load, Throughput, run_load
from stacks.local.bench.scratch_server import AMPLE_MICROS, ScratchServer, connect, open_ledger

_WHOLE = "ablation_whole"
SAFEGUARDS: Mapping[str, str] = {
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
    "index for sealing": """
        SELECT format('DROP INDEX %s', oid::regclass) FROM pg_class
        WHERE relkind IN ('i', 'I') AND relname ~ '_by_xact$' AND NOT relispartition
          AND relnamespace = 'public'::regnamespace""",
    "row-level security": """
        SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', oid::regclass)
        FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace""",
    "durable commit": "SELECT format('ALTER DATABASE %I SET synchronous_commit = off', current_database())",
}
"""Queries that write the statements which remove a safeguard; where there are none, it is not there to remove."""


@dataclass(frozen=True)
class Cost:
    """Shares, of throughput and of the server's processor time for an auction, that a safeguard takes.

    The second is steadier where neighbours use the same disk; None where the machine does not tell.
    """

    throughput: float
    server_cpu: float | None


def costs_of_safeguards(server: ScratchServer, clients: int, seconds: float, runs: int) -> dict[str, Cost | None]:
    """What each safeguard costs, median of the runs; None where this ledger has no such thing."""
    server.database(_WHOLE)
    variants = {name: without(server, name, _WHOLE, f"ablation_{n}") for n, name in enumerate(SAFEGUARDS)}
    costs: dict[str, list[Cost]] = {name: [] for name in variants}
    for run in range(runs):
        for name, dsn in variants.items():
            if dsn is not None:
                costs[name].append(_cost(server, dsn, Load("", TenantId(f"{name} {run}"), clients, seconds)))
    return {name: _median(found) if found else None for name, found in costs.items()}


def without(server: ScratchServer, safeguard: str, template: str, database: str) -> str | None:
    """The URL of a copy of `template` that lacks a safeguard; None where there was nothing to remove."""
    dsn = server.database(database, template=template)
    with connect(dsn) as connection:
        statements = connection.execute(SAFEGUARDS[safeguard].encode()).fetchall()
        for (statement,) in statements:
            connection.execute(statement.encode())
    return dsn if statements else None


def _cost(server: ScratchServer, without: str, load: Load) -> Cost:
    """One run with and one without: each beside its own measure of the whole, as the machine's mood changes."""
    with_it, without_it = (_run(server, replace(load, dsn=dsn)) for dsn in (server.dsn_of(_WHOLE), without))
    cpu = None
    if with_it.server_cpu_seconds and without_it.server_cpu_seconds:
        each = [run.server_cpu_seconds / run.number for run in (with_it, without_it) if run.server_cpu_seconds]
        cpu = 1 - each[1] / each[0]
    return Cost(throughput=1 - with_it.per_second / without_it.per_second, server_cpu=cpu)


def _run(server: ScratchServer, load: Load) -> Throughput:
    ledger = open_ledger(load.dsn)
    ledger.set_budget(load.tenant, AMPLE_MICROS)
    ledger.close()
    return run_load(load, server.cpu_seconds)


def _median(costs: Sequence[Cost]) -> Cost:
    cpu = [cost.server_cpu for cost in costs if cost.server_cpu is not None]
    throughput = statistics.median(cost.throughput for cost in costs)
    return Cost(throughput, statistics.median(cpu) if cpu else None)
