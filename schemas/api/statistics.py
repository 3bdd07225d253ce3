"""What clients are told of recent auctions in figures. Money in micro-dollars, rewards in [0, 1]."""

from __future__ import annotations

from schemas.base import Fraction, Identifier, Wire


class SeatStatistics(Wire):
    """A seat in recent auctions; `drift` is the later half of its rewards less the earlier half."""

    seat_id: Identifier
    bids: int
    wins: int
    win_share: Fraction
    mean_price_micros: float
    judged: int
    promised: float | None
    rewarded: float | None
    drift: float | None


class CalibrationBin(Wire):
    """Answers that were promised about the same quality, and what came of them."""

    promised: float
    rewarded: float
    answers: int


class Savings(Wire):
    """Spent beside what the seats believed best would have quoted, and what the best fixed mix would have earned."""

    spent_micros: int
    quoted_micros: int
    best_single_micros: int
    reward: float | None
    mix_reward: float | None


class MarketStatistics(Wire):
    """Recent auctions in figures; `concentration` is the Herfindahl index of wins."""

    auctions: int
    concentration: float | None
    seats: tuple[SeatStatistics, ...]
    calibration: tuple[CalibrationBin, ...]
    savings: Savings
