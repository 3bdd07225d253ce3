"""How much time the market itself takes: everything but the models.

Scripted seats answer at once, so that all the time measured is ours. Two figures in one run: the tasks through
the state machines, and, as the floor, the same handlers called one after the other in plain Python.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.table import Table

from schemas.tasks import TaskRequest
from stacks.local.bench.scripted_market import LOTS_PER_TASK, scripted_seats, task_document, write_script
from stacks.local.machines import snake
from stacks.local.stack import LocalStack

TASKS = 8


@dataclass
class Stopwatch:
    """Adds up the time spent in each function."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def wrap(self, name: str, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """The same handler, timed."""

        def timed(event: Any, context: Any) -> Any:
            started = time.perf_counter()
            try:
                return handler(event, context)
            finally:
                self.seconds[name] += time.perf_counter() - started

        return timed


@dataclass(frozen=True)
class WorkflowReport:
    """Milliseconds per lot: medians over the runs."""

    lots: int
    workflow_ms: float
    direct_ms: float
    functions_ms: dict[str, float]

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"overhead per lot, everything but model time (median; {self.lots} lots a run)")
        table.add_column("part")
        table.add_column("ms per lot", justify="right")
        table.add_column("share", justify="right")
        inside = sum(self.functions_ms.values())
        rows = {**self.functions_ms, "state machines": self.workflow_ms - inside}
        for name, milliseconds in sorted(rows.items(), key=lambda row: -row[1]):
            table.add_row(name, f"{milliseconds:.2f}", f"{milliseconds / self.workflow_ms:.0%}")
        table.add_section()
        table.add_row("all", f"{self.workflow_ms:.2f}", "100%")
        table.add_row("floor: the same handlers in plain Python", f"{self.direct_ms:.2f}", "")
        table.add_row("ratio to the floor", f"{self.workflow_ms / self.direct_ms:.2f}", "")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "lots": self.lots,
            "workflow_ms_per_lot": self.workflow_ms,
            "direct_ms_per_lot": self.direct_ms,
            "functions_ms_per_lot": self.functions_ms,
        }


def measure_workflow(folder: Path, runs: int) -> WorkflowReport:
    """Run fresh tasks through the machines and through plain calls, `runs` times in turn."""
    script = write_script(folder)
    watch = Stopwatch()
    with LocalStack(folder / "home", seats=scripted_seats(), script=script, observe=watch.wrap) as stack:
        _through_machines(stack, run=-1)
        watch.seconds.clear()
        workflow, direct = [], []
        for run in range(runs):
            workflow.append(_through_machines(stack, run))
            direct.append(_direct(stack, run))
        lots = TASKS * LOTS_PER_TASK
        # Direct calls go through unwrapped handlers, so the stopwatch saw the workflow runs only.
        functions = {name: 1_000 * total / (runs * lots) for name, total in watch.seconds.items()}
    return WorkflowReport(
        lots=lots,
        workflow_ms=1_000 * statistics.median(workflow) / lots,
        direct_ms=1_000 * statistics.median(direct) / lots,
        functions_ms=functions,
    )


def _through_machines(stack: LocalStack, run: int) -> float:
    started = time.perf_counter()
    for n in range(TASKS):
        report = stack.submit(task_document(f"machine-{run}-{n}"), "bench")
        assert report.status == "done", report
    return time.perf_counter() - started


def _direct(stack: LocalStack, run: int) -> float:
    started = time.perf_counter()
    for n in range(TASKS):
        key = f"tenants/{stack.tenant}/inbox/direct-{run}-{n}"
        stack.market.documents.put(key, task_document(f"direct-{run}-{n}"))
        _run_task(stack, key)
    return time.perf_counter() - started


def _run_task(stack: LocalStack, key: str) -> None:
    request = TaskRequest(tenant=stack.tenant, document_key=key, source="bench", owner="bench")
    task = _call("IngestTask", request.model_dump(mode="json"))
    ids = {"tenant": task["tenant"], "task_id": task["task_id"]}
    for wave in _call("DecomposeTask", {**ids, "attempt": 1})["waves"]:
        for lot in wave["lots"]:
            _run_lot({"tenant": task["tenant"], "lot_id": lot["lot_id"], "attempt": 1})
    result = _call("AssembleResult", ids)
    _call("FoldPolicy", {"tenant": task["tenant"]})
    _call("DeliverResult", {**ids, "status": result["status"], "result_key": result["result_key"]})


def _run_lot(lot: dict[str, Any]) -> None:
    award = _call("ClearAuction", {"quotes": _call("OpenAuction", lot), "round": 1})
    for step in ("ExecuteLot", "SettleLot", "RecordOutcome"):
        _call(step, award)


def _call(function: str, event: dict[str, Any]) -> Any:
    """A handler as Lambda calls it, JSON in and JSON out, with no state machine around it."""
    handler = import_module(f"lambdas.{snake(function)}").handler
    return json.loads(json.dumps(handler(json.loads(json.dumps(event)), None)))
