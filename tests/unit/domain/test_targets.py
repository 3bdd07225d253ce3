"""Evaluation policies over logged auctions."""

from __future__ import annotations

import numpy as np
import pytest

from bidding.domain.bids import Bid, BidRequest
from bidding.domain.clearing import clear
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import AuctionId, LotId, SeatId, TaskId, TenantId
from bidding.domain.logged import LoggedAuction, LoggedBid
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.pace import Pace
from bidding.domain.targets import rounds_of, target

BIDS = (
    LoggedBid(SeatId("dear"), price_micros=400, quality_mean=0.9, quality_sd=0.05, latency_ms=900),
    LoggedBid(SeatId("quick"), price_micros=90, quality_mean=0.6, quality_sd=0.2, latency_ms=50),
    LoggedBid(SeatId("weak"), price_micros=90, quality_mean=0.3, quality_sd=0.1, latency_ms=50),
)


def an_auction(bids: tuple[LoggedBid, ...] = BIDS, **fields: object) -> LoggedAuction:
    usual: dict[str, object] = {
        "auction_id": AuctionId("a"),
        "value_micros": 1_000,
        "delay_micros_per_second": 20,
        "multiplier": 0.5,
        "seat_id": bids[0].seat_id,
        "propensity": 0.25,
        "reward": 0.8,
        "cost_micros": 380,
        "bids": bids,
    }
    return LoggedAuction(**usual | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "chances"),
    [
        ("cheapest", [0.0, 1.0, 0.0]),  # two bids cost the same: the seat that sorts first
        ("greedy", [0.0, 1.0, 0.0]),
        ("random", [1 / 3, 1 / 3, 1 / 3]),
        ("best_single:weak", [0.0, 0.0, 1.0]),
        ("best_single:absent", [0.0, 1.0, 0.0]),  # a seat that did not bid: the greedy choice
    ],
)
def test_a_policy_gives_every_bid_its_chance(name: str, chances: list[float]) -> None:
    """Chances stand in the order of the bids and follow the stated ties and fallbacks."""
    assert target(name)(an_auction()).tolist() == pytest.approx(chances)


def test_greedy_weighs_money_by_the_auctions_own_multiplier() -> None:
    """Where money is cheap the better bid has the highest expected score, where it is dear the cheaper one."""
    frugal, lavish = (target("greedy")(an_auction(multiplier=each)) for each in (0.5, -0.9))
    assert (frugal.argmax(), lavish.argmax()) == (1, 0)


def test_lambda_is_the_market_itself() -> None:
    """At the multiplier it was cleared with, the policy gives the winner exactly the propensity that was logged."""
    lot = Lot(
        LotId("0"), TaskId("0"), TenantId("t"), 0, "classify", "body", SchemaRef("s"), "k", "public", 1_000, 10_000,
        delay_micros_per_second=20,
    )  # fmt: skip
    bids = [
        Bid(bid.seat_id, bid.price_micros, 500, bid.quality_mean, bid.quality_sd, bid.latency_ms, 1, 1) for bid in BIDS
    ]
    clearing = clear(BidRequest(AuctionId("a"), lot, 1, 0, Pace(0.5)), bids, np.random.default_rng(7))
    chances = dict(zip([bid.seat_id for bid in BIDS], target("lambda:0.5")(an_auction()), strict=True))
    assert chances[clearing.winner.seat_id] == pytest.approx(clearing.propensity)


@pytest.mark.parametrize(
    "name", ["", "best", "best_single:", "cheapest:x", "lambda:", "lambda:-1", "lambda:nan", "lambda:inf"]
)
def test_an_unknown_policy_is_named(name: str) -> None:
    """A name that is none is refused with the names that there are."""
    with pytest.raises(InvalidRequest, match="cheapest, greedy, random, best_single:SEAT, lambda:X"):
        target(name)


def test_auctions_become_rounds() -> None:
    """Columns are all seats that bid; a seat that did not bid has no chance, an unknown reward or cost is NaN."""
    auctions = [an_auction(), an_auction(BIDS[1:2], reward=None, cost_micros=None)]

    log, policy, seats = rounds_of(auctions, target("random"))

    assert seats == ["dear", "quick", "weak"]
    assert log.action.tolist() == [0, 1]
    assert log.pscore.tolist() == [0.25, 0.25]
    np.testing.assert_equal(log.reward, [0.8, np.nan])
    np.testing.assert_equal(log.cost, [380.0, np.nan])
    np.testing.assert_allclose(policy.action_dist, [[1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0]])
    assert policy.reward_model.tolist() == [[0.9, 0.6, 0.3], [0.0, 0.6, 0.0]]
    assert policy.cost_model.tolist() == [[400.0, 90.0, 90.0], [0.0, 90.0, 0.0]]
