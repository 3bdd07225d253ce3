"""The chance that a call brings no valid answer: the record at its kind, shrunk to the seat's, bent by the input.

That longer inputs fail more, or less, is learnt per seat: a slope of the log-odds over how far the logarithm of an
input's length lies from those it had of the kind. Every call is one Newton step on the logistic loss.

Source: Bishop, Pattern Recognition and Machine Learning, 2006, sections 4.3.3 and 4.5 (with a Gaussian prior).
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.learning.state import FailureState
from bidding.domain.learning.tables import as_table, padded

FAILURE_PRIOR_CALLS = 4.0
FAILURE_PRIOR = 0.05
SLOPE_PRIOR_PRECISION = 4.0
"""Of a slope's prior around 0: half a log-odds, either way, for an input e times as long."""
BEND_MAX = 3.0
"""Most that the input's length may change the log-odds."""


class FailureForecast:
    """Rows are seats, columns are kinds, added as they appear."""

    def __init__(self) -> None:
        self._calls = self._failures = self._lengths = np.zeros((0, 0))
        self._slopes = self._precisions = np.zeros(0)

    @classmethod
    def of(cls, state: FailureState, seats: int, kinds: int) -> FailureForecast:
        """The forecast that this record leads to, with room for so many seats and kinds."""
        forecast = cls()
        shape = len(state.slopes), len(state.calls[0]) if state.calls else 0
        forecast._calls = np.array(state.calls, dtype=np.float64).reshape(shape)
        forecast._failures = np.array(state.failures, dtype=np.float64).reshape(shape)
        forecast._lengths = np.array(state.lengths, dtype=np.float64).reshape(shape)
        forecast._slopes = np.array(state.slopes, dtype=np.float64)
        forecast._precisions = np.array(state.precisions, dtype=np.float64)
        forecast._resize(seats, kinds)
        return forecast

    def state(self) -> FailureState:
        """The record, as plain values."""
        return FailureState(
            calls=as_table(self._calls),
            failures=as_table(self._failures),
            lengths=as_table(self._lengths),
            slopes=tuple(self._slopes.tolist()),
            precisions=tuple(self._precisions.tolist()),
        )

    def add_seat(self) -> None:
        """A row more."""
        seats, kinds = self._calls.shape
        self._resize(seats + 1, kinds)

    def add_kind(self) -> None:
        """A column more."""
        seats, kinds = self._calls.shape
        self._resize(seats, kinds + 1)

    def chance(self, seat: int, kind: int, log_length: float) -> float:
        """Of no valid answer, in (0, 1); `log_length` is the logarithm of the input's length."""
        calls, failures = self._calls[seat], self._failures[seat]
        of_seat = (FAILURE_PRIOR_CALLS * FAILURE_PRIOR + failures.sum()) / (FAILURE_PRIOR_CALLS + calls.sum())
        usual = (FAILURE_PRIOR_CALLS * of_seat + failures.item(kind)) / (FAILURE_PRIOR_CALLS + calls.item(kind))
        bend = self._slopes.item(seat) * self._stretch(seat, kind, log_length)
        odds = usual / (1 - usual) * math.exp(min(max(bend, -BEND_MAX), BEND_MAX))
        return float(odds / (1 + odds))

    def learn(self, seat: int, kind: int, log_length: float, failed: bool) -> None:
        """A call was made."""
        chance, stretch = self.chance(seat, kind, log_length), self._stretch(seat, kind, log_length)
        self._precisions[seat] += chance * (1 - chance) * stretch * stretch
        self._slopes[seat] += (failed - chance) * stretch / self._precisions[seat]
        self._calls[seat, kind] += 1
        self._failures[seat, kind] += failed
        self._lengths[seat, kind] += log_length

    def _stretch(self, seat: int, kind: int, log_length: float) -> float:
        """How far an input's length lies from those the seat had of the kind, else of all, as a logarithm."""
        calls, lengths = self._calls.item(seat, kind), self._lengths.item(seat, kind)
        if not calls:
            calls, lengths = float(self._calls[seat].sum()), float(self._lengths[seat].sum())
        return log_length - lengths / calls if calls else 0.0

    def _resize(self, seats: int, kinds: int) -> None:
        tables = self._calls, self._failures, self._lengths
        self._calls, self._failures, self._lengths = (padded(table, (seats, kinds)) for table in tables)
        self._slopes = padded(self._slopes, (seats,))
        self._precisions = padded(self._precisions, (seats,), SLOPE_PRIOR_PRECISION)
