"""`adapt_variants` on the real state machine, with DSPy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat
from schemas.adaptation import CompileRequest
from schemas.execution import FeedbackRequest
from stacks.local.errors import AdaptationFailed
from stacks.local.stack import LocalStack

pytestmark = pytest.mark.filterwarnings("ignore")  # DSPy's own, of its dependencies

SEAT = Seat(SeatId("m/plain"), "scripted", "m", frozenset({"classify"}), "on_host", PriceList(20_000, 100_000))


def test_a_seat_is_adapted_where_enough_is_verified(tmp_path: Path) -> None:
    """Too little is refused with a sentence; then the machine compiles, and registers nothing that is no better."""
    tmp_path.chmod(0o755)
    answer = {"text": json.dumps({"label": "question", "confidence": 0.9})}
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"seat": "m", "kind": "classify", "steps": [answer]}]))
    with LocalStack(tmp_path / "home", seats=[SEAT], script=script) as stack:
        request = CompileRequest(tenant=stack.tenant, kind="classify", seat_id=SEAT.seat_id, optimizer="labeled")
        with pytest.raises(AdaptationFailed, match="0 verified classify lots"):
            stack.adapt(request)
        for number in range(12):
            document = {"text": f"When does shop {number} open?", "options": {"kinds": ["classify"]}}
            report = stack.submit(json.dumps(document).encode(), "test")
            right: dict[str, object] = {"label": "question", "confidence": 1.0}
            stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=report.lots[0].lot_id, corrected=right))
        compiled = stack.adapt(request)
        assert (compiled.variant, compiled.base_right, compiled.examined) == (None, 1.0, 5)
        assert [seat.seat_id for seat in stack.ledger.seats()] == [SEAT.seat_id]
