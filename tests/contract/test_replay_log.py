"""The log of first choices: one per lot, as it was quoted, with what is known of it by now."""

from __future__ import annotations

from dataclasses import replace

from bidding.domain.ids import AuctionId
from bidding.domain.logged import LoggedAuction, LoggedBid
from bidding.domain.records import AuctionRecord
from tests.ledger_samples import NOW, World

NOTHING_AFTER = AuctionId("ffffffff-ffff-ffff-ffff-ffffffffffff")


def expected(record: AuctionRecord, reward: float | None, cost_micros: int | None) -> LoggedAuction:
    """What the log should say of a recorded auction."""
    assert record.award is not None
    assert record.clearing is not None
    lot = record.request.lot
    return LoggedAuction(
        auction_id=record.request.auction_id,
        value_micros=lot.value_micros,
        delay_micros_per_second=lot.delay_micros_per_second,
        multiplier=record.clearing.multiplier,
        seat_id=record.award.seat_id,
        propensity=record.award.propensity,
        reward=reward,
        cost_micros=cost_micros,
        bids=tuple(
            LoggedBid(bid.seat_id, bid.price_micros, bid.quality_mean, bid.quality_sd, bid.latency_ms)
            for bid in record.bids
        ),
    )


def all_of(world: World) -> list[LoggedAuction]:
    return world.ledger.logged_auctions(world.tenant, None, NOTHING_AFTER)


def test_what_is_logged_of_a_lot(world: World) -> None:
    """The first choice comes back with its bids, its propensity, the cost of its call and the reward that stands."""
    judged, unjudged, running = world.lots(3)
    award = world.awarded(judged)
    world.completed(award, cost_micros=310)
    world.judged(award, "checks", 0.25)
    world.judged(award, "human", 0.75)
    second = world.awarded(unjudged)
    world.completed(second, cost_micros=290)
    world.judged(second, "checks", None)
    world.awarded(running)

    assert all_of(world) == sorted(
        [
            expected(world.auction(judged), 0.75, 310),
            expected(world.auction(unjudged), None, 290),
            expected(world.auction(running), None, None),
        ],
        key=lambda logged: logged.auction_id,
    )


def test_a_lot_counts_once(world: World) -> None:
    """Later rounds and later attempts are no first choices, and an auction without an award is none."""
    retried, unsold = world.lots(2)
    world.awarded(retried)
    world.awarded(retried, round_=2)
    world.awarded(retried, attempt=2)
    world.ledger.record_auction(world.tenant, replace(world.auction(unsold), clearing=None, award=None), NOW)
    world.awarded(unsold, attempt=2)

    assert [logged.auction_id for logged in all_of(world)] == [world.auction(retried).request.auction_id]


def test_a_bid_that_was_not_let_in_is_no_choice(world: World) -> None:
    """Bids above the ceiling or below the floor are left out: no policy may take them."""
    (lot,) = world.lots()
    record = world.auction(lot)
    assert record.clearing is not None
    assert record.award is not None
    winner, second, third = record.clearing.notices
    notices = (winner, replace(second, reason="above_price_ceiling"), replace(third, reason="below_quality_floor"))
    world.hold(record.award)
    kept = replace(record, clearing=replace(record.clearing, notices=notices))
    world.ledger.record_auction(world.tenant, kept, NOW)

    [logged] = all_of(world)

    assert [bid.seat_id for bid in logged.bids] == [record.award.seat_id]


def test_bounds_cut_the_log_into_pieces_that_make_it_whole(world: World) -> None:
    """Pieces between the bounds hold at most the size asked for, and every logged auction exactly once."""
    for lot in world.lots(7):
        world.awarded(lot)
    whole = all_of(world)

    for size in (1, 3, 7, 10):
        bounds = world.ledger.replay_bounds(world.tenant, None, size)
        starts = [None, *bounds[:-1]]
        pieces = [world.ledger.logged_auctions(world.tenant, *ends) for ends in zip(starts, bounds, strict=True)]
        assert max(len(piece) for piece in pieces) == min(size, 7)
        assert [logged for piece in pieces for logged in piece] == whole

    third = whole[2].auction_id
    assert world.ledger.replay_bounds(world.tenant, third, 10) == [whole[-1].auction_id]
    assert world.ledger.logged_auctions(world.tenant, third, NOTHING_AFTER) == whole[3:]


def test_an_empty_log_has_no_bounds(world: World) -> None:
    """Where nothing was awarded there is nothing to cut."""
    world.lots()
    assert world.ledger.replay_bounds(world.tenant, None, 10) == []
    assert all_of(world) == []


def test_a_tenants_log_is_its_own(world: World) -> None:
    """No tenant reads another's choices."""
    world.awarded(world.lots()[0])
    assert all_of(World.of(world.ledger)) == []


def test_only_the_last_auctions_are_recent(world: World) -> None:
    """Of many auctions the last ones are read, however many came before; a tenant without any has none."""
    assert world.ledger.recent_auctions(world.tenant, 5) == []
    for lot in world.lots(4):
        world.awarded(lot)

    assert world.ledger.recent_auctions(world.tenant, 3) == all_of(world)[-3:]
    assert world.ledger.recent_auctions(world.tenant, 4) == all_of(world)
