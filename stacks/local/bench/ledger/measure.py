"""Measure the ledger, with the floor measured between its loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bidding.domain.ids import TenantId
from stacks.local.bench.ledger.ablation import costs_of_safeguards
from stacks.local.bench.ledger.clients import Load, Throughput, Work, run_load
from stacks.local.bench.ledger.floor import Floor
from stacks.local.bench.ledger.past import Past
from stacks.local.bench.ledger.questions import explain_latency, fold_rate, last_hour_latency
from stacks.local.bench.ledger.report import LedgerReport, Pair
from stacks.local.bench.ledger.round_trips import count_round_trips
from stacks.local.bench.ledger.sql_alone import run_sql_alone
from stacks.local.bench.scratch_server import AMPLE_MICROS, ScratchServer, open_ledger

_TENANT = TenantId("bench")


@dataclass(frozen=True)
class Plan:
    """How much to measure: numbers of clients, seconds of a run, runs of which the median counts, bids in the past.

    `ablation` adds what each safeguard costs, and doubles the time.
    """

    clients: tuple[int, ...]
    seconds: float
    runs: int
    bids: int
    ablation: bool


def measure_ledger(plan: Plan, tell: Callable[[str], None]) -> LedgerReport:
    """Loads, questions and the cost of safeguards on a server of its own; `tell` hears of each step."""
    most = max(plan.clients)
    with ScratchServer() as server:
        dsn = _ledger(server, "loads")
        trips = count_round_trips(dsn, _TENANT)
        floor = Floor.on(server, most, plan.seconds)
        kinds: list[tuple[Work, int]] = [("auctions", clients) for clients in plan.clients]
        kinds += [("auctions of two processes", most), ("SQL alone", most), ("holds", most)]
        runs: dict[tuple[Work, int], list[tuple[Throughput, Throughput]]] = {kind: [] for kind in kinds}
        for run in range(plan.runs):
            tell(f"loads, run {run + 1} of {plan.runs}")
            for kind in kinds:
                runs[kind].append(_beside_floor(server, floor, dsn, kind, plan.seconds, floor_first=run % 2 == 0))
        pairs = tuple(Pair.of(_NAMES[work], clients, runs[work, clients]) for work, clients in kinds)
        for pair in pairs:
            tell(f"{pair.what}, {pair.clients} clients: {pair.ours.per_second:,.0f}/s, {pair.ratio:.2f} of pgbench -N")
        safeguards = {}
        if plan.ablation:
            tell("the cost of safeguards")
            safeguards = costs_of_safeguards(server, most, plan.seconds, plan.runs)

        dsn = _ledger(server, "past")
        past = Past.begin(dsn, _TENANT, plan.bids)
        folds = []
        for part in range(plan.runs):
            tell(f"a past of {past.bids:,} bids, part {part + 1} of {plan.runs}")
            past.write(part, plan.runs)
            folds.append(fold_rate(dsn, _TENANT))
        folded, fold_per_second = sorted(folds, key=lambda fold: fold[1])[len(folds) // 2]
        return LedgerReport(
            pairs=pairs,
            round_trips_max=max(trips),
            bids=past.bids,
            explain=explain_latency(dsn, _TENANT),
            last_hour=last_hour_latency(dsn, _TENANT),
            floor_of_one=floor.measure(1, plan.seconds),
            folded_events=folded,
            fold_per_second=fold_per_second,
            safeguards=safeguards,
        )


_NAMES: dict[Work, str] = {
    "auctions": "auctions",
    "auctions of two processes": "auctions, two processes",
    "SQL alone": "auctions (SQL alone)",
    "holds": "holds, one budget",
}


def _ledger(server: ScratchServer, name: str) -> str:
    dsn = server.database(name)
    ledger = open_ledger(dsn)
    ledger.set_budget(_TENANT, AMPLE_MICROS)
    ledger.close()
    return dsn


def _beside_floor(
    server: ScratchServer, floor: Floor, dsn: str, kind: tuple[Work, int], seconds: float, *, floor_first: bool
) -> tuple[Throughput, Throughput]:
    """One run of a load and one of the floor, in turn first."""
    work, clients = kind
    before = floor.measure(clients, seconds) if floor_first else None
    load = Load(dsn, _TENANT, clients, seconds, work)
    ours = run_sql_alone(server, load) if work == "SQL alone" else run_load(load, server.cpu_seconds)
    return ours, before or floor.measure(clients, seconds)
