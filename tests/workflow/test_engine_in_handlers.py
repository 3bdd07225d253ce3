"""The engine in the handlers is this engine: what the state machines awarded, the library awards again.

Two tasks run through the real machines, handlers and PostgreSQL, with feedback and a pace between them. Then every
auction of the second is held once more with nothing but `from bidding import Learner, clear` and what the ledger says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bidding import Learner, clear
from bidding.domain.auction import seed
from bidding.domain.bids import Bid, BidRequest
from bidding.domain.ids import LotId, SeatId
from bidding.domain.learning.learner import PacePlan
from bidding.domain.policy import Policy
from bidding.domain.records import LotHistory, RoundHistory
from bidding.domain.seats import PriceList, Seat
from bidding.services.learning import fold_policy
from schemas.execution import FeedbackRequest
from stacks.local.reports import TaskReport
from stacks.local.stack import LocalStack

SEATS = tuple(
    Seat(
        SeatId(f"seat/{n}"),
        "scripted",
        f"m{n}",
        frozenset({"classify", "draft"}),
        "on_host",
        PriceList(20_000 * n, 100_000 * n),
        prior_quality=0.5 + n / 20 if n > 1 else None,
    )
    for n in range(1, 5)
)
PUBLISHED = {seat.seat_id: seat.prior_quality for seat in SEATS if seat.prior_quality is not None}
PLANS = (None, PacePlan(allowance_micros=2.0, uniform_share=0.2), PacePlan(allowance_micros=1_000.0))
"""Unpaced, tight and easy."""
ANSWERS = {"classify": {"label": "question", "confidence": 0.9}, "draft": {"body": "It opens at nine. Regards"}}


def submitted(stack: LocalStack, text: str) -> TaskReport:
    document = {
        "subject": "Hours",
        "sender": "Ada",
        "reply": True,
        "text": text,
        "options": {"kinds": sorted(ANSWERS)},
    }
    report = stack.submit(json.dumps(document).encode(), "test")
    assert report.status == "done", report
    return report


def histories(stack: LocalStack, report: TaskReport) -> list[LotHistory]:
    return [stack.ledger.history(stack.tenant, LotId(lot.lot_id)) for lot in report.lots]


def quoted_again(logged: Bid, learner: Learner, kind: str) -> Mapping[str, object]:
    """What the learner makes of the price list's word on this lot."""
    price, latency, [quality] = (
        learner.price_factor(logged.seat_id, kind, logged.input_tokens),
        learner.latency_factor(logged.seat_id, kind, logged.input_tokens),
        learner.beliefs(kind, [logged.seat_id]),
    )
    assert logged.listed_micros is not None
    assert logged.listed_latency_ms is not None
    return {
        "quality_mean": quality.mean,
        "quality_sd": quality.sd,
        "price_micros": min(logged.hold_micros, max(1, math.ceil(logged.listed_micros * price.expected))),
        "price_upper_micros": min(logged.hold_micros, max(1, math.ceil(logged.listed_micros * price.upper))),
        "latency_ms": round(logged.listed_latency_ms * latency.expected),
        "latency_upper_ms": round(logged.listed_latency_ms * latency.upper),
        "output_tokens": round(learner.output_tokens(logged.seat_id, kind, logged.input_tokens).expected),
        "failure_chance": learner.failure_chance(logged.seat_id, kind, logged.input_tokens),
    }


def check_round(history: LotHistory, past: RoundHistory, policy: Policy) -> None:
    assert past.policy_version == policy.version
    assert past.seed == seed(past.auction_id, past.round, policy.version)
    learner = Learner(policy.state, PUBLISHED)
    learner.meet([seat.seat_id for seat in SEATS])
    bids = [row.bid for row in past.bids if row.bid]
    assert len(bids) == len(SEATS)
    for bid in bids:
        expected = quoted_again(bid, learner, history.lot.kind)
        assert {name: getattr(bid, name) for name in expected} == expected
    fallback = min(bids, key=lambda bid: (bid.listed_micros or bid.price_micros, bid.price_micros, bid.seat_id))
    terms = learner.request_terms(fallback.price_micros, fallback.listed_micros)
    assert terms.pace == past.pace
    request = BidRequest(
        past.auction_id,
        history.lot,
        past.attempt,
        policy.version,
        terms.pace,
        terms.purse_micros,
        terms.uniform_share,
    )
    again = clear(request, bids, np.random.default_rng(past.seed))
    assert past.award is not None
    assert (again.winner.seat_id, again.propensity) == (past.award.seat_id, past.award.propensity)
    assert (again.runners_up, again.multiplier) == (past.award.runners_up, past.multiplier)
    notices = {row.seat_id: row.notice for row in past.bids if row.bid}
    assert {notice.seat_id: notice for notice in again.notices} == notices


def test_the_library_holds_the_auctions_of_the_machines_again(home: Path) -> None:
    """Same quotes to the bit, same λ, same winner, same chances, same notices: from the ledger's snapshot and seed."""
    script = home.parent / "script.json"
    lines = [
        {"seat": seat.model, "kind": kind, "steps": [{"text": json.dumps(answer)}]}
        for seat in SEATS
        for kind, answer in ANSWERS.items()
    ]
    script.write_text(json.dumps(lines))
    with LocalStack(home, seats=SEATS, script=script) as stack:
        for turn, text in enumerate(("When does the shop open?", "Do you open on Sundays?")):
            for lot in submitted(stack, text).lots:
                stack.feedback(FeedbackRequest(tenant=stack.tenant, lot_id=lot.lot_id, reward=0.25 + turn / 2))
        for turn, plan in enumerate(PLANS):
            fold_policy(stack.market, stack.tenant, plan)
            policy = stack.ledger.current(stack.tenant)
            assert policy.state.outcomes > 0
            rounds = histories(stack, submitted(stack, f"And what about holiday {turn}?"))
            assert {history.lot.kind for history in rounds} == set(ANSWERS)
            for history in rounds:
                [past] = history.rounds
                check_round(history, past, policy)
