"""How the market has done lately: win shares, calibration, drift and what was saved, over recent first choices.

Money in micro-dollars, rewards and qualities in [0, 1]. What nobody could tell is None, never zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import SeatId
from bidding.domain.learning.hull import hull
from bidding.domain.logged import LoggedAuction

BINS = 10
JUDGED_MIN = 5
"""A seat with fewer judged answers is not believed to be any good, or any bad."""


@dataclass(frozen=True, slots=True)
class SeatStatistics:
    """One seat over the auctions that let it in.

    `promised` is the mean quality it was believed to have where it won and was judged, `rewarded` what it got there.
    `drift` is the later half of those rewards less the earlier half.
    """

    seat_id: SeatId
    bids: int
    wins: int
    win_share: float
    mean_price_micros: float
    judged: int
    promised: float | None
    rewarded: float | None
    drift: float | None


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Answers that were promised about the same: what was promised in the mean, and what came of them."""

    promised: float
    rewarded: float
    answers: int


@dataclass(frozen=True, slots=True)
class Savings:
    """What the auctions spent beside what else could have been done with the same lots.

    `best_single_micros` is what the seat believed best would have quoted, lot by lot. `mix_reward` is what the best
    fixed mix of single seats (the zero-router) would have earned per lot at the same spend, by the seats' mean rewards
    and prices, beside `reward`; None where too little is judged.
    """

    spent_micros: int
    quoted_micros: int
    best_single_micros: int
    reward: float | None
    mix_reward: float | None


@dataclass(frozen=True, slots=True)
class MarketStatistics:
    """Recent auctions in figures. `concentration` is the Herfindahl index of wins: 1 where one seat wins all."""

    auctions: int
    concentration: float | None
    seats: tuple[SeatStatistics, ...]
    calibration: tuple[CalibrationBin, ...]
    savings: Savings


def market_statistics(auctions: Sequence[LoggedAuction]) -> MarketStatistics:
    """Figures of awarded auctions, given in the order of time."""
    seats = _seats(auctions)
    shares = [seat.win_share for seat in seats]
    return MarketStatistics(
        auctions=len(auctions),
        concentration=sum(share * share for share in shares) if auctions else None,
        seats=seats,
        calibration=calibration(_promises(auctions)),
        savings=_savings(auctions, seats),
    )


def calibration(answers: Iterable[tuple[float, float]], bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Group (promised, rewarded) by what was promised, in `bins` of equal width; empty ones are left out."""
    grouped: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for promised, rewarded in answers:
        grouped[min(bins - 1, max(0, int(promised * bins)))].append((promised, rewarded))
    return tuple(
        CalibrationBin(fmean(each[0] for each in group), fmean(each[1] for each in group), len(group))
        for _, group in sorted(grouped.items())
    )


def _promises(auctions: Iterable[LoggedAuction]) -> list[tuple[float, float]]:
    return [
        (bid.quality_mean, auction.reward)
        for auction in auctions
        if auction.reward is not None
        for bid in auction.bids
        if bid.seat_id == auction.seat_id
    ]


def _seats(auctions: Sequence[LoggedAuction]) -> tuple[SeatStatistics, ...]:
    prices: dict[SeatId, list[int]] = defaultdict(list)
    won: dict[SeatId, list[LoggedAuction]] = defaultdict(list)
    for auction in auctions:
        won[auction.seat_id].append(auction)
        for bid in auction.bids:
            prices[bid.seat_id].append(bid.price_micros)
    return tuple(_seat(seat, prices[seat], won[seat], len(auctions)) for seat in sorted(prices))


def _seat(seat: SeatId, prices: Sequence[int], won: Sequence[LoggedAuction], auctions: int) -> SeatStatistics:
    answers = _promises(won)
    rewards = [rewarded for _, rewarded in answers]
    half = len(rewards) // 2
    return SeatStatistics(
        seat_id=seat,
        bids=len(prices),
        wins=len(won),
        win_share=len(won) / auctions,
        mean_price_micros=fmean(prices),
        judged=len(rewards),
        promised=fmean(promised for promised, _ in answers) if answers else None,
        rewarded=fmean(rewards) if rewards else None,
        drift=fmean(rewards[half:]) - fmean(rewards[:half]) if len(rewards) >= 2 * JUDGED_MIN else None,
    )


def _savings(auctions: Sequence[LoggedAuction], seats: Sequence[SeatStatistics]) -> Savings:
    ended = [auction for auction in auctions if auction.cost_micros is not None]
    spent = sum(auction.cost_micros or 0 for auction in ended)
    rewards = [auction.reward for auction in ended if auction.reward is not None]
    known = [(seat.mean_price_micros, seat.rewarded) for seat in seats if seat.judged >= JUDGED_MIN]
    mix = None
    if known and ended:
        prices, levels = (np.array(column, dtype=float) for column in zip(*known, strict=True))
        mix = float(np.interp(spent / len(ended), *hull(prices, levels)))
    return Savings(
        spent_micros=spent,
        quoted_micros=sum(_price(auction, auction.seat_id) for auction in ended),
        best_single_micros=sum(believed_best(auction) for auction in ended),
        reward=fmean(rewards) if rewards else None,
        mix_reward=mix,
    )


def _price(auction: LoggedAuction, seat: SeatId) -> int:
    return next((bid.price_micros for bid in auction.bids if bid.seat_id == seat), 0)


def believed_best(auction: LoggedAuction) -> int:
    """The quote of the seat believed best; the dearer of two that are believed equal is not."""
    best = max(auction.bids, key=lambda bid: (bid.quality_mean, -bid.price_micros, bid.seat_id), default=None)
    return best.price_micros if best else 0
