"""A log to replay: auctions that the market cleared among three seats of like chances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bidding.domain.clearing import clear
from bidding.domain.ids import AuctionId
from bidding.domain.replay import Refusal, Replay, evaluate
from bidding.domain.replay_sums import sums_of
from bidding.domain.targets import rounds_of, target
from tests.ledger_samples import NOW, World

LAST = AuctionId("ffffffff-ffff-ffff-ffff-ffffffffffff")


def log_auctions(world: World, lots: int) -> None:
    """Write executed auctions of `lots` lots, a multiple of ten; two thirds of the answers are judged."""
    rng = np.random.default_rng(3)
    for number, lot in enumerate(lot for _ in range(lots // 10) for lot in world.lots(10)):
        record = world.auction(replace(lot, price_ceiling_micros=2_000))  # the sample's bids may cost up to 1,000
        bids = tuple(replace(bid, quality_mean=0.7 + rng.normal() / 20, quality_sd=1.0) for bid in record.bids)
        clearing = clear(record.request, bids, rng)
        assert record.award is not None
        award = replace(
            record.award,
            seat_id=clearing.winner.seat_id,
            price_micros=clearing.winner.price_micros,
            hold_micros=clearing.winner.hold_micros,
            propensity=clearing.propensity,
        )
        assert world.hold(award)
        cleared = replace(record, bids=bids, clearing=clearing, award=award)
        assert world.ledger.record_auction(world.tenant, cleared, NOW)
        world.completed(award, cost_micros=200 + number)
        world.judged(award, "judge", float(rng.random()) if number % 3 else None)


def direct(world: World, policy: str) -> Replay | Refusal:
    """The estimators on the whole log at once: no service, no chunks, no documents."""
    auctions = world.ledger.logged_auctions(world.tenant, None, LAST)
    return evaluate(sums_of(*rounds_of(auctions, target(policy))))
