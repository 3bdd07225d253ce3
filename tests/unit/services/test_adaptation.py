"""A seat's prompt is compiled from verified lots, tried as a challenger, and judged by what it earns."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidding.adapters.dspy_compiler import DspyCompiler
from bidding.adapters.outputs import TypedOutputs
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.jobs import Answer, Job
from bidding.domain.lots import Lot
from bidding.domain.records import Demonstration
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage
from bidding.domain.variants import Variant
from bidding.ports.market import Market
from bidding.services.adaptation import adapt_seat, review_challengers
from bidding.services.bids import open_auction
from bidding.services.execution import execute_lot
from bidding.services.learning import Feedback, fold_policy, record_feedback
from bidding.services.tasks import decompose_task, ingest_task
from tests.unit.services.test_services import NEAR, PUBLIC, TENANT, OneEngine, a_lot, a_market, an_award, answered

pytestmark = pytest.mark.filterwarnings("ignore")  # DSPy's own, of its dependencies

STRANGER = TenantId("stranger")


class Copying:
    """Knows a label only where a lot with the same first word is shown; else it says `question`."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def unavailable_because(self, seat: Seat) -> None:
        return None

    def count_tokens(self, seat: Seat, job: Job) -> int:
        return 10

    def answer(self, seat: Seat, job: Job) -> Answer:
        self.jobs.append(job)
        first = job.payload.text.split()[0]
        labels = [str(each.output["label"]) for each in job.demonstrations if first in each.text]
        return Answer(json.dumps({"label": labels[0] if labels else "question", "confidence": 0.9}), Usage(10, 5))


def _solved_market(count: int = 20) -> tuple[Market, Copying, list[Lot]]:
    """A market whose lots speak of bills and of parties, in turns, all answered and corrected."""
    engine = Copying()
    market = replace(a_market(NEAR), engines=OneEngine(engine))
    lots = []
    for number in range(count):
        word, label = (("Bill", "invoice"), ("Party", "meeting"))[number % 2]
        lot = a_lot(market, document={"subject": f"Mail {number}", "text": f"{word} number {number}?"})
        answered(market, lot)
        record_feedback(market, TENANT, lot.lot_id, Feedback(corrected={"label": label, "confidence": 1.0}))
        lots.append(lot)
    return market, engine, lots


def _adapt(market: Market, engine: Copying, optimizer: str = "labeled", budget: int = 1_000) -> Variant | None:
    compiler = DspyCompiler(lambda seat: engine, TypedOutputs())
    return adapt_seat(market, compiler, TENANT, "classify", NEAR.seat_id, optimizer, budget).registered


def _bidders(market: Market, tenant: TenantId, lot: Lot) -> set[SeatId]:
    return {bid.seat_id for bid in open_auction(market, tenant, lot.lot_id, 1).bids}


@pytest.mark.parametrize("optimizer", ["labeled", "search"])
def test_a_better_prompt_bids_as_a_challenger(optimizer: str) -> None:
    """What DSPy found bids for this tenant with the lots that it shows, at the quality measured on other lots."""
    market, engine, lots = _solved_market()
    variant = _adapt(market, engine, optimizer)
    assert variant is not None
    assert variant.compiled_right > variant.base_right == 0.0
    assert set(variant.demonstrations) <= {lot.lot_id for lot in lots[:12]}
    quotes = open_auction(market, TENANT, lots[0].lot_id, 1)
    [bid] = [bid for bid in quotes.bids if bid.seat_id == variant.seat_id]
    assert set(bid.demonstrations) == set(variant.demonstrations)
    assert (
        next(s for s in market.ledger.seats() if s.seat_id == variant.seat_id).prior_quality == variant.compiled_right
    )


def test_to_other_tenants_a_variant_does_not_exist() -> None:
    """Neither a bid nor a no-bid of it is in their auctions, and they cannot retire it."""
    market, engine, _ = _solved_market()
    variant = _adapt(market, engine)
    assert variant is not None
    market.documents.put("inbox/9", json.dumps({"subject": "Theirs", "text": "Bill of theirs?"}).encode())
    taken = ingest_task(market, STRANGER, "inbox/9", "test", "owner", PUBLIC)
    [[lot]] = decompose_task(market, STRANGER, taken.task_id, taken.attempt, PUBLIC)
    quotes = open_auction(market, STRANGER, lot.lot_id, 1)
    assert {answer.seat_id for answer in (*quotes.bids, *quotes.no_bids)} == {NEAR.seat_id}
    assert market.ledger.variants(STRANGER) == []


def test_a_withdrawn_lot_is_gone_from_every_variant() -> None:
    """A variant holds lots, not texts: what is no longer verified is shown no longer."""
    market, engine, lots = _solved_market()
    variant = _adapt(market, engine)
    assert variant is not None
    gone = variant.demonstrations[0]
    record_feedback(market, TENANT, gone, Feedback(reward=0.0))
    [bid] = [bid for bid in open_auction(market, TENANT, lots[0].lot_id, 1).bids if bid.seat_id == variant.seat_id]
    assert set(bid.demonstrations) == set(variant.demonstrations) - {gone}


def test_what_is_no_better_is_not_registered() -> None:
    """A seat that is right already gets no challenger."""
    market, engine, _ = _solved_market()
    engine.answer = lambda seat, job: Answer(  # type: ignore[method-assign]
        json.dumps({"label": "invoice" if "Bill" in job.payload.text else "meeting", "confidence": 1.0}), Usage(1, 1)
    )
    assert _adapt(market, engine) is None
    assert [seat.seat_id for seat in market.ledger.seats()] == [NEAR.seat_id]


def test_too_few_verified_lots_are_told() -> None:
    """The refusal says how many there are and how many it takes."""
    market, engine, _ = _solved_market(4)
    with pytest.raises(InvalidRequest, match=r"4 verified classify lots.*at least 12"):
        _adapt(market, engine)


def test_unknown_optimizers_are_told() -> None:
    """So is a name that DSPy's optimizers do not have here."""
    market, engine, _ = _solved_market()
    with pytest.raises(InvalidRequest, match="labeled, bootstrap, search"):
        _adapt(market, engine, "magic")


def _win(market: Market, seat: SeatId, count: int, right: bool, start: int) -> None:
    """Let one seat alone answer new lots, and judge its answers."""
    others = [each.seat_id for each in market.ledger.seats() if each.seat_id != seat and each.status == "active"]
    for other in others:
        market.ledger.set_status(other, "retired")
    for number in range(start, start + count):
        lot = a_lot(market, document={"subject": f"New {number}", "text": f"Bill number {number}?"})
        answered(market, lot)
        record_feedback(market, TENANT, lot.lot_id, Feedback(reward=float(right)))
    for other in others:
        market.ledger.set_status(other, "active")


@pytest.mark.parametrize(("right", "status"), [(False, "retired"), (True, "champion")])
def test_a_fold_decides_over_a_challenger(right: bool, status: str) -> None:
    """By its record against its base's: who loses retires without anybody acting, and the ledger says why."""
    market, engine, _ = _solved_market()
    variant = _adapt(market, engine)
    assert variant is not None
    _win(market, NEAR.seat_id, 10, right=not right, start=100)
    _win(market, variant.seat_id, 10, right=right, start=200)
    fold_policy(market, TENANT)
    [decided] = market.ledger.variants(TENANT)
    assert decided.status == status
    assert "earned" in decided.reason
    lot = a_lot(market, document={"subject": "Last", "text": "Bill at last?"})
    assert (variant.seat_id in _bidders(market, TENANT, lot)) == right
    assert review_challengers(market, TENANT) == [decided]


def test_a_challenger_without_budget_makes_no_bid() -> None:
    """What its next call would cost beyond its trial's budget keeps it away, and its no-bid says so."""
    market, engine, lots = _solved_market()
    variant = _adapt(market, engine, budget=0)
    assert variant is not None
    quotes = open_auction(market, TENANT, lots[0].lot_id, 1)
    [stayed] = [each for each in quotes.no_bids if each.seat_id == variant.seat_id]
    assert stayed.reason == "exploration_spent"


def test_a_judges_word_counts_and_teaches_nobody_by_example() -> None:
    """It stands above checks and below a human's, and what it approves or corrects becomes no demonstration."""
    market = a_market(NEAR)
    lot = a_lot(market)
    answered(market, lot)
    outcome = record_feedback(
        market, TENANT, lot.lot_id, Feedback(corrected={"label": "question", "confidence": 1.0}, source="judge")
    )
    assert (outcome.source, outcome.reward, outcome.weight) == ("judge", 1.0, 0.5)
    assert market.ledger.demonstrations(TENANT, [lot.lot_id]) == []


def test_an_execution_shows_nothing_that_is_not_a_tenants_own_and_verified() -> None:
    """Ids of another tenant's lot, or of an answer that only a judge liked, bring nothing into the prompt."""
    engine = Copying()
    market = replace(a_market(NEAR), engines=OneEngine(engine))
    lot = a_lot(market)
    liked = Demonstration(lot.lot_id, "classify", "", "liked", {"label": "question"}, "judge", data_class="public")
    market.ledger.add_demonstration(TENANT, liked, 1)
    theirs = replace(liked, lot_id=LotId("00000000-0000-7000-8000-0000000000aa"), source="human", text="theirs")
    market.ledger.add_demonstration(STRANGER, theirs, 1)
    execute_lot(market, TENANT, an_award(market, lot), [liked.lot_id, theirs.lot_id])
    assert engine.jobs[-1].demonstrations == ()
