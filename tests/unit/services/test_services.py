"""The use cases over a ledger in memory and scripted seats: what must hold between two steps."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bidding.adapters.in_memory import InMemoryDocuments, InMemoryLedger
from bidding.adapters.intake import parse_document
from bidding.adapters.outputs import TypedOutputs
from bidding.adapters.scripted import Line, ScriptedEngine, Step
from bidding.domain.bids import Bid
from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.ids import AwardId, SeatId, TenantId
from bidding.domain.lots import Lot, TaskOptions
from bidding.domain.records import Award, Demonstration
from bidding.domain.seats import DataClass, PriceList, Seat
from bidding.ports.engines import Engine
from bidding.ports.market import Market
from bidding.services.auctions import clear_auction
from bidding.services.bids import open_auction
from bidding.services.execution import execute_lot
from bidding.services.learning import Feedback, fold_policy, record_feedback
from bidding.services.results import assemble_result
from bidding.services.settlement import judge_award, resume_lot, settle_lot
from bidding.services.tasks import decompose_task, ingest_task

TENANT = TenantId("t")
NEAR = Seat(SeatId("near"), "scripted", "m", frozenset({"classify"}), "on_host", PriceList(100_000), demonstrations=2)
FAR = replace(NEAR, seat_id=SeatId("far"), location="third_party")
PUBLIC = TaskOptions(kinds=frozenset({"classify"}), data_class="public")
DOCUMENT = {"subject": "Hours", "text": "When does the shop open?"}


class NoEmbedder:
    """Nothing to embed with."""

    def embed(self, text: str) -> tuple[float, ...]:
        return ()


class OneEngine:
    """Every seat is served by the same engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def engine_of(self, seat: Seat) -> Engine:
        return self._engine


def a_market(*seats: Seat, step: Step | None = None) -> Market:
    answer = step or Step(json.dumps({"label": "question", "confidence": 0.9}))
    ledger = InMemoryLedger(default_budget_micros=1_000_000)
    for seat in seats:
        ledger.put_seat(seat, 0)
    return Market(
        ledger=ledger,
        documents=InMemoryDocuments(),
        engines=OneEngine(ScriptedEngine([Line("m", "classify", (answer,))])),
        embedder=NoEmbedder(),
        outputs=TypedOutputs(),
        parse_document=parse_document,
        clock=lambda: 1_700_000_000_000,
    )


def a_lot(market: Market, options: TaskOptions = PUBLIC, document: Mapping[str, object] = DOCUMENT) -> Lot:
    """Take a document in and return its only lot."""
    market.documents.put("inbox/1", json.dumps(document).encode())
    ingested = ingest_task(market, TENANT, "inbox/1", "test", "owner", options)
    [[lot]] = decompose_task(market, TENANT, ingested.task_id, ingested.attempt, options)
    return lot


def an_award(market: Market, lot: Lot) -> Award:
    return clear_auction(market, open_auction(market, TENANT, lot.lot_id, 1), 1, failed=())


def answered(market: Market, lot: Lot) -> Award:
    award = an_award(market, lot)
    execute_lot(market, TENANT, award, [])
    settle_lot(market, TENANT, award)
    judge_award(market, TENANT, award)
    return award


def shown_to(market: Market, lot: Lot) -> dict[str, tuple[str, ...]]:
    bids: tuple[Bid, ...] = open_auction(market, TENANT, lot.lot_id, 1).bids
    return {bid.seat_id: bid.demonstrations for bid in bids}


@pytest.mark.parametrize("data_class", ["restricted", "internal"])
def test_a_demonstration_is_shown_only_where_its_own_lot_might_have_gone(data_class: DataClass) -> None:
    """A solved lot of a stricter class never travels in the prompt of a public one to a farther seat."""
    market = a_market(NEAR, FAR)
    lot = a_lot(market)
    solved = answered(market, lot)
    record_feedback(market, TENANT, lot.lot_id, Feedback(corrected={"label": "question", "confidence": 1.0}))
    [known] = market.ledger.demonstrations(TENANT, [solved.lot_id])
    assert known.data_class == "public"
    market.ledger.add_demonstration(TENANT, replace(known, data_class=data_class), 1)
    assert shown_to(market, lot) == {"near": (solved.lot_id,), "far": ()}


def test_a_demonstration_without_a_class_is_kept_at_home() -> None:
    """Who forgets to say how far a text may travel has said: not at all."""
    assert Demonstration(a_lot(a_market(NEAR)).lot_id, "classify", "", "text", {}, "human").data_class == "restricted"


def test_a_seat_that_was_moved_away_after_the_auction_is_not_called() -> None:
    """Eligibility is checked again right before the payload would be sent, and nothing is billed."""
    market = a_market(NEAR)
    lot = a_lot(market, replace(PUBLIC, data_class="confidential"))
    award = an_award(market, lot)
    market.ledger.put_seat(replace(NEAR, location="third_party"), 1)
    completion = execute_lot(market, TENANT, award, [])
    assert (completion.status, completion.reason, completion.cost_micros) == ("failed", "unavailable", 0)


def test_a_document_narrows_what_it_was_submitted_with_and_never_widens_it() -> None:
    """The stricter data class holds, and a document cannot make itself worth more."""
    terms = {"classify": {"output": "classification.v1", "value_micros": 10**9, "price_ceiling_micros": 10**9}}
    lot = a_lot(
        a_market(NEAR),
        replace(PUBLIC, data_class="restricted"),
        {**DOCUMENT, "options": {"data_class": "public", "terms": terms}},
    )
    assert (lot.data_class, lot.value_micros, lot.price_ceiling_micros) == ("restricted", 400, 1_000)


def test_a_document_cannot_be_resubmitted_as_stricter_than_it_was_taken_in() -> None:
    """Its lots exist under the old class: saying so beats sending them out after all."""
    market = a_market(NEAR)
    lot = a_lot(market)
    with pytest.raises(InvalidRequest, match="taken in as public"):
        decompose_task(market, TENANT, lot.task_id, 2, replace(PUBLIC, data_class="restricted"))


def test_a_call_that_was_cut_off_costs_its_hold_and_blames_nobody() -> None:
    """A claim without a completion is written off at the full hold, with no reward for the seat."""
    market = a_market(NEAR)
    lot = a_lot(market)
    award = an_award(market, lot)
    market.ledger.claim_execution(TENANT, award.award_id, 1)
    assert resume_lot(market, TENANT, lot, attempt=2).status == "open"
    [past] = market.ledger.history(TENANT, lot.lot_id).rounds
    assert past.settlement is not None
    assert past.settlement.amount_micros == award.hold_micros
    assert [outcome.reward for outcome in past.outcomes] == [None]


def test_an_answer_that_had_arrived_is_not_bought_again() -> None:
    """Killed between answer and settlement, the lot is done after resuming, at the cost of one call."""
    market = a_market(NEAR)
    lot = a_lot(market)
    award = an_award(market, lot)
    cost = execute_lot(market, TENANT, award, []).cost_micros
    assert resume_lot(market, TENANT, lot, attempt=2).status == "done"
    money = market.ledger.conservation(TENANT)
    assert (money.settled_micros, money.open_holds) == (cost, 0)


def test_closing_a_task_resolves_what_its_workflow_left_open() -> None:
    """A workflow that broke off after the award leaves no hold behind once its result is assembled."""
    market = a_market(NEAR)
    lot = a_lot(market)
    an_award(market, lot)
    assert assemble_result(market, TENANT, lot.task_id).status == "failed"
    assert market.ledger.conservation(TENANT).open_holds == 0


def test_a_retry_of_an_auction_that_found_no_budget_stays_without_award() -> None:
    """What was written first stands, and the hold placed by the retry is given back."""
    market = a_market(NEAR)
    lot = a_lot(market)
    quotes = open_auction(market, TENANT, lot.lot_id, 1)
    market.ledger.set_budget(TENANT, 1)
    with pytest.raises(NoAward, match="over_budget"):
        clear_auction(market, quotes, 1, failed=())
    market.ledger.set_budget(TENANT, 1_000_000)
    with pytest.raises(NoAward, match="an earlier try"):
        clear_auction(market, quotes, 1, failed=())
    assert market.ledger.conservation(TENANT).open_holds == 0


def test_a_human_may_change_their_mind_and_back() -> None:
    """The last word stands; an answer that lost its approval is no example any more."""
    market = a_market(NEAR)
    lot = a_lot(market)
    answered(market, lot)
    for reward in (1.0, 1.0, 0.0, 1.0, 0.0):
        record_feedback(market, TENANT, lot.lot_id, Feedback(reward=reward))
    [past] = market.ledger.history(TENANT, lot.lot_id).rounds
    assert [outcome.reward for outcome in past.outcomes if outcome.source == "human"] == [1.0, 0.0, 1.0, 0.0]
    assert market.ledger.demonstrations(TENANT, [lot.lot_id]) == []
    fold_policy(market, TENANT)
    record = market.ledger.current(TENANT).state
    assert (record.seats, record.kinds, record.beliefs.total) == ((NEAR.seat_id,), ("classify",), ((0.0,),))
    assert record.beliefs.weight[0][0] > 0


def _awarded(market: Market) -> Award:
    return clear_auction(market, open_auction(market, TENANT, a_lot(market).lot_id, 1), 1, failed=set())


def _with_steps(market: Market, *steps: Step, **ports: object) -> Market:
    engine = ScriptedEngine([Line("m", "classify", steps)])
    return replace(market, engines=OneEngine(engine), **ports)  # type: ignore[arg-type]


GOOD = Step(json.dumps({"label": "question", "confidence": 0.9}))


def test_a_call_that_was_turned_away_is_tried_once_more() -> None:
    """A throttled call that never began is tried again under the same award, and both tries are in the ledger."""
    waited: list[float] = []
    market = a_market(NEAR)
    award = _awarded(market)
    market = _with_steps(market, Step(failure="throttled", started=False), GOOD, sleep=waited.append)

    completion = execute_lot(market, TENANT, award, [])

    assert (completion.status, completion.tries) == ("succeeded", 2)
    assert waited == [0.3]
    assert market.ledger.execution(TENANT, award.award_id).completion == completion


@pytest.mark.parametrize("failure", [Step(failure="unavailable"), Step(failure="invalid", started=False)])
def test_a_call_that_may_be_billed_is_never_tried_again(failure: Step) -> None:
    """Where the model may have begun, or the answer was its own fault, the lot goes to the next round."""
    market = a_market(NEAR)
    award = _awarded(market)
    completion = execute_lot(_with_steps(market, failure, GOOD), TENANT, award, [])
    assert (completion.status, completion.tries) == ("failed", 1)


def test_a_seat_that_keeps_failing_is_asked_no_more_and_told_why() -> None:
    """Three faults open the circuit: the seat makes a no-bid, an award from before is not blamed on it."""
    market = _with_steps(a_market(NEAR), Step(failure="unavailable"))
    early = _awarded(market)
    for attempt in (2, 3, 4):
        quotes = open_auction(market, TENANT, early.lot_id, attempt)
        execute_lot(market, TENANT, clear_auction(market, quotes, 1, failed=set()), [])

    (no_bid,) = open_auction(market, TENANT, early.lot_id, 5).no_bids
    assert (no_bid.reason, no_bid.code) == ("circuit_open", 508)
    completion = execute_lot(market, TENANT, early, [])
    assert (completion.reason, completion.cost_micros) == ("busy", 0)
    settle_lot(market, TENANT, early)
    assert judge_award(market, TENANT, early).reward is None


def test_a_seat_with_one_place_takes_one_call() -> None:
    """While its only place is taken a seat fails no lot: the call is not made, nothing is billed, nobody is blamed."""
    single = replace(NEAR, call=replace(NEAR.call, concurrency=1))
    market = a_market(single)
    award = _awarded(market)
    market.ledger.admit_call(single.seat_id, AwardId("other"), 1, 60_000, market.clock())

    assert [each.reason for each in open_auction(market, TENANT, award.lot_id, 2).no_bids] == ["busy"]
    completion = execute_lot(market, TENANT, award, [])
    assert (completion.reason, completion.cost_micros, completion.usage) == ("busy", 0, None)


def test_an_answer_that_was_repaired_teaches_less() -> None:
    """The road of an answer is in its completion and lowers the weight of its outcome."""
    market = a_market(NEAR, step=Step("```json\n{'label': 'question', 'confidence': 0.9,}\n```"))
    award = _awarded(market)
    completion = execute_lot(market, TENANT, award, [])
    assert completion.road == "repaired"
    assert judge_award(market, TENANT, award).weight < 0.25
