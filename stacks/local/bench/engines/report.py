"""The figures of `atomic bench engines`, for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.table import Table

from stacks.local.bench.engines.executors import Line
from stacks.local.bench.engines.roads import RoadReport


@dataclass(frozen=True, slots=True)
class EnginesReport:
    """Broken answers by parser, and emails by executor."""

    roads: RoadReport
    executors: tuple[Line, ...]

    def tables(self) -> list[Table]:
        """For people."""
        return [_parsers(self.roads), _chain(self.roads), _executors(self.executors)]

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {"roads": asdict(self.roads), "executors": [asdict(line) for line in self.executors]}


def _parsers(roads: RoadReport) -> Table:
    table = Table(title=f"{roads.cases} broken answers by parser")
    table.add_column("parser")
    for verdict in ("right", "silently wrong", "refused", "leaked"):
        table.add_column(verdict, justify="right")
    for name, counts in roads.parsers.items():
        table.add_row(name, *(str(counts.get(key, 0)) for key in ("right", "wrong", "refused", "leaked")))
    return table


def _chain(roads: RoadReport) -> Table:
    table = Table(title="the chain by road", caption=f"wrong: {', '.join(roads.wrong) or 'none'}")
    table.add_column("road")
    for verdict in ("right", "silently wrong"):
        table.add_column(verdict, justify="right")
    for road, counts in roads.chain.items():
        if road != "refused":
            table.add_row(road, str(counts.get("right", 0)), str(counts.get("wrong", 0)))
    return table


def _executors(lines: Sequence[Line]) -> Table:
    calls = max((line.calls for line in lines), default=0)
    table = Table(title=f"the same {calls} emails through every local executor")
    for name in ("executor", "kind"):
        table.add_column(name)
    for name in ("valid", "typed failures", "leaked", "repaired", "p50 ms", "p95 ms", "tokens/s", "score"):
        table.add_column(name, justify="right")
    for line in lines:
        typed = {reason: count for reason, count in line.failures.items() if not reason.startswith("leaked")}
        table.add_row(
            line.executor,
            line.kind,
            f"{line.valid}/{line.calls}",
            ", ".join(f"{count} {reason}" for reason, count in typed.items()) or "0",
            str(line.leaked),
            str(sum(count for road, count in line.roads.items() if road != "strict")),
            f"{line.p50_ms:.1f}",
            f"{line.p95_ms:.1f}",
            "" if line.tokens_per_second is None else f"{line.tokens_per_second:.0f}",
            "" if line.score is None else f"{line.score:.2f}",
        )
    return table
