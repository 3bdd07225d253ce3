"""Run ten scripted tasks in HOME, slowly enough to be killed in the middle: python interrupted_run.py HOME."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from stacks.local.stack import LocalStack

TASKS = 10
KINDS = ("classify", "extract", "draft")
_ANSWERS = {
    "classify": {"label": "invoice", "confidence": 0.9},
    "extract": {"dates": [{"date": "2026-05-02", "span": "2026-05-02"}]},
    "draft": {"body": "Thank you, I will check the invoice by then. Kind regards"},
}


def documents() -> list[bytes]:
    """Ten different questions about invoices."""
    text = "Could you check invoice {n} over 1,200.50 EUR by 2026-05-02, please?"
    return [json.dumps({"subject": "Invoice", "text": text.format(n=n), "reply": True}).encode() for n in range(TASKS)]


def main(home: Path) -> None:
    """Print a line for every task that ended."""
    script = home.parent / "script.json"
    steps = [{"seat": "any", "kind": kind, "steps": [{"text": _ANSWERS[kind], "latency_ms": 250}]} for kind in KINDS]
    script.write_text(json.dumps(steps))
    prices = PriceList(input_micros_per_mtok=200_000, output_micros_per_mtok=400_000)
    seats = [Seat(SeatId(f"any/{n}"), "scripted", "any", frozenset(KINDS), "on_host", prices) for n in range(2)]
    with LocalStack(home, seats=seats, script=script) as stack, ThreadPoolExecutor(3) as pool:
        for report in pool.map(lambda document: stack.submit(document, "test"), documents()):
            print(report.task_id, report.status, report.cost_micros, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
