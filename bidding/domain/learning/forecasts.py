"""What a call will come to, for every seat × kind: its price, its output tokens, its latency, its failing.

A quantity is forecast as a factor on what the seat's terms say of this lot. The factor is the seat's, times the
kind's that all seats share, corrected by the seat's own record at this kind, and bent by how long the input is among
inputs of its kind. Its upper end is a quantile of the forecast's own errors: it covers what it says.
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.quantiles import Quantile
from bidding.domain.learning.state import ForecastState, UpperState
from bidding.domain.learning.tables import Floats, as_table, padded

SEAT_PRIOR_CALLS = 5.0
KIND_PRIOR_CALLS = 2.0
CELL_PRIOR_CALLS = 3.0
SLOPE_PRIOR_SQUARES = 30.0
BEND_MAX = 1.5
"""Most that the input's length may change a forecast, as a logarithm."""
ERROR_MAX = math.log(16)
FACTOR_MIN = 1e-6
"""What a smaller factor counts as."""
UPPER_SHARE = 0.95
UPPER_FIRST = math.log(2)


class FactorForecast:
    """One quantity as a factor on its listed value. Rows are seats, columns are kinds, added as they appear.

    `ends` (seats,) is what to multiply a forecast by to get its upper end: UPPER_SHARE of the values lie below. None is
    above `end_max`, or was.
    """

    def __init__(self) -> None:
        self.seats = self.kinds = 0
        # Calls, and the sums of their factors: by kind and seat (there with the prior's calls), by seat, by kind.
        self._cell_weight, self._cell_total = np.zeros((0, 0)), np.zeros((0, 0))
        self._seat_calls: list[float] = []
        self._seat_total: list[float] = []
        self._kind_calls: list[float] = []
        self._kind_total: list[float] = []
        self._kind_factors: list[float] = []  # that all seats share
        self._lots: list[float] = []  # of a kind, and the sum of the logarithms of their lengths
        self._length: list[float] = []
        self._squares: list[float] = []  # of a seat's slope over lengths
        self._products: list[float] = []
        self.upper: list[Quantile] = []
        self._own, self._slopes, self.ends = np.ones(0), np.zeros(0), np.ones(0)  # as learnt, by seat
        self.end_max = 1.0
        self._slope_max = 0.0  # no slope is steeper, or was

    @classmethod
    def of(cls, state: ForecastState) -> FactorForecast:
        """The forecast that this record leads to."""
        forecast = cls()
        for _ in state.seat_calls:
            forecast.add_seat()
        for _ in state.kind_calls:
            forecast.add_kind()
        seats, kinds = forecast.seats, forecast.kinds
        if seats and kinds:
            forecast._cell_weight += np.transpose(state.cell_calls)
            forecast._cell_total += np.transpose(state.cell_total)
        forecast._seat_calls, forecast._seat_total = list(state.seat_calls), list(state.seat_total)
        forecast._kind_calls, forecast._kind_total = list(state.kind_calls), list(state.kind_total)
        forecast._kind_factors = [forecast._kind_factor(kind) for kind in range(kinds)]
        forecast._lots, forecast._length = list(state.lots), list(state.length)
        forecast._squares, forecast._products = list(state.bend_squares), list(state.bend_products)
        for row, upper in enumerate(state.upper):
            forecast.upper[row] = Quantile(UPPER_SHARE, upper.level, upper.values, upper.covered)
            forecast._read(row)
        return forecast

    def state(self) -> ForecastState:
        """The record, as plain values."""
        return ForecastState(
            cell_calls=as_table((self._cell_weight - CELL_PRIOR_CALLS).T),
            cell_total=as_table(self._cell_total.T),
            seat_calls=tuple(self._seat_calls),
            seat_total=tuple(self._seat_total),
            kind_calls=tuple(self._kind_calls),
            kind_total=tuple(self._kind_total),
            lots=tuple(self._lots),
            length=tuple(self._length),
            bend_squares=tuple(self._squares),
            bend_products=tuple(self._products),
            upper=tuple(UpperState(upper.level, upper.values, upper.covered) for upper in self.upper),
        )

    def add_seat(self) -> None:
        """A row more."""
        for record in (self._seat_calls, self._seat_total, self._products):
            record.append(0.0)
        self._squares.append(SLOPE_PRIOR_SQUARES)
        self.upper.append(Quantile(UPPER_SHARE, UPPER_FIRST))
        self.seats += 1
        self._resize()
        self._own, self._slopes, self.ends = (
            padded(read, (self.seats,)) for read in (self._own, self._slopes, self.ends)
        )
        self._read(self.seats - 1)

    def add_kind(self) -> None:
        """A column more."""
        for record in (self._kind_calls, self._kind_total, self._lots, self._length):
            record.append(0.0)
        self._kind_factors.append(self._kind_factor(self.kinds))
        self.kinds += 1
        self._resize()

    def see(self, kind: int, log_length: float) -> None:
        """Take note of a lot, whoever wins it: `log_length` is the logarithm of its input's length."""
        self._lots[kind] += 1
        self._length[kind] += log_length

    def factors(self, kind: int, log_length: float) -> Floats:
        """Expected factor of every seat, (seats,), for a lot of this kind and length."""
        stretch = self._stretch(kind, log_length)
        level = self._own * (CELL_PRIOR_CALLS * self._kind_factors[kind])
        level += self._cell_total[kind]
        level /= self._cell_weight[kind]
        bend = self._slopes * stretch
        if not -BEND_MAX <= self._slope_max * stretch <= BEND_MAX:
            bend = bend.clip(-BEND_MAX, BEND_MAX)
        level *= np.exp(bend, bend)
        return level

    def overall(self) -> Floats:
        """Expected factor of every seat over all kinds and lengths, (seats,)."""
        total: Floats = SEAT_PRIOR_CALLS + self._cell_total.sum(axis=0)
        calls: Floats = SEAT_PRIOR_CALLS + (self._cell_weight - CELL_PRIOR_CALLS).sum(axis=0)
        return np.divide(total, calls)

    def learn(self, seat: int, kind: int, log_length: float, factor: float, expected: float) -> None:
        """Take in the `factor` a call came to, against the one that was `expected` of it."""
        least = FACTOR_MIN
        error = math.log((factor if factor > least else least) / (expected if expected > least else least))
        self.upper[seat].learn(error)
        if not -ERROR_MAX <= error <= ERROR_MAX:
            error = math.copysign(ERROR_MAX, error)
        stretch, squares, products = self._stretch(kind, log_length), self._squares[seat], self._products[seat]
        products += stretch * (error + stretch * (products / squares))
        squares += stretch * stretch
        self._squares[seat], self._products[seat] = squares, products
        bend = products / squares * stretch
        straight = factor / math.exp(bend if -BEND_MAX <= bend <= BEND_MAX else math.copysign(BEND_MAX, bend))
        self._kind_calls[kind] += 1
        self._kind_total[kind] += straight / self._own.item(seat)
        self._kind_factors[kind] = kind_factor = self._kind_factor(kind)
        self._seat_calls[seat] += 1
        self._seat_total[seat] += straight / kind_factor
        at = kind, seat
        self._cell_weight[at] = self._cell_weight.item(at) + 1
        self._cell_total[at] = self._cell_total.item(at) + straight
        self._read(seat)

    def forget(self, seat: int) -> None:
        """Start the seat's record anew: its listed value changed."""
        self._cell_weight[:, seat], self._cell_total[:, seat] = CELL_PRIOR_CALLS, 0.0
        self._seat_calls[seat] = self._seat_total[seat] = 0.0
        self._read(seat)

    def _resize(self) -> None:
        shape = self.kinds, self.seats
        self._cell_weight = padded(self._cell_weight, shape, CELL_PRIOR_CALLS)
        self._cell_total = padded(self._cell_total, shape)

    def _read(self, seat: int) -> None:
        """What the record of a seat says, for all its lots."""
        self._own[seat] = (SEAT_PRIOR_CALLS + self._seat_total[seat]) / (SEAT_PRIOR_CALLS + self._seat_calls[seat])
        self._slopes[seat] = slope = self._products[seat] / self._squares[seat]
        if not -self._slope_max <= slope <= self._slope_max:
            self._slope_max = abs(slope)
        level = self.upper[seat].level
        self.ends[seat] = end = math.exp(level if level < ERROR_MAX else ERROR_MAX) if level > 0 else 1.0
        self.end_max = max(self.end_max, end)

    def _kind_factor(self, kind: int) -> float:
        return (KIND_PRIOR_CALLS + self._kind_total[kind]) / (KIND_PRIOR_CALLS + self._kind_calls[kind])

    def _stretch(self, kind: int, log_length: float) -> float:
        """How far the input's length lies from its kind's, as a logarithm."""
        lots = self._lots[kind]
        return log_length - self._length[kind] / lots if lots else 0.0
