"""The bench of the ledger measures what it says: whole auctions, two round trips, a past in which all adds up."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from bidding.domain.ids import LotId, TenantId
from stacks.local.bench.ledger.ablation import SAFEGUARDS, without
from stacks.local.bench.ledger.clients import Load, Work, run_load
from stacks.local.bench.ledger.floor import Floor
from stacks.local.bench.ledger.past import Past
from stacks.local.bench.ledger.questions import explain_latency, fold_rate, last_hour_latency
from stacks.local.bench.ledger.round_trips import count_round_trips
from stacks.local.bench.ledger.sql_alone import run_sql_alone
from stacks.local.bench.scratch_server import AMPLE_MICROS, ScratchServer, open_ledger


@pytest.fixture
def scratch() -> Iterator[ScratchServer]:
    """A server of its own."""
    with ScratchServer() as server:
        yield server


def test_round_trips(postgres_dsn: str) -> None:
    """An auction takes one round trip to the database, counted on the wire."""
    assert set(count_round_trips(postgres_dsn, TenantId("counted"))) == {1}


@pytest.mark.parametrize(("work", "processes"), [("auctions", 3), ("auctions of two processes", 2)])
def test_load_and_floor(scratch: ScratchServer, work: Work, processes: int) -> None:
    """A load counts the auctions that are in the ledger afterwards, and the floor runs beside it on the same server."""
    dsn = scratch.database(f"loads_of_{processes}")
    load = Load(dsn, TenantId("loaded"), clients=3, seconds=1, work=work)

    measured = run_load(load, scratch.cpu_seconds)
    floor = Floor.on(scratch, clients=2, seconds=1).measure(2, 1)

    with psycopg.connect(dsn) as connection:
        awards = connection.execute("SELECT count(*) FROM awards").fetchone()
    assert len(load.threads) == processes
    assert awards == (measured.number + 3,)  # each client's first opens its connection
    assert min(measured.per_second, measured.client_cpu_seconds, floor.per_second, floor.p99_ms) > 0


def test_sql_alone(scratch: ScratchServer) -> None:
    """Every transaction of the SQL alone is a whole auction: a hold, eight bids and the award."""
    dsn = scratch.database("loads")

    measured = [run_sql_alone(scratch, Load(dsn, TenantId("alone"), clients=2, seconds=1)) for _ in range(2)]

    number = sum(run.number for run in measured)
    with psycopg.connect(dsn) as connection:
        written = connection.execute(
            "SELECT (SELECT count(*) FROM holds), (SELECT count(*) FROM awards), (SELECT count(*) FROM all_bids)"
        ).fetchone()
    assert number > 0
    assert written == (number, number, 8 * number)


def test_safeguards_removed(scratch: ScratchServer) -> None:
    """What is measured without a safeguard really lacks it, still records auctions, and the original keeps it."""
    whole = scratch.database("whole")
    tampered = "UPDATE auctions SET round = 2"
    for number, safeguard in enumerate(SAFEGUARDS):
        dsn = without(scratch, safeguard, "whole", f"without_{number}")
        assert dsn is not None
        assert run_load(Load(dsn, TenantId("loaded"), clients=1, seconds=0.1), lambda: None).number > 0
        if safeguard == "triggers":
            with psycopg.connect(dsn) as connection:
                assert connection.execute(tampered).rowcount > 0

    with psycopg.connect(whole) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(tampered)


def test_past(postgres_dsn: str) -> None:
    """Copies of whole lives keep the books: money is conserved, histories are whole, every outcome is folded once."""
    tenant = TenantId("past")
    ledger = open_ledger(postgres_dsn)
    ledger.set_budget(tenant, AMPLE_MICROS)
    past = Past.begin(postgres_dsn, tenant, bids=1_600)
    folded = []
    for part in range(2):
        past.write(part, 2)
        folded.append(fold_rate(postgres_dsn, tenant)[0])

    assert ledger.conservation(tenant).holds
    assert sum(folded) * 8 == past.bids == 1_600
    with psycopg.connect(postgres_dsn) as connection:
        (lot,) = connection.execute(
            "SELECT lot_id::text FROM lots WHERE tenant = 'past' ORDER BY lot_id"
        ).fetchone() or ("",)
    (oldest,) = ledger.history(tenant, LotId(lot)).rounds
    assert len(oldest.bids) == 8
    assert oldest.award is not None
    assert oldest.settlement is not None
    assert len(oldest.outcomes) == 1
    assert explain_latency(postgres_dsn, tenant).p50_ms > 0
    assert last_hour_latency(postgres_dsn, tenant).p50_ms > 0
    ledger.close()
