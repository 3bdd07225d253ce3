"""One open stack with scripted seats for all tests of the API."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from stacks.local.stack import LocalStack
from tests.api.requests import Client

SCRIPT = [
    {"seat": "any", "kind": "classify", "steps": [{"text": {"label": "question", "confidence": 0.9}}]},
    {"seat": "any", "kind": "draft", "steps": [{"text": {"body": "The shop opens at nine. Kind regards"}}]},
    {"seat": "any", "kind": "extract", "steps": [{"text": {}}]},
    {"seat": "any", "kind": "summarise", "steps": [{"text": {"summary": "A question about opening hours."}}]},
]
TASK = {"subject": "Opening hours", "text": "When does the shop open?", "sender": "Ada", "reply": True}


def scripted_seat(seat_id: str = "good/one") -> Seat:
    return Seat(
        SeatId(seat_id),
        engine="scripted",
        model="any",
        kinds=frozenset({"classify", "extract", "draft", "summarise"}),
        location="on_host",
        prices=PriceList(input_micros_per_mtok=100_000, output_micros_per_mtok=100_000),
    )


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """A stack of this module's own."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-api-"))
    folder.chmod(0o755)
    script = folder / "script.json"
    script.write_text(json.dumps(SCRIPT))
    with LocalStack(folder / "home", seats=[scripted_seat()], script=script, upload_base="http://here") as opened:
        yield opened
    shutil.rmtree(folder, ignore_errors=True)


def settled(client: Client, submission_id: str, seconds: float = 20) -> str:
    """The task that a submission became, once it ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        shown = client.call("GET", f"/submissions/{submission_id}").body
        if shown["status"] not in {"accepted", "running"}:
            return str(shown["task_id"])
        time.sleep(0.05)
    raise TimeoutError(f"submission {submission_id} did not end: {shown}")
