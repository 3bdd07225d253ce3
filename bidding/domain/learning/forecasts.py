"""What a call will come to, for every seat × kind: its price, its output tokens, its latency, its failing.

A quantity is forecast as a factor on what the seat's terms say of this lot. The factor is the seat's, times the
kind's that all seats share, corrected by the seat's own record at this kind, and bent by how long the input is among
inputs of its kind. Its upper end is a quantile of the forecast's own errors: it covers what it says.
"""

from __future__ import annotations

import math
from dataclasses import field

import numpy as np

from bidding.domain.dataclass import dataclass
from bidding.domain.learning.quantiles import Quantile
from bidding.domain.learning.state import ForecastState, UpperState
from bidding.domain.learning.tables import Floats, as_table, padded

SEAT_PRIOR_CALLS = 5.0
KIND_PRIOR_CALLS = 2.0
CELL_PRIOR_CALLS = 3.0
SLOPE_PRIOR_SQUARES = 30.0
KIND_FACTOR_MAX = 4.0
"""Most that a kind changes what all seats are forecast at, up or down: what goes beyond is the seat's own."""
BEND_MAX = 1.5
"""Most that the input's length may change a forecast, as a logarithm."""
ERROR_MAX = math.log(16)
FACTOR_MIN = 1e-6
"""What a smaller factor counts as."""
UPPER_SHARE = 0.95
UPPER_FIRST = math.log(2)


@dataclass(slots=True)
class _Seat:
    """A seat's calls and the sum of their factors; squares and products of its slope over lengths."""

    calls: float = 0.0
    total: float = 0.0
    squares: float = SLOPE_PRIOR_SQUARES
    products: float = 0.0


@dataclass(slots=True)
class _Kind:
    """A kind's calls and the sum of their factors; its lots and the sum of the logarithms of their lengths.

    `factor` is that of the kind, which all seats share.
    """

    calls: float = 0.0
    total: float = 0.0
    lots: float = 0.0
    length: float = 0.0
    factor: float = field(init=False, default=1.0)

    def __post_init__(self) -> None:
        self._read()

    def learn(self, factor: float) -> float:
        """Take in a call's factor; answers the kind's."""
        self.calls += 1
        self.total += factor
        return self._read()

    def stretch(self, log_length: float) -> float:
        """How far an input's length lies from those of the kind, as a logarithm."""
        return log_length - self.length / self.lots if self.lots else 0.0

    def _read(self) -> float:
        level = (KIND_PRIOR_CALLS + self.total) / (KIND_PRIOR_CALLS + self.calls)
        self.factor = level = min(max(level, 1 / KIND_FACTOR_MAX), KIND_FACTOR_MAX)
        return level


class FactorForecast:
    """One quantity as a factor on its listed value. Rows are seats, columns are kinds, added as they appear.

    `ends` (seats,) is what to multiply a forecast by to get its upper end: UPPER_SHARE of the values lie below. None is
    above `end_max`, or was.
    """

    def __init__(self) -> None:
        self.seats = self.kinds = 0
        # Calls, and the sums of their factors, by kind and seat; there with the prior's calls.
        self._cell_weight, self._cell_total = np.zeros((0, 0)), np.zeros((0, 0))
        self._of_seat: list[_Seat] = []
        self._of_kind: list[_Kind] = []
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
        of_seat = zip(state.seat_calls, state.seat_total, state.bend_squares, state.bend_products, strict=True)
        of_kind = zip(state.kind_calls, state.kind_total, state.lots, state.length, strict=True)
        forecast._of_seat = [_Seat(*known) for known in of_seat]
        forecast._of_kind = [_Kind(*known) for known in of_kind]
        for row, upper in enumerate(state.upper):
            forecast.upper[row] = Quantile(UPPER_SHARE, upper.level, upper.values, upper.covered)
            forecast._read(row)
        return forecast

    def state(self) -> ForecastState:
        """The record, as plain values."""
        return ForecastState(
            cell_calls=as_table((self._cell_weight - CELL_PRIOR_CALLS).T),
            cell_total=as_table(self._cell_total.T),
            seat_calls=tuple(of.calls for of in self._of_seat),
            seat_total=tuple(of.total for of in self._of_seat),
            kind_calls=tuple(of.calls for of in self._of_kind),
            kind_total=tuple(of.total for of in self._of_kind),
            lots=tuple(of.lots for of in self._of_kind),
            length=tuple(of.length for of in self._of_kind),
            bend_squares=tuple(of.squares for of in self._of_seat),
            bend_products=tuple(of.products for of in self._of_seat),
            upper=tuple(UpperState(upper.level, upper.values, upper.covered) for upper in self.upper),
        )

    def add_seat(self) -> None:
        """A row more."""
        self._of_seat.append(_Seat())
        self.upper.append(Quantile(UPPER_SHARE, UPPER_FIRST))
        self.seats += 1
        self._resize()
        self._own, self._slopes, self.ends = (
            padded(read, (self.seats,)) for read in (self._own, self._slopes, self.ends)
        )
        self._read(self.seats - 1)

    def add_kind(self) -> None:
        """A column more."""
        self._of_kind.append(_Kind())
        self.kinds += 1
        self._resize()

    def see(self, kind: int, log_length: float) -> None:
        """Take note of a lot, whoever wins it: `log_length` is the logarithm of its input's length."""
        of_kind = self._of_kind[kind]
        of_kind.lots += 1
        of_kind.length += log_length

    def factors(self, kind: int, log_length: float) -> Floats:
        """Expected factor of every seat, (seats,), for a lot of this kind and length."""
        of_kind = self._of_kind[kind]
        level = self._own * (CELL_PRIOR_CALLS * of_kind.factor)
        level += self._cell_total[kind]
        level /= self._cell_weight[kind]
        stretch = of_kind.stretch(log_length)
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
        """Take in the `factor` a call came to, against the one that was `expected` of it; 0 says nothing."""
        if not factor > 0:
            return
        least = FACTOR_MIN
        error = math.log((factor if factor > least else least) / (expected if expected > least else least))
        self.upper[seat].learn(error)
        if not -ERROR_MAX <= error <= ERROR_MAX:
            error = math.copysign(ERROR_MAX, error)
        of_seat, of_kind = self._of_seat[seat], self._of_kind[kind]
        stretch, squares, products = of_kind.stretch(log_length), of_seat.squares, of_seat.products
        of_seat.products = products = products + stretch * (error + stretch * (products / squares))
        of_seat.squares = squares = squares + stretch * stretch
        bend = products / squares * stretch
        straight = factor / math.exp(bend if -BEND_MAX <= bend <= BEND_MAX else math.copysign(BEND_MAX, bend))
        of_seat.calls += 1
        of_seat.total += straight / of_kind.learn(straight / self._own.item(seat))
        at = kind, seat
        self._cell_weight[at] = self._cell_weight.item(at) + 1
        self._cell_total[at] = self._cell_total.item(at) + straight
        self._read(seat)

    def _resize(self) -> None:
        shape = self.kinds, self.seats
        self._cell_weight = padded(self._cell_weight, shape, CELL_PRIOR_CALLS)
        self._cell_total = padded(self._cell_total, shape)

    def _read(self, seat: int) -> None:
        """What the record of a seat says, for all its lots."""
        of_seat = self._of_seat[seat]
        self._own[seat] = (SEAT_PRIOR_CALLS + of_seat.total) / (SEAT_PRIOR_CALLS + of_seat.calls)
        self._slopes[seat] = slope = of_seat.products / of_seat.squares
        if not -self._slope_max <= slope <= self._slope_max:
            self._slope_max = abs(slope)
        level = self.upper[seat].level
        self.ends[seat] = end = math.exp(level if level < ERROR_MAX else ERROR_MAX) if level > 0 else 1.0
        self.end_max = max(self.end_max, end)
