"""Auctions and executions: written once, whole, and read back as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidding.domain.bids import NoBid
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import AwardId, LotId, SeatId
from bidding.domain.records import (
    BidRow,
    ExecutionState,
    LotHistory,
    RoundHistory,
    SeatStanding,
    Settlement,
)
from tests.ledger_samples import NOW, SEATS, World


def test_history(world: World) -> None:
    """The history of a lot returns every bid, notice, award, completion, settlement and outcome as written."""
    (lot,) = world.lots()
    record = world.auction(lot)
    award = world.awarded(lot)
    completion = world.completed(award)
    settlement = world.settled(award)
    outcome = world.judged(award, "checks", 2 / 3)
    second = replace(world.auction(lot, round_=2), clearing=None, award=None)
    world.ledger.record_auction(world.tenant, second, NOW)

    assert record.clearing is not None
    rows = [
        BidRow(bid.seat_id, bid, None, notice) for bid, notice in zip(record.bids, record.clearing.notices, strict=True)
    ]
    no_bid = BidRow(record.no_bids[0].seat_id, None, record.no_bids[0], None)
    first_round = RoundHistory(
        record.request.auction_id, 1, 1, 4, record.request.pace, 1 / 3, 2**64 - 1, (no_bid, *rows), award,
        completion, settlement, (outcome,),
    )  # fmt: skip
    second_rows = (no_bid, *(replace(row, notice=None) for row in rows))
    second_round = RoundHistory(
        second.request.auction_id, 1, 2, 4, second.request.pace, 0.1 + 0.2, 2**64 - 1, second_rows, None, None, None, ()
    )
    assert world.ledger.history(world.tenant, lot.lot_id) == LotHistory(lot, (first_round, second_round))


def test_history_tells_a_uniform_pick(world: World) -> None:
    """Whether the winner was drawn uniformly is kept: what would have changed the award depends on it."""
    (lot,) = world.lots()
    record = world.auction(lot)
    assert record.award is not None
    assert record.clearing is not None
    assert world.hold(record.award)
    drawn = replace(record, clearing=replace(record.clearing, explored=True))
    world.ledger.record_auction(world.tenant, drawn, NOW)
    assert [past.explored for past in world.ledger.history(world.tenant, lot.lot_id).rounds] == [True]


def test_history_of_nothing(world: World) -> None:
    """There is no history of a lot that is not there."""
    with pytest.raises(UnknownRecord):
        world.ledger.history(world.tenant, LotId("00000000-0000-7000-8000-000000000000"))


def test_auction_is_recorded_once(world: World) -> None:
    """The first record of an auction stands, whatever a repetition says."""
    (lot,) = world.lots()
    award = world.awarded(lot)
    before = world.ledger.history(world.tenant, lot.lot_id)

    world.ledger.record_auction(world.tenant, world.auction(lot, seats=[SeatId("other")]), NOW)

    assert world.ledger.history(world.tenant, lot.lot_id) == before
    assert world.ledger.award(world.tenant, award.award_id) == award


def test_award_needs_its_hold(world: World) -> None:
    """An award whose hold was not placed is refused, and nothing of its auction is written."""
    (lot,) = world.lots()

    with pytest.raises(LedgerConflict, match="awards_have_their_hold"):
        world.ledger.record_auction(world.tenant, world.auction(lot), NOW)

    assert world.ledger.history(world.tenant, lot.lot_id).rounds == ()


def test_award_needs_an_open_hold(world: World) -> None:
    """An award under a hold that was voided meanwhile is refused."""
    (lot,) = world.lots()
    record = world.auction(lot)
    assert record.award is not None
    world.hold(record.award)
    world.ledger.settle(world.tenant, Settlement(record.award.hold_id, None, "voided", 0), NOW)

    with pytest.raises(LedgerConflict, match="awards_hold_is_open"):
        world.ledger.record_auction(world.tenant, record, NOW)


def test_award_goes_to_a_bidder(world: World) -> None:
    """An award to a seat that did not bid is refused."""
    (lot,) = world.lots()
    record = world.auction(lot)
    assert record.award is not None
    world.hold(record.award)

    with pytest.raises(LedgerConflict, match="awards_go_to_a_bidder"):
        world.ledger.record_auction(
            world.tenant, replace(record, award=replace(record.award, seat_id=SeatId("stranger"))), NOW
        )


def test_auction_of_an_unknown_lot(world: World) -> None:
    """An auction of a lot that is not there is refused."""
    (lot,) = world.lots()
    record = world.auction(replace(lot, lot_id=LotId("00000000-0000-7000-8000-000000000000")))

    with pytest.raises(UnknownRecord):
        world.ledger.record_auction(world.tenant, replace(record, award=None, clearing=None), NOW)


def test_claim_of_an_execution(world: World) -> None:
    """The first caller alone may execute an award."""
    award = world.awarded(world.lots()[0])

    assert world.ledger.execution(world.tenant, award.award_id) == ExecutionState(False, None)
    assert [world.ledger.claim_execution(world.tenant, award.award_id, NOW) for _ in range(2)] == [True, False]
    assert world.ledger.execution(world.tenant, award.award_id) == ExecutionState(True, None)


def test_claim_after_void(world: World) -> None:
    """An award whose hold was given back can no longer be executed."""
    award = world.awarded(world.lots()[0])
    world.ledger.settle(world.tenant, Settlement(award.hold_id, award.award_id, "voided", 0), NOW)

    assert not world.ledger.claim_execution(world.tenant, award.award_id, NOW)


def test_completion_stands(world: World) -> None:
    """The first completion of an execution stands, with every field as it was written."""
    award = world.awarded(world.lots()[0])
    completion = world.completed(award, output={"b": 1e-7, "a": [None, True, 10**20, "ü"]})

    world.ledger.complete_execution(world.tenant, replace(completion, cost_micros=999), NOW)

    assert world.ledger.execution(world.tenant, award.award_id) == ExecutionState(True, completion)


def test_completion_without_usage(world: World) -> None:
    """Usage that the provider never told stays unknown."""
    award = world.awarded(world.lots()[0])
    completion = world.completed(world.awarded(world.lots()[0]), failed=True)
    unknown = replace(completion, award_id=award.award_id, usage=None, raw_key=None)
    world.ledger.claim_execution(world.tenant, award.award_id, NOW)

    world.ledger.complete_execution(world.tenant, unknown, NOW)

    assert world.ledger.execution(world.tenant, award.award_id).completion == unknown


def test_completion_needs_a_claim(world: World) -> None:
    """Nothing completes that nobody claimed."""
    award = world.awarded(world.lots()[0])
    completion = world.completed(world.awarded(world.lots()[0]))

    with pytest.raises(UnknownRecord):
        world.ledger.complete_execution(world.tenant, replace(completion, award_id=award.award_id), NOW)


def test_unknown_award(world: World) -> None:
    """An award that is not there can be neither read, claimed nor judged."""
    award = world.awarded(world.lots()[0])
    stranger = AwardId("00000000-0000-7000-8000-000000000000")

    with pytest.raises(UnknownRecord):
        world.ledger.award(world.tenant, stranger)
    with pytest.raises(UnknownRecord):
        world.ledger.claim_execution(world.tenant, stranger, NOW)
    with pytest.raises(UnknownRecord):
        world.judged(replace(award, award_id=stranger), "human", 1.0)


def test_standings(world: World) -> None:
    """Standings compare per seat × kind what was bid, won, paid and earned with what was promised."""
    lots = world.lots(3)
    judged, failed, unjudged = (world.awarded(lot) for lot in lots)
    world.completed(judged, cost_micros=350)
    world.completed(failed, cost_micros=100, failed=True)
    world.judged(judged, "checks", 0.25)
    world.judged(judged, "human", 0.75)
    world.judged(judged, "checks", 0.0, sequence="1")
    world.judged(failed, "failure", 0.0)
    world.judged(unjudged, "checks", None)

    large, medium, small = world.ledger.standings(world.tenant)

    assert large == SeatStanding(SEATS[0], "classify", 3, 3, 1, 450, 800, 0.375, 0.9)
    assert medium == SeatStanding(SEATS[1], "classify", 3, 0, 0, 0, 0, None, None)
    assert small.seat_id == SEATS[2]

    last = max(lots, key=lambda lot: world.ledger.history(world.tenant, lot.lot_id).rounds[0].auction_id)
    recent = world.ledger.standings(world.tenant, auctions=1)
    assert [each.bids for each in recent] == [1, 1, 1]
    assert recent[0].mean_reward == {lots[0].lot_id: 0.75, lots[1].lot_id: 0.0, lots[2].lot_id: None}[last.lot_id]


def test_an_auction_has_one_end(world: World) -> None:
    """Writing the same end again is fine; another end is told that it does not stand."""
    record = world.auction(world.lots()[0])
    assert record.award is not None
    assert world.hold(record.award)
    without = replace(record, clearing=None, award=None)
    assert world.ledger.record_auction(world.tenant, without, NOW)
    assert world.ledger.record_auction(world.tenant, without, NOW)
    assert not world.ledger.record_auction(world.tenant, record, NOW)


def test_hold_and_auction_at_once(world: World) -> None:
    """An auction written with its hold holds the money; said again it changes nothing; refused, it leaves nothing."""
    lot, other = world.lots(2)
    record, refused = world.auction(lot), world.auction(other)
    assert record.award is not None
    amount = record.award.hold_micros
    world.ledger.set_budget(world.tenant, amount)

    answers = [world.ledger.award_auction(world.tenant, record, NOW) for _ in range(2)]
    assert answers == ["recorded", "recorded"]
    assert world.ledger.award_auction(world.tenant, refused, NOW) == "over_budget"

    assert world.ledger.budget(world.tenant).held_micros == amount
    assert world.ledger.award(world.tenant, record.award.award_id) == record.award
    assert world.ledger.history(world.tenant, other.lot_id).rounds == ()


def test_another_end(world: World) -> None:
    """An auction that was written without an award is not awarded by a later call."""
    (lot,) = world.lots()
    record = world.auction(lot)
    world.ledger.record_auction(world.tenant, replace(record, clearing=None, award=None), NOW)

    assert world.ledger.award_auction(world.tenant, record, NOW) == "another"


def test_an_auction_that_nobody_bids_in(world: World) -> None:
    """A round in which every seat stayed away is written, with what each said."""
    lot = world.lots()[0]
    told = (NoBid(SeatId("large"), "failed_this_lot"), NoBid(SeatId("small"), "sibling_failed"))
    record = replace(world.auction(lot, no_bids=told), bids=(), clearing=None, award=None)

    assert world.ledger.record_auction(world.tenant, record, NOW)
    (only,) = world.ledger.history(world.tenant, lot.lot_id).rounds
    assert (only.award, [row.no_bid for row in only.bids]) == (None, list(told))
