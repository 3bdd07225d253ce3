"""What observability costs per lot: in time, on and off in pairs through the real workflow, and on the bill.

Scripted seats answer at once. Each pair runs the same number of fresh tasks with everything on and with everything off,
in an order that alternates; what is reported is the median of the pairs' differences, with their spread. Time is this
process's processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import psycopg
from rich.table import Table

from bidding.adapters.observers.lines import LineObserver, now_ms
from bidding.domain.all_events import EVENTS
from lambdas.environment import forget_market, market
from stacks.local.bench.scripted_market import LOTS_PER_TASK, scripted_seats, task_document, write_script
from stacks.local.collector import collecting
from stacks.local.cost.model import Load, bill
from stacks.local.stack import LocalStack

TASKS = 8
_REPEATS = 20
_LOTS = TASKS * LOTS_PER_TASK
_WATCHING = ("logs, GB", "logs kept, GB-months", "traces", "custom metrics", "alarms", "dashboard")

_VARIABLES = ("ATOMIC_OBSERVABILITY", "ATOMIC_TRACES", "OTEL_EXPORTER_OTLP_ENDPOINT")
Level = Literal["off", "lines", "lines and spans"]


@dataclass(frozen=True)
class ObservabilityReport:
    """Per lot. `off_ms` is the workflow's processor time without any observability, the others what is added to it."""

    lots: int
    pairs: int
    off_ms: float
    lines_ms: float
    lines_ms_spread: tuple[float, float]
    spans_ms: float
    spans_ms_spread: tuple[float, float]
    report_ms: float
    lines_per_lot: float
    log_bytes_per_lot: float
    ledger_bytes_per_lot: float
    ledger_cpu_ms_per_lot: float
    usd_per_million_lots: float
    usd_fixed_per_month: float

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"observability per lot ({self.lots} lots a run, {self.pairs} pairs, medians)")
        table.add_column("figure")
        table.add_column("value", justify="right")
        rows = {
            "workflow without it": f"{self.off_ms:.2f} ms",
            "log lines with metrics add": f"{self.lines_ms:.2f} ms, quartiles {_spread(self.lines_ms_spread)}",
            "of that, making and writing the lines": f"{self.report_ms:.2f} ms",
            "spans add besides": f"{self.spans_ms:.2f} ms, quartiles {_spread(self.spans_ms_spread)}",
            "lines": f"{self.lines_per_lot:.1f}",
            "bytes of log": f"{self.log_bytes_per_lot:,.0f}",
            "bytes of ledger": f"{self.ledger_bytes_per_lot:,.0f}",
            "processor time of the database": f"{self.ledger_cpu_ms_per_lot:.2f} ms",
            "CloudWatch and X-Ray, million lots": f"$ {self.usd_per_million_lots:.2f}",
            "and fixed, a month": f"$ {self.usd_fixed_per_month:.2f}",
        }
        for name, value in rows.items():
            table.add_row(name, value)
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def measure_observability(folder: Path, pairs: int) -> ObservabilityReport:
    """Run fresh tasks with observability off, with lines, and with spans too, `pairs` times in turn."""
    script = write_script(folder)
    off: list[float] = []
    added: dict[Level, list[float]] = {"lines": [], "lines and spans": []}
    with LocalStack(folder / "home", seats=scripted_seats(), script=script, budget_micros=10**9) as stack:
        log = stack.home / "atomic.log"
        _run(stack, "lines", -1)
        before = (_size(log), _count(log), _database_bytes(), _database_seconds(stack.home))
        _run(stack, "lines", -2)
        after = (_size(log), _count(log), _database_bytes(), _database_seconds(stack.home))
        reporting = _reporting_seconds(log.read_bytes()[before[0] : after[0]])
        for pair in range(pairs):
            order: tuple[Level, ...] = ("off", "lines", "lines and spans")
            seconds = {level: _run(stack, level, pair) for level in (order if pair % 2 else reversed(order))}
            off.append(seconds["off"])
            added["lines"].append(seconds["lines"] - seconds["off"])
            added["lines and spans"].append(seconds["lines and spans"] - seconds["lines"])
    bytes_, count, ledger, cpu = (later - earlier for later, earlier in zip(after, before, strict=True))
    growing, fixed = _bill(bytes_ / _LOTS)
    return ObservabilityReport(
        lots=_LOTS,
        pairs=pairs,
        off_ms=_per_lot(statistics.median(off)),
        lines_ms=_per_lot(statistics.median(added["lines"])),
        lines_ms_spread=_quartiles(added["lines"]),
        spans_ms=_per_lot(statistics.median(added["lines and spans"])),
        spans_ms_spread=_quartiles(added["lines and spans"]),
        report_ms=1_000 * reporting / _LOTS,
        lines_per_lot=count / _LOTS,
        log_bytes_per_lot=bytes_ / _LOTS,
        ledger_bytes_per_lot=ledger / _LOTS,
        ledger_cpu_ms_per_lot=1_000 * cpu / _LOTS,
        usd_per_million_lots=growing,
        usd_fixed_per_month=fixed,
    )


def _reporting_seconds(text: bytes) -> float:
    """Processor seconds that it takes to report all events of these lines again; the least of several times."""
    events = {event.name: event for event in EVENTS}
    told = []
    for line in map(json.loads, text.splitlines()):
        kind = events[line["message"]]
        told.append(kind(**{each.name: line.get(each.name) for each in fields(kind)}))
    observer = LineObserver(now_ms)
    seconds = []
    for _ in range(_REPEATS):
        started = time.thread_time()
        with observer.invocation("bench", {"request_id": str(uuid.uuid4())}):
            for each in told:
                observer.report(each)
        seconds.append(time.thread_time() - started)
    return min(seconds)


def _bill(log_bytes_per_lot: float) -> tuple[float, float]:
    """Dollars for a million lots, and for a month whatever is done, with the logs as measured."""
    load = Load(lots=1_000_000, mix={"amazon.nova-micro-v1:0": 1.0}, log_bytes_per_lot=log_bytes_per_lot)
    lines = [line for line in bill(load, "express") if line.name in _WATCHING]
    growing = sum(line.usd for line in lines if not line.fixed)
    return growing, sum(line.usd for line in lines if line.fixed)


def _run(stack: LocalStack, level: Level, run: int) -> float:
    """Processor seconds of fresh tasks at a level; the first task, which warms up, is not counted."""
    with _at(stack, level):
        _submit(stack, f"{level} {run} warm")
        started = time.process_time()
        for n in range(TASKS):
            _submit(stack, f"{level} {run} {n}")
        return time.process_time() - started


@contextmanager
def _at(stack: LocalStack, level: Level) -> Iterator[None]:
    """The stack's functions watched at a level: they are made anew, as functions with other settings would be."""
    given = {"ATOMIC_OBSERVABILITY": "off" if level == "off" else "on"}
    with collecting([]) as endpoint:
        if level == "lines and spans":
            given |= {"ATOMIC_TRACES": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        before = {name: os.environ.pop(name, None) for name in _VARIABLES}
        os.environ.update(given)
        forget_market()
        stack.market = market()
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
            forget_market()
            stack.market = market()


def _submit(stack: LocalStack, name: str) -> None:
    report = stack.submit(task_document(name), "bench")
    assert report.status == "done", report


def _database_bytes() -> int:
    with psycopg.connect(os.environ["ATOMIC_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def _database_seconds(home: Path) -> float:
    """Processor time of all backends so far, from /proc; not a number where there is none."""
    (pid_file,) = home.rglob("postmaster.pid")
    postmaster = pid_file.read_text().split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[1] == postmaster:
                ticks += int(fields[11]) + int(fields[12])
            elif stat.parent.name == postmaster:  # what its ended children took
                ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else math.nan


def _size(log: Path) -> int:
    return log.stat().st_size


def _count(log: Path) -> int:
    return log.read_bytes().count(b"\n")


def _per_lot(seconds: float) -> float:
    return 1_000 * seconds / _LOTS


def _quartiles(seconds: list[float]) -> tuple[float, float]:
    if len(seconds) < 2:
        return _per_lot(seconds[0]), _per_lot(seconds[0])
    low, _, high = statistics.quantiles(seconds, n=4)
    return _per_lot(low), _per_lot(high)


def _spread(spread: tuple[float, float]) -> str:
    return f"{spread[0]:.2f} to {spread[1]:.2f}"
