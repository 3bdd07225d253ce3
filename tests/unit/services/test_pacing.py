"""Pacing for a tenant: an allowance, feedback and folds make money dear, and spending obeys."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidding.adapters.scripted import Line, ScriptedEngine, Step
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import LotId, SeatId
from bidding.domain.learning.learner import PacePlan
from bidding.domain.records import RoundHistory
from bidding.domain.seats import PriceList
from bidding.ports.market import Market
from bidding.services.auctions import clear_auction
from bidding.services.bids import open_auction
from bidding.services.execution import execute_lot
from bidding.services.explanation import explain
from bidding.services.learning import Feedback, fold_policy, pace_spending, record_feedback
from bidding.services.settlement import judge_award, settle_lot
from bidding.services.tasks import decompose_task, ingest_task
from tests.unit.services.test_services import NEAR, PUBLIC, TENANT, OneEngine, a_market

LOTS = 120
ALLOWANCE = 40.0
DEAR = replace(NEAR, seat_id=SeatId("dear"), model="good", prices=PriceList(20_000_000), demonstrations=0)
CHEAP = replace(NEAR, seat_id=SeatId("cheap"), model="poor", prices=PriceList(1_000_000), demonstrations=0)


def a_paced_market() -> Market:
    """A dear seat that is always right, a cheap one that is half right."""
    answer = Step(json.dumps({"label": "question", "confidence": 0.9}))
    lines = [Line(model, "classify", (answer,)) for model in ("good", "poor")]
    return replace(a_market(DEAR, CHEAP), engines=OneEngine(ScriptedEngine(lines)))


def run(market: Market, number: int) -> RoundHistory:
    """A lot from its document to the fold of its feedback."""
    market.documents.put(f"inbox/{number}", json.dumps({"subject": "Hours", "text": f"Question {number}?"}).encode())
    ingested = ingest_task(market, TENANT, f"inbox/{number}", "test", "owner", PUBLIC)
    [[lot]] = decompose_task(market, TENANT, ingested.task_id, ingested.attempt, PUBLIC)
    award = clear_auction(market, open_auction(market, TENANT, lot.lot_id, 1), 1, failed=())
    execute_lot(market, TENANT, award, [])
    settle_lot(market, TENANT, award)
    judge_award(market, TENANT, award)
    reward = 1.0 if award.seat_id == DEAR.seat_id else 0.5
    record_feedback(market, TENANT, lot.lot_id, Feedback(reward=reward))
    fold_policy(market, TENANT)
    [past] = market.ledger.history(TENANT, lot.lot_id).rounds
    return past


def costs(rounds: list[RoundHistory]) -> list[int]:
    return [past.settlement.amount_micros for past in rounds if past.settlement]


def reasons(past: RoundHistory) -> dict[str, tuple[str, int]]:
    return {row.seat_id: (row.notice.reason, row.notice.code) for row in past.bids if row.notice}


def test_spending_obeys_the_allowance() -> None:
    """Unpaced, the dear seat wins; paced, λ rises, dear bids are told the purse, and the mean lot costs no more."""
    market = a_paced_market()
    before = [run(market, number) for number in range(30)]
    assert sum(costs(before[-10:])) > 10 * ALLOWANCE, "without a pace more is spent"
    assert {past.purse_micros for past in before} == {None}

    pace_spending(market, TENANT, PacePlan(ALLOWANCE))
    after = [run(market, number) for number in range(30, 30 + LOTS)]

    pace = market.ledger.current(TENANT).state.pace
    assert (pace.allowance_micros, pace.high > 0) == (ALLOWANCE, True)
    assert all(past.pace.low <= past.multiplier <= max(past.pace.low, past.pace.high) for past in after)
    assert after[-1].pace.high > 0
    assert ("above_purse", 502) in {told for past in after for told in reasons(past).values()}
    assert sum(costs(after)) <= 1.005 * ALLOWANCE * LOTS
    dear = sum(past.award is not None and past.award.seat_id == DEAR.seat_id for past in after)
    assert 0 < dear < LOTS, "the allowance is spent on the dear seat as far as it goes"


def test_an_explanation_names_purse_and_pace_where_they_mattered() -> None:
    """Why a round went as it did says λ, its two values, and the purse that a dear bid was above; else neither."""
    market = a_paced_market()
    unpaced = [run(market, number) for number in range(30)][-1]
    cheapest = next(row.bid.price_micros for row in unpaced.bids if row.bid and row.seat_id == CHEAP.seat_id)
    pace_spending(market, TENANT, PacePlan(1.05 * cheapest))  # hardly anything to borrow on
    shut_out = run(market, 30)
    pace_spending(market, TENANT, PacePlan(ALLOWANCE))
    rounds = [run(market, number) for number in range(31, 31 + LOTS)]

    def said(past: RoundHistory) -> list[str]:
        assert past.award is not None
        told = explain(market.ledger.history(TENANT, past.award.lot_id))
        return [sentence for sentence in told if "λ was" in sentence or "purse let" in sentence]

    assert reasons(shut_out)[DEAR.seat_id][0] == "above_purse"
    (dear,) = [row.bid for row in shut_out.bids if row.bid and row.seat_id == DEAR.seat_id]
    purse = (
        f"Its purse let one call come to {shut_out.purse_micros} µ$: who may cost more was not let in"
        f" ({DEAR.seat_id} up to {dear.price_upper_micros} µ$)."
    )
    assert said(unpaced) == []
    assert purse in said(shut_out)
    paced = next(past for past in rounds if past.pace.high > 0)
    assert said(paced)[0].startswith(f"The budget's pace counted prices at 1 + λ: λ was {paced.multiplier:.3g} of ")


def test_a_round_that_was_drawn_uniformly_is_told_as_one() -> None:
    """Also where the draw hit who would have won anyway: nobody is told of a price that would have changed it."""
    market = a_paced_market()
    pace_spending(market, TENANT, PacePlan(None, uniform_share=1.0))
    for past in [run(market, number) for number in range(10)]:
        assert past.award is not None
        assert past.explored
        told = " ".join(explain(market.ledger.history(TENANT, past.award.lot_id)))
        assert "It was picked uniformly, to learn" in told
        assert "it would still have won" not in told


def test_a_plan_may_be_changed_and_taken_away() -> None:
    """Another allowance begins with an empty purse, none ends the pace, and a wrong one is refused before anything."""
    market = a_paced_market()
    for number in range(5):
        run(market, number)
    assert pace_spending(market, TENANT, PacePlan(ALLOWANCE, 0.25)).uniform_share == 0.25
    run(market, 5)
    assert pace_spending(market, TENANT, PacePlan(2 * ALLOWANCE)).purse_micros == 0
    assert pace_spending(market, TENANT, PacePlan()).allowance_micros is None
    with pytest.raises(InvalidRequest):
        pace_spending(market, TENANT, PacePlan(-1.0))
    assert open_auction(market, TENANT, market.ledger.history(TENANT, lot_id(market)).lot.lot_id, 2).bids


def lot_id(market: Market) -> LotId:
    [task, *_] = market.ledger.tasks(TENANT)
    return market.ledger.lots_of(TENANT, task.task_id)[0].lot_id
