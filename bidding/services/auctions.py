"""Clear an auction: pick the winner, reserve its worst case, write everything down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from bidding.domain import ids
from bidding.domain.auction import seed
from bidding.domain.bids import Bid, Clearing, NoBid
from bidding.domain.budgets import HOLD_LEASE_MS, JUDGING, MAIL
from bidding.domain.clearing import clear
from bidding.domain.errors import NoAward, UnknownRecord
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.judging import JUDGE_KIND
from bidding.domain.lot_events import AuctionCleared, AuctionUnawarded, BudgetRefused
from bidding.domain.records import AuctionRecord, Award, Settlement
from bidding.ports.market import Market
from bidding.services.bids import Quotes


def clear_auction(market: Market, quotes: Quotes, round_: int, failed: Collection[SeatId]) -> Award:
    """Award the lot among seats that have not failed it, in one round trip to the ledger, or two where
    the budget refuses.

    Raises NoAward, after the auction was written, where nobody can be given the lot.
    """
    lot = quotes.request.lot
    auction = ids.auction_id(lot.lot_id, quotes.request.attempt, round_)
    request = replace(quotes.request, auction_id=auction)
    bids, shut_out = _still_in(market, quotes.bids, failed)
    draws_seed = seed(auction, round_, request.policy_version)
    record = AuctionRecord(
        request=request,
        round=round_,
        seed=draws_seed,
        bids=bids,
        no_bids=quotes.no_bids + shut_out,
        clearing=None,
        award=None,
    )
    now_ms = market.clock()
    try:
        clearing = clear(request, bids, np.random.default_rng(draws_seed))
        award = _award(record, clearing)
        awarded = replace(record, clearing=clearing, award=award)
        lease_ms = HOLD_LEASE_MS + 1_000 * (clearing.winner.wait_s or 0)  # a sweep must not resolve what is waited for
        scope = JUDGING if lot.kind == JUDGE_KIND else MAIL
        answer = market.ledger.award_auction(lot.tenant, awarded, now_ms, scope, lease_ms)
        if answer == "over_budget":
            market.observer.report(_refused(record, clearing))
            raise NoAward("over_budget", f"the budget cannot hold {award.hold_micros} more micro-dollars")
    except NoAward as ended:
        market.ledger.record_auction(lot.tenant, record, now_ms)
        market.observer.report(_unawarded(record, ended))
        raise
    if answer == "another":
        return _standing(market, lot.tenant, award)
    market.observer.report(_cleared(record, clearing, award))
    return award


def _standing(market: Market, tenant: TenantId, award: Award) -> Award:
    """The award that an earlier try of this auction wrote. Raises NoAward where it ended without one."""
    try:
        return market.ledger.award(tenant, award.award_id)
    except UnknownRecord:
        unused = Settlement(award.hold_id, None, "voided", 0)
        market.ledger.settle(tenant, unused, market.clock())
        raise NoAward("over_budget", "an earlier try of this auction found the budget spent") from None


def _still_in(
    market: Market, bids: tuple[Bid, ...], failed: Collection[SeatId]
) -> tuple[tuple[Bid, ...], tuple[NoBid, ...]]:
    """Who may bid again, and who is shut out: the seats that failed, and their siblings while others are left.

    Variants of one model fail alike, and a lot has three rounds only.
    """
    if not failed:
        return bids, ()
    models = {seat.seat_id: seat.model for seat in market.ledger.seats()}
    failed_models = {models.get(seat) for seat in failed}
    left = [bid for bid in bids if bid.seat_id not in failed]
    others = [bid for bid in left if models.get(bid.seat_id) not in failed_models]
    again = tuple(others or left)
    out = [bid.seat_id for bid in bids if bid not in again]
    return again, tuple(NoBid(seat, "failed_this_lot" if seat in failed else "sibling_failed") for seat in out)


def _cleared(record: AuctionRecord, clearing: Clearing, award: Award) -> AuctionCleared:
    lot = record.request.lot
    return AuctionCleared(
        tenant=lot.tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        auction_id=award.auction_id,
        award_id=award.award_id,
        kind=lot.kind,
        attempt=record.request.attempt,
        round=record.round,
        seat_id=award.seat_id,
        price_micros=award.price_micros,
        hold_micros=award.hold_micros,
        promised_quality=clearing.winner.quality_mean,
        propensity=award.propensity,
        explored=clearing.explored,
        multiplier=clearing.multiplier,
        bids=len(record.bids),
    )


def _unawarded(record: AuctionRecord, ended: NoAward) -> AuctionUnawarded:
    lot = record.request.lot
    return AuctionUnawarded(
        tenant=lot.tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        auction_id=record.request.auction_id,
        kind=lot.kind,
        attempt=record.request.attempt,
        round=record.round,
        reason=ended.reason,
    )


def _refused(record: AuctionRecord, clearing: Clearing) -> BudgetRefused:
    lot = record.request.lot
    return BudgetRefused(
        tenant=lot.tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        auction_id=record.request.auction_id,
        seat_id=clearing.winner.seat_id,
        hold_micros=clearing.winner.hold_micros,
    )


def _award(record: AuctionRecord, clearing: Clearing) -> Award:
    auction = record.request.auction_id
    return Award(
        award_id=ids.award_id(auction),
        auction_id=auction,
        lot_id=record.request.lot.lot_id,
        hold_id=ids.hold_id(auction),
        seat_id=clearing.winner.seat_id,
        round=record.round,
        price_micros=clearing.winner.price_micros,
        hold_micros=clearing.winner.hold_micros,
        propensity=clearing.propensity,
        runners_up=clearing.runners_up,
    )
