"""The figures of `atomic bench ledger`, for people and for machines."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rich.table import Table

from stacks.local.bench.ledger.ablation import Cost
from stacks.local.bench.ledger.clients import Throughput
from stacks.local.bench.ledger.questions import Latency


@dataclass(frozen=True)
class Pair:
    """One load and the floor measured beside it, medians of the runs. `ratio` is the median of the runs' ratios."""

    what: str
    clients: int
    ours: Throughput
    floor: Throughput
    ratio: float

    @classmethod
    def of(cls, what: str, clients: int, runs: Sequence[tuple[Throughput, Throughput]]) -> Pair:
        """The medians of a load's and its floor's runs."""
        ours, floor = (_median([run[side] for run in runs]) for side in (0, 1))
        ratios = [ours.per_second / floor.per_second for ours, floor in runs]
        return cls(what, clients, ours, floor, statistics.median(ratios))


@dataclass(frozen=True)
class LedgerReport:
    """Everything measured. `safeguards` holds None where the ledger has no such safeguard."""

    pairs: tuple[Pair, ...]
    round_trips_max: int
    bids: int
    explain: Latency
    last_hour: Latency
    floor_of_one: Throughput
    folded_events: int
    fold_per_second: float
    safeguards: dict[str, Cost | None]

    def tables(self) -> list[Table]:
        """For people."""
        return [self._loads(), self._questions(), *([self._safeguards()] if self.safeguards else [])]

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)

    def _loads(self) -> Table:
        table = Table(title=f"loads (CPU in ms each); an auction takes at most {self.round_trips_max} round trips")
        for column in ("load", "clients", "per s", "p50 ms", "p99 ms", "client CPU", "server CPU", "ratio"):
            table.add_column(column, justify="left" if column == "load" else "right")
        for pair in self.pairs:
            for what, measured, ratio in (
                (pair.what, pair.ours, f"{pair.ratio:.2f}"),
                ("pgbench -N", pair.floor, ""),
            ):
                cpu = [
                    _each_ms(measured, seconds)
                    for seconds in (measured.client_cpu_seconds, measured.server_cpu_seconds)
                ]
                times = [f"{measured.per_second:,.0f}", f"{measured.p50_ms:.2f}", f"{measured.p99_ms:.2f}"]
                table.add_row(what, str(pair.clients), *times, *cpu, ratio)
            table.add_section()
        return table

    def _questions(self) -> Table:
        table = Table(title=f"questions at {self.bids:,} bids")
        for column in ("question", "p50 ms", "p99 ms", "per s", "to pgbench -N, 1 client"):
            table.add_column(column, justify="left" if column == "question" else "right")
        for what, took in (("why was this seat selected", self.explain), ("wins of the last hour", self.last_hour)):
            rate = 1_000 / took.p50_ms
            ratio = rate / self.floor_of_one.per_second
            table.add_row(what, f"{took.p50_ms:.2f}", f"{took.p99_ms:.2f}", f"{rate:,.0f}", f"{ratio:.2f}")
        ratio = self.fold_per_second / self.floor_of_one.per_second
        what = f"fold {self.folded_events:,} outcomes"
        table.add_row(what, "", "", f"{self.fold_per_second:,.0f}", f"{ratio:.1f}")
        return table

    def _safeguards(self) -> Table:
        clients = max(pair.clients for pair in self.pairs)
        table = Table(title=f"what each safeguard costs, {clients} clients")
        table.add_column("safeguard")
        table.add_column("of throughput", justify="right")
        table.add_column("of server CPU", justify="right")
        for name, cost in self.safeguards.items():
            shares = ("not in this ledger", "") if cost is None else (_share(cost.throughput), _share(cost.server_cpu))
            table.add_row(name, *shares)
        return table


def _median(runs: Sequence[Throughput]) -> Throughput:
    """Field by field; what any run does not know is unknown."""

    def median(of: Callable[[Throughput], float]) -> float:
        return statistics.median(map(of, runs))

    server = [run.server_cpu_seconds for run in runs if run.server_cpu_seconds is not None]
    return Throughput(
        number=round(median(lambda run: run.number)),
        per_second=median(lambda run: run.per_second),
        p50_ms=median(lambda run: run.p50_ms),
        p99_ms=median(lambda run: run.p99_ms),
        client_cpu_seconds=median(lambda run: run.client_cpu_seconds),
        server_cpu_seconds=statistics.median(server) if len(server) == len(runs) else None,
    )


def _each_ms(measured: Throughput, cpu_seconds: float | None) -> str:
    return "?" if cpu_seconds is None else f"{1_000 * cpu_seconds / measured.number:.2f}"


def _share(part: float | None) -> str:
    return "?" if part is None else f"{part:.0%}"
