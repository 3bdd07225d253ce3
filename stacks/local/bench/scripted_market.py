"""A market whose seats answer at once, so that all the time measured is the market's own."""

from __future__ import annotations

import json
from pathlib import Path

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat

_ANSWERS = {
    "classify": {"label": "invoice", "confidence": 0.9},
    "extract": {"dates": [{"date": "2026-05-02", "span": "2026-05-02"}]},
    "draft": {"body": "Thank you for the invoice, I will check it by then. Kind regards"},
}
LOTS_PER_TASK = len(_ANSWERS)


def scripted_seats() -> list[Seat]:
    """Eight that are alike, and serve every kind of a task's lots."""
    prices = PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000)
    return [Seat(SeatId(f"scripted/{n}"), "scripted", "any", frozenset(_ANSWERS), "on_host", prices) for n in range(8)]


def write_script(folder: Path) -> Path:
    """The file of what they answer."""
    script = folder / "script.json"
    lines = [{"seat": "any", "kind": kind, "steps": [{"text": text}]} for kind, text in _ANSWERS.items()]
    script.write_text(json.dumps(lines))
    return script


def task_document(name: str) -> bytes:
    """A JSON task of three lots, about the invoice of that name."""
    text = f"Could you check invoice {name} over 1,200.50 EUR by 2026-05-02, please? Regards, Ada"
    return json.dumps({"subject": "Invoice", "text": text, "sender": "Ada", "reply": True}).encode()
