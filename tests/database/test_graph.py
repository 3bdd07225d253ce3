"""The graph on the real database: whole under concurrency, fast to the bounds of its bench, closed to other roles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bidding.adapters.postgres import PostgresLedger
from bidding.domain import ids
from bidding.domain.graph import Entity, SolvedLot, task_relations
from bidding.domain.ids import SeatId
from stacks.local.bench.graph import measure_graph
from tests.database.conftest import Connection
from tests.ledger_samples import NOW, World

TASKS = 40


def test_concurrent_tasks_lose_no_count(world: World, ledger: PostgresLedger) -> None:
    """Many tasks of one sender at once, each told twice and corrected once: every counter ends as if one by one."""

    def tell(number: int) -> None:
        task = ids.task_id(NOW + number // 2, world.tenant, f"mail-{number // 2}")
        for label in ("invoice", "complaint"):
            lots = [SolvedLot(label, True, SeatId("large"), None)]
            relations = task_relations(world.tenant, task, "ada@example.org", "thread", "internal", lots)
            ledger.record_relations(world.tenant, task, relations)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(2 * TASKS)))

    ada = Entity.of(world.tenant, "sender", "ada@example.org")
    found = ledger.neighbourhood(world.tenant, [ada.entity_id], 1, kinds=("belongs_to", "writes_about"))
    assert {each.target.name: each.weight for each in found} == {"example.org": TASKS, "complaint": TASKS}


def test_the_market_changes_the_graph_by_its_function_only(app_dsn: str) -> None:
    """The role of the market may neither write nor delete rows of the graph itself."""
    with psycopg.connect(app_dsn, autocommit=True) as connection:
        for table in ("entities", "relations", "relation_evidence", "entity_embeddings", "erasures", "archives"):
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET tenant = 'x'", f"TRUNCATE {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())


def test_another_tenant_sees_no_row(world: World, ledger: PostgresLedger, app_dsn: str) -> None:
    """A session that names another tenant, or none, reads nothing."""
    task = ids.task_id(NOW, world.tenant, "mail-1")
    lots = [SolvedLot("invoice", True, SeatId("large"), None)]
    relations = task_relations(world.tenant, task, "ada@example.org", "thread", "internal", lots)
    ledger.record_relations(world.tenant, task, relations, (1.0, 0.0))
    with psycopg.connect(app_dsn, autocommit=True) as connection:
        for tenant, rows in (("stranger", 0), ("", 0), (world.tenant, 1)):
            connection.execute("SELECT set_config('atomic.tenant', %s, false)", (tenant,))
            for table in ("entities", "relations", "entity_embeddings"):
                found = connection.execute(f"SELECT DISTINCT tenant FROM {table}".encode()).fetchall()
                assert len(found) == rows


def test_text_may_be_blanked_and_nothing_else(world: World, connection: Connection) -> None:
    """Whoever owns the tables can blank a personal column, and neither rewrite it nor touch its neighbours."""
    [lot] = world.lots()
    award = world.awarded(lot)
    world.completed(award, failed=True)
    refused = psycopg.errors.RestrictViolation
    for table, key, row, change in (
        ("completions", "award_id", award.award_id, "cost_micros = 0"),
        ("completions", "award_id", award.award_id, "detail = 'better'"),
        ("lots", "lot_id", lot.lot_id, "part = 'other'"),
        ("lots", "lot_id", lot.lot_id, "value_micros = 1"),
        ("tasks", "task_id", lot.task_id, "source = 'other'"),
        ("tasks", "task_id", lot.task_id, "document_key = ''"),
    ):
        with pytest.raises(refused):
            connection.execute(f"UPDATE {table} SET {change} WHERE {key} = %s".encode(), (row,))
    connection.execute("UPDATE completions SET detail = '' WHERE award_id = %s", (award.award_id,))
    with pytest.raises(refused):
        connection.execute("DELETE FROM completions WHERE award_id = %s", (award.award_id,))


def test_the_bench_walks_what_it_loaded(postgres_dsn: str, ledger: PostgresLedger) -> None:
    """A small run of `atomic bench graph` finds relations, meets hubs and stays within the cap."""
    figures = measure_graph(postgres_dsn, ledger, relations=5_000)
    assert figures.busiest_entity_relations > 100
    assert 1 < figures.two_hops_relations_mean <= 20 + 20 * 20
    assert figures.two_hops_p50_ms <= figures.two_hops_p99_ms
