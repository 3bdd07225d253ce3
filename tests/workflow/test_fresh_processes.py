"""Nothing that matters lives in a process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bidding.domain.bids import BidRequest
from bidding.domain.clearing import clear
from bidding.domain.ids import LotId, SeatId
from bidding.domain.records import LotHistory
from bidding.domain.seats import PriceList, Seat
from stacks.local.aws.functions import Handler
from stacks.local.machines import snake
from stacks.local.stack import LocalStack

ROOT = Path(__file__).parents[2]
SEATS = [
    Seat(SeatId(f"seat/{n}"), "scripted", f"m{n}", frozenset({"classify", "draft"}), "on_host", PriceList(5_000 * n))
    for n in range(1, 5)
]
DOCUMENT = {"subject": "Hours", "text": "When does the shop open?", "options": {"kinds": ["classify"]}}


def awards_follow_from_the_ledger(history: LotHistory) -> None:
    """Clear the logged auction again, here: winner, chances and every notice are the same."""
    [past] = history.rounds
    request = BidRequest(past.auction_id, history.lot, past.attempt, past.policy_version, past.pace)
    bids = [row.bid for row in past.bids if row.bid]
    again = clear(request, bids, np.random.default_rng(past.seed))
    assert past.award is not None
    assert (again.winner.seat_id, again.propensity) == (past.award.seat_id, past.award.propensity)
    assert again.runners_up == past.award.runners_up
    assert {notice.seat_id: notice for notice in again.notices} == {
        row.seat_id: row.notice for row in past.bids if row.notice
    }


def test_every_state_in_a_process_of_its_own_gives_the_award_that_the_ledger_explains(home: Path) -> None:
    """Handlers share nothing but the ledger and the objects, and the draw can be repeated anywhere."""
    script = home.parent / "script.json"
    answers = {"classify": {"label": "question", "confidence": 0.9}, "draft": {"body": "It opens at nine. Regards"}}
    script.write_text(
        json.dumps(
            [
                {"seat": seat.model, "kind": kind, "steps": [{"text": answers[kind]}]}
                for seat in SEATS
                for kind in answers
            ]
        )
    )
    started: list[str] = []

    def elsewhere(name: str, _: Handler) -> Handler:
        def run(event: Any, context: Any) -> Any:
            command = [sys.executable, "-m", "tests.workflow.fresh_process", snake(name), str(home)]
            ran = subprocess.run(
                command, input=json.dumps(event), capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
            )
            started.append(name)
            return json.loads(ran.stdout.splitlines()[-1])

        return run

    with LocalStack(home, seats=SEATS, script=script, observe=elsewhere) as stack:
        report = stack.submit(json.dumps(DOCUMENT).encode(), "test")
        assert report.status == "done", report
        assert {"IngestTask", "OpenAuction", "ClearAuction", "ExecuteLot", "FoldPolicy"} <= set(started)
        for lot in report.lots:
            awards_follow_from_the_ledger(stack.ledger.history(stack.tenant, LotId(lot.lot_id)))
