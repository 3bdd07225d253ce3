"""Turn bids into one winner and a notice for everybody: who may take part, and what each is told afterwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bidding.domain.auction import Offers, Pick, distances, pick
from bidding.domain.bids import Bid, BidRequest, Clearing, LossReason, Notice
from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.ids import SeatId
from bidding.domain.lots import Lot
from bidding.domain.mechanisms.names import MECHANISMS, Mechanism
from bidding.domain.mechanisms.payments import enter, payment_max_micros, payment_micros
from bidding.domain.mechanisms.resampling import Reports
from bidding.domain.money import MONEY_MAX_MICROS
from bidding.domain.numbers import number
from bidding.domain.pace import fallback_order

MULTIPLIER_MAX = 1e12
QUALITY_MAX = 10.0
"""A posterior's mean may lie a little outside of [0, 1]: this far outside it is no quality."""


def clear(
    request: BidRequest,
    bids: Sequence[Bid],
    rng: np.random.Generator,
    *,
    mechanism: Mechanism = "first_score",
) -> Clearing:
    """Pick the winner among `bids`, and what it is paid.

    Ties go to the lower price, then to the seat id that sorts first.
    Raises NoAward where no bid may be accepted, InvalidRequest where a seat bids twice or a number is out of its range,
    and where a purse is given and the winner is paid other than its cost: a seller could shut others out by its quote.
    """
    if mechanism not in MECHANISMS:
        raise InvalidRequest(f"no mechanism {mechanism!r}: choose among {', '.join(MECHANISMS)}")
    if mechanism != "first_score":
        number("a price ceiling", request.lot.price_ceiling_micros, 0, MONEY_MAX_MICROS)  # it may be paid
        if request.purse_micros is not None:
            raise InvalidRequest(f"{mechanism} is truthful without a purse only: leave purse_micros out, and pace by λ")
    _check(request, bids)
    lot = request.lot
    ordered = sorted(bids, key=lambda bid: bid.seat_id)
    rejected = {bid.seat_id: reason for bid in ordered if (reason := _rejection(bid, lot))}
    rejected |= _above_purse([bid for bid in ordered if bid.seat_id not in rejected], request.purse_micros)
    admitted = [bid for bid in ordered if bid.seat_id not in rejected]
    if ordered and not admitted:
        reasons, stays = set(rejected.values()), f"stays at or below {lot.price_ceiling_micros} micros"
        promises = f"promises a quality of {lot.quality_floor}"
        if "above_price_ceiling" not in reasons:
            raise NoAward("below_quality_floor", f"no bid {promises}")
        both = f" and {promises}" if "below_quality_floor" in reasons else ""
        raise NoAward("all_above_ceiling", f"no bid {stays}{both}")
    quoted = offers_of(admitted, lot)
    reports = enter(mechanism, quoted.price_micros, lot.price_ceiling_micros, rng)
    offers = quoted._replace(price_micros=reports.used)
    picked = pick(offers, lot.value_micros, request.pace, rng, request.uniform_share)
    payment = payment_micros(mechanism, reports, offers, picked, lot.price_ceiling_micros)
    winner = admitted[picked.winner]
    notices = _notices(admitted, offers, reports, picked, lot)
    told = dict(zip((bid.seat_id for bid in admitted), notices, strict=True))
    for bid in ordered:
        if reason := rejected.get(bid.seat_id):
            told[bid.seat_id] = _shut_out(bid, reason, lot, picked.multiplier)
    return Clearing(
        winner=winner,
        propensity=float(picked.propensities[picked.winner]),
        runners_up=tuple(admitted[row].seat_id for row in picked.order[1:]),
        notices=tuple(told[bid.seat_id] for bid in ordered),
        multiplier=picked.multiplier,
        explored=picked.explored,
        mechanism=mechanism,
        payment_micros=None if payment is None else math.floor(payment),
        hold_micros=payment_max_micros(mechanism, winner.price_micros, winner.hold_micros, lot.price_ceiling_micros),
    )


def _check(request: BidRequest, bids: Sequence[Bid]) -> None:
    """Chances are recorded, so that nothing may be asked that has none."""
    pace, lot = request.pace, request.lot
    for what, share in (("uniform_share", request.uniform_share), ("the chance of the higher λ", pace.high_share)):
        number(what, share, 0, 1)
    for what, multiplier in (("λ", pace.low), ("the higher λ", pace.high)):
        number(what, multiplier, 0, MULTIPLIER_MAX)
    number("the value of a lot", lot.value_micros, 0, MONEY_MAX_MICROS)
    number("a price ceiling", lot.price_ceiling_micros, 0, math.inf)
    number("the delay's cost per second", lot.delay_micros_per_second, 0, MONEY_MAX_MICROS)
    number("a quality floor", lot.quality_floor, -QUALITY_MAX, QUALITY_MAX)
    if request.purse_micros is not None:
        number("a purse", request.purse_micros, 0, math.inf)
    for bid in bids:
        if not _sound(bid):
            raise InvalidRequest(
                f"the bid of {bid.seat_id} must state a price, a hold no lower than it, a deviation of its quality and"
                f" a latency from 0 up, and a mean quality near [0, 1]: {bid}"
            )
    if len({bid.seat_id for bid in bids}) < len(bids):
        raise InvalidRequest("a seat bids once for a lot")


def _sound(bid: Bid) -> bool:
    try:
        return (
            isinstance(bid.seat_id, str)
            and 0 <= bid.price_micros <= MONEY_MAX_MICROS
            and (bid.price_upper_micros is None or 0 <= bid.price_upper_micros < math.inf)
            and bid.price_micros <= bid.hold_micros < math.inf
            and -QUALITY_MAX <= bid.quality_mean <= QUALITY_MAX
            and 0 <= bid.quality_sd <= QUALITY_MAX
            and 0 <= bid.latency_ms < math.inf
        )
    except TypeError:  # missing, or written
        return False


def offers_of(bids: Sequence[Bid], lot: Lot) -> Offers:
    """The bids as arrays, in their order."""
    return Offers(
        quality_mean=np.array([bid.quality_mean for bid in bids], dtype=np.float64),
        quality_sd=np.array([bid.quality_sd for bid in bids], dtype=np.float64),
        price_micros=np.array([bid.price_micros for bid in bids], dtype=np.float64),
        delay_micros=np.array([_delay_micros(bid, lot) for bid in bids], dtype=np.float64),
    )


def _delay_micros(bid: Bid, lot: Lot) -> float:
    return lot.delay_micros_per_second * bid.latency_ms / 1_000


def _rejection(bid: Bid, lot: Lot) -> LossReason | None:
    if bid.hold_micros > lot.price_ceiling_micros:  # what it may come to, not what is hoped
        return "above_price_ceiling"
    if bid.quality_mean < lot.quality_floor:
        return "below_quality_floor"
    return None


def _above_purse(bids: Sequence[Bid], purse_micros: int | None) -> dict[SeatId, LossReason]:
    """Whose upper end the budget's pace cannot stand now. The cheapest may always bid: the lot is to be done."""
    if purse_micros is None or not bids:
        return {}
    cheapest = min(bids, key=lambda bid: fallback_order(bid.listed_micros, bid.price_micros, bid.seat_id))
    uppers = {bid.seat_id: bid.price_upper_micros or bid.price_micros for bid in bids if bid is not cheapest}
    return {seat: "above_purse" for seat, upper in uppers.items() if upper > purse_micros}


def _notices(bids: Sequence[Bid], offers: Offers, reports: Reports, picked: Pick, lot: Lot) -> list[Notice]:
    lacked = distances(offers, picked, lot.value_micros)
    prices_to_win = reports.as_quotes(lacked.prices_to_win, lot.price_ceiling_micros)
    notices = []
    for row, bid in enumerate(bids):
        lost = row != picked.winner
        beatable = lost and not picked.explored  # against a uniform pick nothing would have won
        price, quality = float(prices_to_win[row]), float(lacked.qualities_to_win[row])
        notices.append(
            Notice(
                seat_id=bid.seat_id,
                reason="outscored" if lost else "won",
                quality_draw=float(picked.draws[row]),
                quality_micros=float(lot.value_micros * picked.draws[row]),
                price_term_micros=float((1 + picked.multiplier) * offers.price_micros[row]),
                delay_micros=_delay_micros(bid, lot),
                score=float(picked.scores[row]),
                propensity=float(picked.propensities[row]),
                margin_micros=float(lacked.margins[row]) if lost else None,
                price_to_win_micros=math.floor(price) if beatable and price >= 1 else None,
                quality_to_win=quality if beatable and quality <= 1 else None,
            )
        )
    return notices


def _shut_out(bid: Bid, reason: LossReason, lot: Lot, multiplier: float) -> Notice:
    """Told to who was not let in: scored at its mean, no chance, and no distance to a winner it never met."""
    quality_micros, price_term_micros = lot.value_micros * bid.quality_mean, (1 + multiplier) * bid.price_micros
    delay_micros = _delay_micros(bid, lot)
    return Notice(
        seat_id=bid.seat_id,
        reason=reason,
        quality_draw=bid.quality_mean,
        quality_micros=quality_micros,
        price_term_micros=price_term_micros,
        delay_micros=delay_micros,
        score=quality_micros - delay_micros - price_term_micros,
        propensity=0.0,
    )
