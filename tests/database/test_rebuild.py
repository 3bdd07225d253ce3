"""Rebuilding the policy: folded again, every version is what was written, bit for bit, or is named."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest

from bidding.adapters.in_memory import InMemoryDocuments
from bidding.adapters.intake import parse_document
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.postgres import PostgresLedger
from bidding.adapters.postgres.policy import _PENDING, _WATERMARK
from bidding.domain.errors import PolicyMoved
from bidding.domain.learning.learner import PacePlan
from bidding.ports.market import Market
from bidding.services.learning import fold_policy
from bidding.services.rebuild import Rebuild, rebuild_policy
from tests.database.conftest import Connection
from tests.ledger_samples import NOW, SEATS, World
from tests.unit.services.test_services import NoEmbedder, OneEngine

THREADS = 8


@dataclass
class Bench:
    """A tenant whose policy is folded and rebuilt."""

    world: World
    market: Market
    judgements: int = 0

    def work(self, lots: int) -> None:
        """Lots answered and judged by checks; every other one by a human too."""
        for number, lot in enumerate(self.world.lots(lots)):
            first = number % len(SEATS)
            award = self.world.awarded(lot, seats=SEATS[first:] + SEATS[:first])
            self.world.completed(award, cost_micros=100 + 37 * number)
            self.world.judged(award, "checks", number % 7 / 7)
            self.judgements += 1 + number % 2
            if number % 2:
                self.world.judged(award, "human", 1 / (1 + number), sequence="1")

    def fold(self, plan: PacePlan | None = None) -> int:
        return fold_policy(self.market, self.world.tenant, plan)

    def rebuild(self) -> Rebuild:
        return rebuild_policy(self.market.ledger, self.world.tenant)


@pytest.fixture
def bench(ledger: PostgresLedger) -> Bench:
    """A tenant of the module's ledger."""
    market = Market(
        ledger=ledger,
        documents=InMemoryDocuments(),
        engines=OneEngine(None),  # type: ignore[arg-type]  nobody is called
        embedder=NoEmbedder(),
        outputs=TypedOutputs(),
        parse_document=parse_document,
        clock=lambda: NOW,
    )
    return Bench(World.of(ledger), market)


def test_the_same_bits(bench: Bench) -> None:
    """Batches of any size, corrections across them and plans that change come out again as they were written."""
    for lots, plan in ((1, None), (9, PacePlan(150.0, 0.1)), (5, None), (0, PacePlan(90.0)), (7, PacePlan())):
        bench.work(lots)
        bench.fold(plan)

    assert bench.rebuild() == Rebuild(bench.world.tenant, 0, 5, bench.judgements, None)
    pace = bench.market.ledger.past_fold(bench.world.tenant, 2).written
    assert pace is not None
    assert pace.pace.allowance_micros == 150.0


def test_what_came_later_is_not_seen(bench: Bench) -> None:
    """A later judgement, and a call that came back after it was given up, change no version folded before them."""
    given_up, judged = (bench.world.awarded(lot) for lot in bench.world.lots(2))
    bench.world.completed(judged)
    bench.world.judged(given_up, "failure", 0.0)
    bench.world.judged(judged, "checks", 0.25)
    bench.fold()

    bench.world.completed(given_up)
    bench.world.judged(judged, "human", 0.75)

    assert bench.rebuild() == Rebuild(bench.world.tenant, 0, 1, 2, None)
    bench.fold()
    assert bench.rebuild() == Rebuild(bench.world.tenant, 0, 2, 3, None)


@pytest.mark.parametrize(
    ("harm", "differs_at"),
    [
        ("UPDATE outcomes SET reward = reward + 1e-16 WHERE outcome_id = "
         "(SELECT outcome_id FROM outcomes WHERE tenant = %s AND reward = 2 / 7::float8 "
         "ORDER BY xact_id LIMIT 1)", 1),
        ("UPDATE policy_snapshots SET watermark = (watermark::text::bigint - 1)::text::xid8 "
         "WHERE tenant = %s AND version = 2", 2),
        ("UPDATE policy_snapshots SET state = regexp_replace(state::text, "
         "'\"outcomes\": ?\\d+', '\"outcomes\": 1')::json WHERE tenant = %s AND version = 3", 3),
        ("DELETE FROM policy_snapshots WHERE tenant = %s AND version = 2", 2),
    ],
)  # fmt: skip
def test_a_change_is_named(bench: Bench, connection: Connection, harm: str, differs_at: int) -> None:
    """A reward off by its last bit, a batch that ends elsewhere, an altered or missing version: the first is named."""
    for _ in range(3):
        bench.work(4)
        bench.fold()
    connection.execute("SET session_replication_role = replica")
    assert connection.execute(harm.encode(), (bench.world.tenant,)).rowcount == 1

    assert bench.rebuild().differs_at == differs_at


def test_folds_at_once(bench: Bench) -> None:
    """Of folds that start together one makes the version; nothing is folded twice or lost, and it can be rebuilt."""
    barrier = Barrier(THREADS)

    def fold() -> int | None:
        barrier.wait()
        try:
            return bench.fold()
        except PolicyMoved:
            return None

    for round_ in range(3):
        bench.work(6)
        with ThreadPoolExecutor(THREADS) as threads:
            versions = [fold.result() for fold in [threads.submit(fold) for _ in range(THREADS)]]
        assert set(versions) - {None} == {round_ + 1}

    assert bench.rebuild() == Rebuild(bench.world.tenant, 0, 3, bench.judgements, None)


def test_the_version_is_polled(bench: Bench, ledger: PostgresLedger) -> None:
    """The latest version is parsed once, and a newer one is seen at once, whoever wrote it."""
    bench.work(2)
    bench.fold()
    kept = ledger.current(bench.world.tenant)

    assert ledger.current(bench.world.tenant) is kept
    other = PostgresLedger(ledger._database._dsn, default_budget_micros=1)  # another process
    other.append(bench.world.tenant, kept.folded([], PacePlan(5.0)), other.pending(bench.world.tenant).watermark, NOW)
    other.close()
    assert ledger.current(bench.world.tenant) == kept.folded([], PacePlan(5.0))


def test_a_fold_reads_the_bids_of_what_is_pending(bench: Bench) -> None:
    """However long the past, the question for one pending outcome takes no auction apart but its own."""
    bench.work(60)
    assert bench.fold() == 1
    bench.work(1)
    assert isinstance(bench.market.ledger, PostgresLedger)
    database = bench.market.ledger._database
    parameters = {"tenant": bench.world.tenant, "watermark": database.value(_WATERMARK, {})}
    (explained,) = database.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {_PENDING}", parameters)
    (plan,) = explained.values()
    scans = [node for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Function Scan"]
    bids = sum(node["Actual Rows"] * node["Actual Loops"] for node in scans)
    assert 0 < bids <= 4 * len(SEATS), "who won, and all offers"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)
