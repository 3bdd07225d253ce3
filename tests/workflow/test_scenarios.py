"""Scenarios as data: a document, scripted seats, and what the ledger must say in the end.

Each file in `scenarios/` runs through the real state machines, handlers and PostgreSQL.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bidding.domain.ids import LotId, SeatId, TaskId
from bidding.domain.records import LotHistory, RoundHistory
from bidding.domain.seats import PriceList, Seat
from stacks.local.reports import TaskReport
from stacks.local.stack import LocalStack

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.json"))


def seat_of(given: dict[str, Any]) -> Seat:
    terms = dict(given)
    prices = PriceList(input_micros_per_mtok=terms.pop("input_micros_per_mtok"), output_micros_per_mtok=100_000)
    return Seat(
        SeatId(terms.pop("seat_id")),
        engine="scripted",
        model=terms.pop("model", "any"),
        kinds=frozenset(terms.pop("kinds")),
        location=terms.pop("location", "on_host"),
        prices=prices,
        **terms,
    )


def told(past: RoundHistory) -> str:
    """A round in one line: `seat status reason`, or `no award`."""
    if past.award is None:
        return "no award"
    assert past.completion is not None
    assert past.settlement is not None
    words = [past.award.seat_id, past.completion.status, past.completion.reason]
    return " ".join(word for word in words if word)


def matches(line: str, expected: str) -> bool:
    return line.split()[1:] == expected.split()[1:] if expected.startswith("*") else line == expected


def check_lot(history: LotHistory, expected: dict[str, Any]) -> None:
    lines = [told(past) for past in history.rounds]
    assert len(lines) == len(expected["rounds"]), lines
    assert all(matches(*pair) for pair in zip(lines, expected["rounds"], strict=True)), lines
    for past in history.rounds:
        if past.settlement and past.completion:
            assert past.settlement.amount_micros == past.completion.cost_micros
            assert past.award is not None
            assert past.settlement.amount_micros <= past.award.hold_micros
        judged_ill = [outcome.reward for outcome in past.outcomes if outcome.source == "failure"]
        assert judged_ill == ([0.0] if past.completion and past.completion.status == "failed" else [])


def check_report(report: TaskReport, expected: dict[str, Any]) -> None:
    assert report.status == expected["status"], report
    assert (report.reason or "").startswith(expected.get("reason", "")), report.reason
    assert [(lot.kind, lot.status, lot.winner) for lot in report.lots] == [
        (lot["kind"], lot["status"], lot["winner"]) for lot in expected["lots"]
    ]


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_scenario(path: Path, home: Path) -> None:
    """The task ends as the scenario says, every round is in the ledger, every hold is resolved at its cost."""
    scenario = json.loads(path.read_text())
    script = home.parent / f"{home.name}-script.json"
    script.write_text(json.dumps(scenario["script"]))
    seats = [seat_of(seat) for seat in scenario["seats"]]
    budget = scenario.get("budget_micros", 1_000_000)
    with LocalStack(home, seats=seats, script=script, budget_micros=budget) as stack:
        document = scenario["document"]
        report = stack.submit((document if isinstance(document, str) else json.dumps(document)).encode(), path.name)
        check_report(report, scenario["expect"])
        histories = [stack.ledger.history(stack.tenant, LotId(lot.lot_id)) for lot in report.lots]
        for history, expected in zip(histories, scenario["expect"]["lots"], strict=True):
            check_lot(history, expected)
        if outputs := scenario["expect"].get("outputs"):
            assert [lot.output for lot in report.lots] == outputs
            types = [history.lot.output.split(".")[0] for history in histories]
            assert types == scenario["expect"]["types"]
        if ceilings := scenario["expect"].get("ceilings"):
            assert [history.lot.price_ceiling_micros for history in histories] == ceilings
        for seat_id, reason in scenario["expect"].get("no_bids", {}).items():
            [row] = [row for row in histories[0].rounds[0].bids if row.seat_id == seat_id]
            assert row.no_bid is not None
            assert row.no_bid.reason == reason
        money = stack.ledger.conservation(stack.tenant)
        assert money.open_holds == 0
        assert money.settled_micros == money.completed_micros == money.budget.spent_micros
        assert money.settled_micros == scenario["expect"].get("spent_micros", money.settled_micros)
        assert stack.ledger.task(stack.tenant, TaskId(report.task_id or "")).status == report.status
