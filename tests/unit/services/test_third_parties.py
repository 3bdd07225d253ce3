"""Bidders who set their own price, in an auction."""

import json
from dataclasses import replace

from bidding.adapters.scripted import Line, ScriptedEngine, Step
from bidding.domain.bids import NoBid
from bidding.domain.calls import CallSettings
from bidding.domain.claims import CallForBid, Claim
from bidding.domain.ids import SeatId
from bidding.domain.records import Outcome
from bidding.domain.seats import PriceList, Seat
from bidding.ports.engines import Engine
from bidding.services.auctions import clear_auction
from bidding.services.bids import open_auction
from bidding.services.execution import execute_lot
from tests.unit.services.test_services import NEAR, TENANT, a_lot, a_market

BIDDER = Seat(
    SeatId("bidder"), "third_party", "any", frozenset({"classify"}), "third_party", PriceList(0, 2_000_000),
    call=CallSettings(base_url="https://bidder.example/v1", signing_key="env:ATOMIC_KEY_BIDDER"),
)  # fmt: skip
GOOD = json.dumps({"label": "question", "confidence": 0.9})


class Speaking(ScriptedEngine):
    """Answers by script, and speaks for its seats."""

    def __init__(self, answer: str, word: Claim | NoBid) -> None:
        super().__init__([Line("any", "classify", (Step(answer),))])
        self.word = word
        self.asked: list[CallForBid] = []

    def solicit(self, seat: Seat, call: CallForBid) -> Claim | NoBid:
        self.asked.append(call)
        return self.word


class TwoEngines:
    """One engine for those who set their own price, one for the others."""

    def __init__(self, speaking: Engine, other: Engine) -> None:
        self._speaking, self._other = speaking, other

    def engine_of(self, seat: Seat) -> Engine:
        return self._speaking if seat.sets_own_price else self._other


def a_claim(quality: float = 0.99, price_micros: int = 80) -> Claim:
    return Claim(BIDDER.seat_id, price_micros, quality, 400)


def test_a_newcomers_claim_moves_no_belief() -> None:
    """A bidder is believed as good as any other newcomer, whatever it says; its price is its own."""
    speaking = Speaking(GOOD, a_claim())
    market = a_market(NEAR, BIDDER)
    market = replace(market, engines=TwoEngines(speaking, market.engines.engine_of(NEAR)))
    quotes = open_auction(market, TENANT, a_lot(market).lot_id, 1)
    ours, theirs = sorted(quotes.bids, key=lambda bid: bid.seat_id == BIDDER.seat_id)
    assert theirs.quality_mean == ours.quality_mean
    assert (theirs.price_micros, theirs.hold_micros, theirs.price_upper_micros) == (80, 80, 80)
    assert speaking.asked[0].price_max_micros == 2 * BIDDER.max_output_tokens


def test_a_no_bid_is_told() -> None:
    """A bidder that declines is in the auction with its reason."""
    market = a_market(BIDDER)
    speaking = Speaking(GOOD, NoBid(BIDDER.seat_id, "declined", "full"))
    market = replace(market, engines=TwoEngines(speaking, speaking))
    (told,) = open_auction(market, TENANT, a_lot(market).lot_id, 1).no_bids
    assert (told.reason, told.code, told.detail) == ("declined", 511, "full")


def test_only_valid_answers_are_paid_and_at_the_price_that_was_bid() -> None:
    """A valid answer costs the bid, an invalid one nothing."""
    for answer, status, cost in ((GOOD, "succeeded", 80), ("Sorry, no.", "failed", 0)):
        market = a_market(BIDDER)
        speaking = Speaking(answer, a_claim())
        market = replace(market, engines=TwoEngines(speaking, speaking))
        quotes = open_auction(market, TENANT, a_lot(market).lot_id, 1)
        completion = execute_lot(market, TENANT, clear_auction(market, quotes, 1, failed=set()), [])
        assert (completion.status, completion.cost_micros) == (status, cost)


def test_claims_that_foretold_rewards_are_heard() -> None:
    """Once its claims came true a bidder's high claim is believed more than its low one."""
    market = a_market(BIDDER)
    speaking = Speaking(GOOD, a_claim())
    market = replace(market, engines=TwoEngines(speaking, speaking))
    lot = a_lot(market)
    for attempt in range(1, 41):
        speaking.word = a_claim(quality=attempt % 2)
        award = clear_auction(market, open_auction(market, TENANT, lot.lot_id, attempt), 1, failed=set())
        execute_lot(market, TENANT, award, [])
        judged = Outcome(f"o{attempt}", award.award_id, lot.lot_id, float(attempt % 2), 1.0, "human", {})  # type: ignore[arg-type]
        market.ledger.record_outcome(TENANT, judged, attempt)
    means = []
    for quality in (0.2, 0.8):
        speaking.word = a_claim(quality)
        (bid,) = open_auction(market, TENANT, lot.lot_id, 50 + round(10 * quality)).bids
        means.append(bid.quality_mean)
    assert means[1] - means[0] > 0.3
