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
UPPER_SHARE = 0.95
UPPER_FIRST = math.log(2)
_ROOM = 4


class FactorForecast:
    """One quantity as a factor on its listed value. Rows are seats, columns are kinds, added as they appear."""

    def __init__(self) -> None:
        self.seats = self.kinds = 0
        self._cell = np.zeros((2, _ROOM, _ROOM))  # calls, and the sum of their factors; so are the next two
        self._seat = np.zeros((2, _ROOM))
        self._kind = np.zeros((2, _ROOM))
        self._lengths = np.zeros((2, _ROOM))  # lots of a kind, and the sum of the logarithms of their lengths
        self._bend = np.stack([np.full(_ROOM, SLOPE_PRIOR_SQUARES), np.zeros(_ROOM)])
        self.upper: list[Quantile] = []
        self._ends = np.ones(_ROOM)

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
            forecast._cell[:, :seats, :kinds] = state.cell_calls, state.cell_total
        forecast._seat[:, :seats] = state.seat_calls, state.seat_total
        forecast._kind[:, :kinds] = state.kind_calls, state.kind_total
        forecast._lengths[:, :kinds] = state.lots, state.length
        forecast._bend[:, :seats] = state.bend_squares, state.bend_products
        for row, upper in enumerate(state.upper):
            forecast.upper[row] = Quantile(UPPER_SHARE, upper.level, upper.values, upper.covered)
            forecast._ends[row] = _end(upper.level)
        return forecast

    def state(self) -> ForecastState:
        """The record, as plain values."""
        seats, kinds = self.seats, self.kinds
        (seat_calls, seat_total), (kind_calls, kind_total) = (
            as_table(self._seat[:, :seats]),
            as_table(self._kind[:, :kinds]),
        )
        (lots, length), (squares, products) = as_table(self._lengths[:, :kinds]), as_table(self._bend[:, :seats])
        return ForecastState(
            cell_calls=as_table(self._cell[0, :seats, :kinds]),
            cell_total=as_table(self._cell[1, :seats, :kinds]),
            seat_calls=seat_calls,
            seat_total=seat_total,
            kind_calls=kind_calls,
            kind_total=kind_total,
            lots=lots,
            length=length,
            bend_squares=squares,
            bend_products=products,
            upper=tuple(UpperState(upper.level, upper.values, upper.covered) for upper in self.upper),
        )

    def add_seat(self) -> None:
        """A row more."""
        if self.seats == self._seat.shape[1]:
            room = 2 * self.seats
            self._cell = padded(self._cell, (2, room, self._cell.shape[2]))
            self._seat = padded(self._seat, (2, room))
            self._bend = np.stack([padded(self._bend[0], (room,), SLOPE_PRIOR_SQUARES), padded(self._bend[1], (room,))])
            self._ends = padded(self._ends, (room,), 1.0)
        self._ends[self.seats] = math.exp(UPPER_FIRST)
        self.upper.append(Quantile(UPPER_SHARE, UPPER_FIRST))
        self.seats += 1

    def add_kind(self) -> None:
        """A column more."""
        if self.kinds == self._kind.shape[1]:
            room = 2 * self.kinds
            self._cell = padded(self._cell, (2, self._cell.shape[1], room))
            self._kind = padded(self._kind, (2, room))
            self._lengths = padded(self._lengths, (2, room))
        self.kinds += 1

    def see(self, kind: int, log_length: float) -> None:
        """Take note of a lot, whoever wins it: `log_length` is the logarithm of its input's length."""
        self._lengths[0, kind] += 1
        self._lengths[1, kind] += log_length

    def factors(self, kind: int, log_length: float) -> Floats:
        """Expected factor of every seat, (seats,), for a lot of this kind and length."""
        seats = self.seats
        kind_factor = self._kind_factor(kind)
        own = (SEAT_PRIOR_CALLS + self._seat[1, :seats]) / (SEAT_PRIOR_CALLS + self._seat[0, :seats])
        calls, total = self._cell[:, :seats, kind]
        level = (CELL_PRIOR_CALLS * kind_factor * own + total) / (CELL_PRIOR_CALLS + calls)
        slopes = self._bend[1, :seats] / self._bend[0, :seats]
        bent: Floats = level * np.exp((slopes * self._stretch(kind, log_length)).clip(-BEND_MAX, BEND_MAX))
        return bent

    def overall(self) -> Floats:
        """Expected factor of every seat over all kinds and lengths, (seats,)."""
        seats = self.seats
        total: Floats = SEAT_PRIOR_CALLS + self._cell[1, :seats].sum(axis=1)
        calls: Floats = SEAT_PRIOR_CALLS + self._cell[0, :seats].sum(axis=1)
        return np.divide(total, calls)

    def ends(self) -> Floats:
        """What to multiply a forecast by to get its upper end, (seats,): UPPER_SHARE of the values lie below."""
        return self._ends[: self.seats]

    def learn(self, seat: int, kind: int, log_length: float, factor: float, expected: float) -> None:
        """Take in the `factor` a call came to, against the one that was `expected` of it."""
        error = math.log(max(factor, 1e-6) / max(expected, 1e-6))
        upper = self.upper[seat]
        upper.learn(error)
        self._ends[seat] = _end(upper.level)
        error = min(ERROR_MAX, max(-ERROR_MAX, error))
        stretch = self._stretch(kind, log_length)
        self._bend[0, seat] += stretch * stretch
        self._bend[1, seat] += stretch * (error + stretch * self._slope(seat))
        straight = factor / math.exp(min(BEND_MAX, max(-BEND_MAX, self._slope(seat) * stretch)))
        own = (SEAT_PRIOR_CALLS + self._seat.item(1, seat)) / (SEAT_PRIOR_CALLS + self._seat.item(0, seat))
        self._kind[0, kind] += 1
        self._kind[1, kind] += straight / own
        self._seat[0, seat] += 1
        self._seat[1, seat] += straight / self._kind_factor(kind)
        self._cell[0, seat, kind] += 1
        self._cell[1, seat, kind] += straight

    def forget(self, seat: int) -> None:
        """Start the seat's record anew: its listed value changed."""
        self._cell[:, seat] = 0.0
        self._seat[:, seat] = 0.0

    def _kind_factor(self, kind: int) -> float:
        total, calls = self._kind.item(1, kind), self._kind.item(0, kind)
        return float((KIND_PRIOR_CALLS + total) / (KIND_PRIOR_CALLS + calls))

    def _slope(self, seat: int) -> float:
        return float(self._bend.item(1, seat) / self._bend.item(0, seat))

    def _stretch(self, kind: int, log_length: float) -> float:
        """How far the input's length lies from its kind's, as a logarithm."""
        lots, total = self._lengths.item(0, kind), self._lengths.item(1, kind)
        return log_length - total / lots if lots else 0.0


def _end(level: float) -> float:
    return math.exp(min(ERROR_MAX, max(0.0, level)))
