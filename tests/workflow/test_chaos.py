"""Providers that throttle, hang, lie and die, over real HTTP, through the real state machines and PostgreSQL."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bidding.domain.calls import CallSettings
from bidding.domain.ids import LotId, SeatId
from bidding.domain.records import RoundHistory
from bidding.domain.seats import PriceList, Seat
from schemas.terms import TaskOptions
from stacks.local.reports import TaskReport
from stacks.local.stack import LocalStack
from tests.wire.servers import Behaviour, Request, Server, answering, hang, hang_up, reply, serving

ANSWER = json.dumps({"label": "question", "confidence": 0.9})
USAGE = {"prompt_tokens": 50, "completion_tokens": 9}


def completed(text: str, usage: object = USAGE) -> Behaviour:
    return reply(200, {"choices": [{"finish_reason": "stop", "message": {"content": text}}], "usage": usage})


WELL = completed(ANSWER)
ILL: dict[str, Behaviour] = {
    "throttled": reply(429, {"error": "slow down"}),
    "hanging": hang(2),
    "lying": completed(
        '{"label": "gardening", "confidence": 1.0}', {"prompt_tokens": 10**9, "completion_tokens": 10**9}
    ),
    "dying": hang_up,
}

DOWN = ("throttled", "hanging", "dying")


def never_delivers(request: Request) -> object:
    """Bids nearly nothing for the best there is, and answers no job."""
    offer = {"price_micros": 1, "quality": 1.0, "latency_ms": 1}
    return {"id": request.json["id"], "bid": offer} if request.path.endswith("/bids") else {"id": "another"}


def a_seat(name: str, server: Server) -> Seat:
    """Nearly free and thought to be the best: it is chosen as long as it may be. One that hangs is soon given up."""
    return Seat(
        SeatId(name), "openai_compatible", name, frozenset({"classify"}), "on_host",
        PriceList(input_micros_per_mtok=1_000, output_micros_per_mtok=1_000),
        timeout_ms=600 if name == "hanging" else 15_000, prior_quality=0.95,
        call=CallSettings(base_url=f"{server.url}/v1", concurrency=2),
    )  # fmt: skip


@dataclass
class Chaos:
    """A market of four bad providers, one bidder that never delivers, and one steady seat."""

    stack: LocalStack
    servers: dict[str, Server]
    submitted: int = 0

    def submit(self) -> TaskReport:
        self.submitted += 1
        document = json.dumps({"subject": f"Hours {self.submitted}", "text": "When does the shop open?"}).encode()
        options = TaskOptions(kinds=("classify",), data_class="public")
        return self.stack.submit(document, f"{self.submitted}.json", options)

    def submit_until(self, happened: Callable[[], bool]) -> list[TaskReport]:
        """One lot after the other; fifty at most."""
        reports: list[TaskReport] = []
        while not happened() and len(reports) < 50:
            reports.append(self.submit())
        return reports

    def only(self, *names: str) -> None:
        """Let these and the steady seat bid."""
        for seat in self.stack.ledger.seats():
            active = seat.seat_id in {*names, "steady"}
            self.stack.ledger.set_status(seat.seat_id, "active" if active else "retired")

    def rounds(self, reports: list[TaskReport]) -> list[RoundHistory]:
        lots = [lot.lot_id for report in reports for lot in report.lots]
        return [past for lot in lots for past in self.stack.ledger.history(self.stack.tenant, LotId(lot)).rounds]

    def states(self, name: str) -> list[str]:
        query = "SELECT state FROM circuit_changes WHERE seat_id = %s ORDER BY seq"
        with psycopg.connect(self.stack._server.acquire()) as connection:
            return [state for (state,) in connection.execute(query, (name,))]

    def set_clock_of_circuits(self, shift: str) -> None:
        """As if circuits that are open had been opened at another time."""
        with psycopg.connect(self.stack._server.acquire(), autocommit=True) as connection:
            statement = f"UPDATE seat_circuits SET open_until = now() {shift} WHERE open_until IS NOT NULL"
            connection.execute(statement.encode())


@pytest.fixture
def chaos(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    monkeypatch.setenv("ATOMIC_KEY_CHAOS", "shared")
    script = home.parent / f"{home.name}-script.json"
    script.write_text(json.dumps([{"seat": "steady", "kind": "classify", "steps": [{"text": ANSWER}]}]))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serving(behaviour)) for name, behaviour in ILL.items()}
        bidder = stack.enter_context(serving(answering(never_delivers)))
        steady = Seat(
            SeatId("steady"), "scripted", "steady", frozenset({"classify"}), "on_host",
            PriceList(input_micros_per_mtok=100_000, output_micros_per_mtok=100_000),
        )  # fmt: skip
        party = Seat(
            SeatId("bidder"), "third_party", "bidder", frozenset({"classify"}), "third_party",
            PriceList(output_micros_per_mtok=1_000_000), timeout_ms=15_000,
            call=CallSettings(base_url=bidder.url, signing_key="env:ATOMIC_KEY_CHAOS"),
        )  # fmt: skip
        seats = [*(a_seat(name, server) for name, server in servers.items()), party, steady]
        yield Chaos(stack.enter_context(LocalStack(home, seats=seats, script=script)), servers)


def test_chaos(chaos: Chaos) -> None:
    """Every lot ends, every hold resolves once within its bound, no call is made twice, circuits open and close."""
    reports: list[TaskReport] = []
    for name in DOWN:
        chaos.only(name)
        reports += chaos.submit_until(lambda name=name: bool(chaos.states(name)))
        assert set(chaos.states(name)) == {"open"}, name
    chaos.set_clock_of_circuits("+ interval '1 hour'")
    chaos.only(*ILL, "bidder")
    reports += [chaos.submit() for _ in range(3)]

    assert {report.status for report in reports} == {"done"}
    rounds = chaos.rounds(reports)
    check_money(chaos, rounds)
    check_calls(chaos, rounds)
    assert chaos.states("lying") == [], "its provider is well: its reputation pays"
    no_bids = Counter(row.no_bid.reason for past in rounds for row in past.bids if row.no_bid)
    assert no_bids["circuit_open"] >= 3 * len(DOWN)

    for server in chaos.servers.values():
        server.behave(WELL)
    chaos.set_clock_of_circuits("- interval '1 ms'")
    chaos.only("dying")
    recovered = chaos.submit_until(lambda: chaos.states("dying")[-1] == "closed")
    assert chaos.states("dying")[-1] == "closed"
    assert recovered[-1].lots[0].winner == "dying"
    check_money(chaos, chaos.rounds(recovered))


def check_money(chaos: Chaos, rounds: list[RoundHistory]) -> None:
    money = chaos.stack.ledger.conservation(chaos.stack.tenant)
    assert money.holds
    assert money.open_holds == 0
    assert money.settled_micros == money.completed_micros
    for past in rounds:
        if past.award is None:
            continue
        assert past.settlement is not None
        assert past.completion is not None
        assert past.settlement.amount_micros == past.completion.cost_micros <= past.award.hold_micros
        if past.completion.reason in {"throttled", "busy"} or past.award.seat_id == "bidder":
            assert past.completion.cost_micros == 0


def check_calls(chaos: Chaos, rounds: list[RoundHistory]) -> None:
    """A provider saw as many calls as the ledger has tries, and a call that it may bill was tried once."""
    tries: Counter[str] = Counter()
    for past in rounds:
        if past.award and past.completion and past.completion.reason != "busy":
            tries[past.award.seat_id] += past.completion.tries
            assert past.completion.tries == 1 or past.completion.reason == "throttled"
    assert {name: len(server.requests) for name, server in chaos.servers.items()} == {
        name: tries[name] for name in chaos.servers
    }
