"""Turn bids into one winner and a reason for everybody else.

First-score auction with Thompson sampling: each bid's quality is drawn from its posterior once, the highest
score wins, the winner is paid its actual cost. Draws come from a generator that the caller seeds.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bidding.domain.bids import Bid, BidRequest, Clearing, LossReason, Notice
from bidding.domain.errors import NoAward
from bidding.domain.lots import Lot
from bidding.domain.propensity import win_probabilities


def seed(auction: str, round_: int, policy_version: int) -> int:
    """The seed of an auction's draws: the same auction, round and policy always draw alike."""
    digest = hashlib.sha256(f"{auction}\x1f{round_}\x1f{policy_version}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


@dataclass(frozen=True, slots=True)
class _Scored:
    bid: Bid
    quality_draw: float
    quality_micros: float
    price_term_micros: float
    delay_micros: float

    @property
    def score(self) -> float:
        return self.quality_micros - self.price_term_micros - self.delay_micros


def clear(request: BidRequest, bids: Sequence[Bid], rng: np.random.Generator) -> Clearing:
    """Pick the winner among `bids`.

    Ties go to the lower price, then to the seat id that sorts first.
    Raises NoAward where no bid may be accepted.
    """
    lot = request.lot
    ordered = sorted(bids, key=lambda bid: bid.seat_id)
    if not ordered:
        raise NoAward("no_bids", "no seat made a bid: the no-bids tell why each stayed away")
    rejected = {bid.seat_id: reason for bid in ordered if (reason := _rejection(bid, lot))}
    draws = rng.normal([bid.quality_mean for bid in ordered], [bid.quality_sd for bid in ordered])
    scored = [_score(bid, float(draw), request) for bid, draw in zip(ordered, draws, strict=True)]
    accepted = [one for one in scored if one.bid.seat_id not in rejected]
    if not accepted:
        if "above_price_ceiling" in rejected.values():
            raise NoAward("all_above_ceiling", f"no bid stays at or below {lot.price_ceiling_micros} micros")
        raise NoAward("below_quality_floor", f"no bid promises a quality of {lot.quality_floor}")
    ranking = sorted(accepted, key=lambda one: (-one.score, one.bid.price_micros, one.bid.seat_id))
    chances = _propensities(accepted, request)
    winner = ranking[0]
    notices = tuple(
        _notice(one, winner, request, rejected.get(one.bid.seat_id), chances.get(one.bid.seat_id, 0.0))
        for one in scored
    )
    return Clearing(
        winner=winner.bid,
        propensity=chances[winner.bid.seat_id],
        runners_up=tuple(one.bid.seat_id for one in ranking[1:]),
        notices=notices,
    )


def _rejection(bid: Bid, lot: Lot) -> LossReason | None:
    if bid.hold_micros > lot.price_ceiling_micros:  # what it may come to, not what is hoped
        return "above_price_ceiling"
    if bid.quality_mean < lot.quality_floor:
        return "below_quality_floor"
    return None


def _score(bid: Bid, draw: float, request: BidRequest) -> _Scored:
    lot = request.lot
    return _Scored(
        bid=bid,
        quality_draw=draw,
        quality_micros=lot.value_micros * draw,
        price_term_micros=(1 + request.multiplier) * bid.price_micros,
        delay_micros=lot.delay_micros_per_second * bid.latency_ms / 1_000,
    )


def _propensities(accepted: Sequence[_Scored], request: BidRequest) -> dict[str, float]:
    value = request.lot.value_micros
    means = [value * one.bid.quality_mean - one.price_term_micros - one.delay_micros for one in accepted]
    sds = [value * one.bid.quality_sd for one in accepted]
    chances = win_probabilities(np.array(means), np.array(sds))
    return {one.bid.seat_id: float(chance) for one, chance in zip(accepted, chances, strict=True)}


def _notice(
    one: _Scored, winner: _Scored, request: BidRequest, rejected: LossReason | None, propensity: float
) -> Notice:
    gap = winner.score - one.score
    price_to_win = math.floor(one.bid.price_micros - gap / (1 + request.multiplier))
    value = request.lot.value_micros
    quality_to_win = one.quality_draw + gap / value if value else math.inf
    comparable = one is not winner and rejected is None  # who was not let in has no distance to the winner
    return Notice(
        seat_id=one.bid.seat_id,
        reason="won" if one is winner else rejected or "outscored",
        quality_draw=one.quality_draw,
        quality_micros=one.quality_micros,
        price_term_micros=one.price_term_micros,
        delay_micros=one.delay_micros,
        score=one.score,
        propensity=propensity,
        margin_micros=gap if comparable else None,
        price_to_win_micros=price_to_win if comparable and price_to_win > 0 else None,
        quality_to_win=quality_to_win if comparable and quality_to_win <= 1 else None,
    )
