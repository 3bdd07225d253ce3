"""Who may do what: tried as each role, and read from the catalogue so that no table is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from bidding.adapters.postgres.connection import Database
from tests.database.conftest import Connection
from tests.ledger_samples import World

_TABLES = """
SELECT c.oid::regclass::text AS name, c.relispartition,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant') AS of_tenants
FROM pg_class AS c
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
ORDER BY 1
"""
_ACROSS_TENANTS = {
    "append_receipt",
    "batch_end",
    "lease_owners",
    "leaves_between",
    "leaves_to_seal",
    "release_leases",
    "market_gauges",
    "sweep_holds",
}


@pytest.fixture
def app(app_dsn: str) -> Iterator[Connection]:
    """A session of the market's role."""
    with psycopg.connect(app_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def reader(postgres_dsn: str) -> Iterator[Connection]:
    """A session of the auditor's role."""
    with psycopg.connect(make_conninfo(postgres_dsn, user="ledger_reader"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def tables(connection: Connection) -> list[tuple[str, bool, bool]]:
    """Name of every table, whether it is a partition, whether its rows belong to tenants."""
    return connection.execute(_TABLES.encode()).fetchall()


def test_the_market_changes_no_row(app: Connection, tables: list[tuple[str, bool, bool]]) -> None:
    """The market's role may neither update, delete nor truncate any table, and cannot name a partition at all."""
    assert len(tables) > 20
    for name, is_partition, _ in tables:
        (column,) = app.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", (name,)
        ).fetchone() or ("",)
        tries = [
            f"UPDATE {name} SET {column} = {column}",
            f"DELETE FROM {name}",
            f"TRUNCATE {name}",
            f"DROP TABLE {name}",
        ]
        if is_partition:
            tries += [f"SELECT FROM {name}", f"INSERT INTO {name} DEFAULT VALUES"]
        for statement in tries:
            with pytest.raises(InsufficientPrivilege):
                app.execute(statement.encode())


def test_the_market_adds_no_money(app: Connection, world: World) -> None:
    """Budgets are written by the functions that keep them whole, by nobody else."""
    with pytest.raises(InsufficientPrivilege):
        app.execute("INSERT INTO budgets (tenant, limit_micros) VALUES ('t', 1)")
    world.ledger.set_budget(world.tenant, 1)


def test_every_tenant_table_is_guarded(connection: Connection, tables: list[tuple[str, bool, bool]]) -> None:
    """Every table with a tenant has row-level security, forced on its owner too, and partitions have it as well."""
    guarded = dict(
        connection.execute(
            "SELECT oid::regclass::text, (relrowsecurity, relforcerowsecurity)::text FROM pg_class"
        ).fetchall()
    )
    expected = {name: "(t,f)" if is_partition else "(t,t)" for name, is_partition, of_tenants in tables if of_tenants}

    assert {name: guarded[name] for name in expected} == expected
    assert [name for name, _, of_tenants in tables if not of_tenants] == [
        "circuit_changes",
        "covered_columns",
        "receipts",
        "schema_migrations",
        "sealed_leaves",  # closed to the market
        "seat_calls",
        "seat_circuits",
        "seat_prices",
        "seats",
    ]


def test_a_session_without_a_tenant_sees_nothing(
    app: Connection, world: World, tables: list[tuple[str, bool, bool]]
) -> None:
    """Who names no tenant reads no row of any, and neither does who names the empty one."""
    world.completed(world.awarded(world.lots()[0]))
    for name, is_partition, of_tenants in tables:
        if of_tenants and not is_partition:
            assert app.execute(f"SELECT count(*) FROM {name}".encode()).fetchone() == (0,), name
            app.execute("SELECT set_config('atomic.tenant', '', true)")
            assert app.execute(f"SELECT count(*) FROM {name}".encode()).fetchone() == (0,), name


def test_a_tenant_ends_with_its_call(app_dsn: str, world: World) -> None:
    """The tenant named by one call is unknown to the next one on the same connection."""
    world.lots()
    database = Database(app_dsn)

    assert database.rows("SELECT lot_id FROM lots", {"tenant": world.tenant}) != []
    assert database.rows("SELECT lot_id FROM lots", {}) == []
    database.close()


def test_rows_for_another_tenant_are_refused(app: Connection) -> None:
    """A transaction of one tenant adds no row for another."""
    with app.transaction():
        app.execute("SELECT as_tenant('mine')")
        with pytest.raises(InsufficientPrivilege, match="row-level security"), app.transaction():
            app.execute("INSERT INTO holds VALUES ('yours', gen_random_uuid(), 1, 'mail', now(), now())")


def test_the_auditor_reads_everything_and_writes_nothing(
    reader: Connection, world: World, tables: list[tuple[str, bool, bool]]
) -> None:
    """The auditor's role reads the rows of all tenants and changes none."""
    world.completed(world.awarded(world.lots()[0]))
    (seen,) = reader.execute("SELECT count(*) FROM awards WHERE tenant = %s", (world.tenant,)).fetchone() or (0,)

    assert seen == 1
    for name, is_partition, _ in tables:
        if not is_partition:
            reader.execute(f"SELECT FROM {name} LIMIT 1".encode())
        for statement in (f"INSERT INTO {name} DEFAULT VALUES", f"DELETE FROM {name}", f"TRUNCATE {name}"):
            with pytest.raises(InsufficientPrivilege):
                reader.execute(statement.encode())


def test_powerful_functions(connection: Connection) -> None:
    """A function that runs with its owner's rights looks names up in fixed places and is open to nobody by default;
    those that look across tenants are a short list of their own."""
    powerful = connection.execute("""
        SELECT proname, proowner::regrole::text, proconfig, coalesce(proacl::text, 'everybody')
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
    """).fetchall()

    assert len(powerful) > 10
    for name, _, settings, granted in powerful:
        assert "search_path=public, pg_temp" in settings, name
        assert "{=X" not in granted and ",=X" not in granted and granted != "everybody", name  # noqa: PT018
    assert {name for name, owner, _, _ in powerful if owner != "ledger_owner"} == _ACROSS_TENANTS


def test_nobody_logs_in_as_owner(connection: Connection) -> None:
    """Owner and keeper are nobody's login, and no role of ours is above the rules."""
    roles = connection.execute("""
        SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        FROM pg_roles WHERE rolname LIKE 'ledger%' ORDER BY 1
    """).fetchall()

    assert roles == [
        ("ledger_app", True, False), ("ledger_keeper", False, False), ("ledger_owner", False, False),
        ("ledger_reader", True, False),
    ]  # fmt: skip
