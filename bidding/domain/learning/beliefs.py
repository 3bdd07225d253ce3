"""What is believed of every seat's quality at every kind of lot, and how one outcome changes it.

reward = global level + seat + kind + (seat × kind) + noise, every term Gaussian. The first three are a small linear
model whose posterior is kept exactly, by rank-one updates; the seat × kind term is integrated out and comes back as
the shrinkage of a cell's own mean. The kind's effect is common to all seats: that a kind is hard says nothing
against who tried it. A seat's term leans on the logarithm of its listed price, by a slope that is learnt along with
it: dearer seats tend to be better. Noise and the spread of the terms are estimated from the data at every refresh.

Source: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5 and 15 (hierarchical linear models, partial pooling);
Russo et al., A Tutorial on Thompson Sampling, 2018.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bidding.domain.learning.levels import Levels
from bidding.domain.learning.price_slope import PriceSlope
from bidding.domain.learning.spreads import KIND_SD, SEAT_SD, Spreads, cell_spread, noise_left, shrunk
from bidding.domain.learning.state import BeliefState
from bidding.domain.learning.tables import Floats, as_table, padded
from bidding.domain.learning.trials import Trials

GLOBAL_MEAN = 0.5
GLOBAL_SD = 0.3
NEWCOMER_SD_MIN = 0.12
"""However alike the seats so far, a newcomer may differ from them by this."""
PUBLISHED_OUTCOMES = 4.0
"""How many outcomes a published score is worth."""

SEAT_HEAT, CELL_HEAT = 0.6, 0.3
"""Share of the posterior's standard deviation that a draw explores with: of the seat's level, and of its cell.

A market sees a limited number of lots, and a cell's exploration pays back at its own kind only.
"""
CROWD = 4
"""Among more seats than these the shares are smaller."""
SELDOM_SHARE, SELDOM_LOTS, SELDOM_HEAT = 0.05, 100.0, 1.0
"""Up to CROWD seats, a cell's share where it had less than so much of its kind's outcomes after the first so many: bad
luck with its first few is found out where many lots make up for it."""
NEWCOMER_OUTCOMES = 10.0
"""Up to CROWD seats are drawn with their levels' full deviations at first; after so many outcomes of a seat half of the
surplus is gone."""
_NEWCOMER_HEAT = (1 - SEAT_HEAT) * NEWCOMER_OUTCOMES
MATURE_OUTCOMES = 200.0
"""Who joins a market that has seen so many outcomes is on trial."""

REFRESH_GROWTH = 1.25
REFRESH_OUTCOMES_MAX = 256


def crowded(seats: int) -> float:
    """What to multiply the shares of deviations by among so many seats: 1 up to CROWD of them, less among more.

    The largest of n normal draws lies about √(2 ln n) deviations out, so that the more seats are in doubt, the more
    lots go to them; and the more there are, the less it matters that the last good one is found.

    Source: Bayati et al., Unreasonable Effectiveness of Greedy Algorithms in Multi-Armed Bandit with Many Arms, 2020.
    """
    return math.sqrt(math.log(CROWD) / math.log(max(CROWD, seats)))


class Beliefs:
    """Posterior of every seat × kind. Seats and kinds are rows and columns, added as they appear.

    `weight`, `total`, `squares` (seats, kinds) are the sufficient statistics: sums of w, w·reward and w·reward².
    """

    def __init__(self) -> None:
        self.seats = 0
        self.kinds = 0
        self.spreads = Spreads()
        self.weight = self.total = self.squares = np.zeros((0, 0))
        self._published = np.zeros((0, 2))
        self._prices = PriceSlope()
        self.trials = Trials()
        self._seat_room = self._kind_room = 0
        self._learnt, self._refresh_at = 0, 0.0
        self._grow(4, 4)

    @classmethod
    def of(cls, state: BeliefState, published: Sequence[float | None], listed: Sequence[float | None] = ()) -> Beliefs:
        """The beliefs that this record leads to: the same bits for the same record."""
        beliefs = cls()
        seats, kinds = len(state.weight), len(state.weight[0]) if state.weight else 0
        beliefs._grow(max(4, seats), max(4, kinds))
        beliefs.seats, beliefs.kinds = seats, kinds
        for record, kept in zip(beliefs._record(), (state.weight, state.total, state.squares), strict=True):
            if kinds:
                record[:seats, :kinds] = kept
        for row, score in enumerate(published):
            beliefs._published[row] = (0.0, 0.0) if score is None else (PUBLISHED_OUTCOMES, score)
        beliefs._prices.joined(*(listed or seats * [None]))
        beliefs.refresh()
        calls = state.trial_calls or len(state.on_trial) * (0,)  # older records do not tell
        beliefs.trials = Trials(dict(zip(state.on_trial, calls, strict=True)))
        for row in state.on_trial:
            beliefs.trials.judged(row, beliefs._tried.item(row))
        return beliefs

    def state(self) -> BeliefState:
        """The record, as plain values."""
        weight, total, squares = (as_table(record[: self.seats, : self.kinds]) for record in self._record())
        return BeliefState(weight, total, squares, tuple(self.trials.calls), tuple(self.trials.calls.values()))

    def add_seat(self, published: float | None = None, listed_micros: float | None = None) -> int:
        """A row more. `published` is a score in [0, 1] known beforehand, `listed_micros` what a usual call costs."""
        if self.seats == self._seat_room:
            self._grow(2 * self._seat_room, self._kind_room)
        row = self.seats
        self.seats += 1
        self._published[row] = (0.0, 0.0) if published is None else (PUBLISHED_OUTCOMES, published)
        self._prices.joined(listed_micros)
        if self.weight.sum() >= MATURE_OUTCOMES:
            self.trials.join(row)
        self.refresh()
        return row

    def add_kind(self) -> int:
        """A column more."""
        if self.kinds == self._kind_room:
            self._grow(self._seat_room, 2 * self._kind_room)
        self.kinds += 1
        self._project()
        return self.kinds - 1

    def quality(self, kind: int) -> tuple[Floats, Floats]:
        """Mean and deviation to draw with, each (seats,), at a kind. The common part of the deviation is left out."""
        levels, drawn = self._levels, np.empty((2, self.seats))
        mean, variance = drawn[0], drawn[1]
        np.add(levels.apart_means, levels.common_mean(kind), mean)
        np.multiply(levels.apart_variances, self._heat, variance)
        drawn *= self._pulls[kind]
        drawn += self._own[kind]  # whose variance is far above what rounding may have left of the level's below 0
        sd = np.sqrt(variance, variance)
        if self.trials.calls:
            self.trials.lean(mean, sd, self._tried)
        return mean, sd

    def posterior(self, kind: int) -> tuple[Floats, Floats]:
        """Mean and standard deviation, each (seats,), of the mean reward at a kind: what is believed, in full."""
        kept, kept_squared = self._pulls[kind]
        mean = kept * (self._levels.apart_means + self._levels.common_mean(kind)) + self._own[kind][0]
        own = 1 / (1 / self.spreads.cell + self.weight[: self.seats, kind] / self.spreads.noise)
        return mean, np.sqrt(kept_squared * self._levels.variance_at(kind) + own)

    def predicted(self, seat: int, kind: int) -> float:
        """Mean reward expected of a seat at a kind."""
        pull: float = self._pulls[kind].item(0, seat)
        own: float = self._own[kind].item(0, seat)
        return pull * self._levels.mean_at(seat, kind) + own

    def learn(self, seat: int, kind: int, reward: float, weight: float = 1.0) -> None:
        """Take one outcome in; a negative weight takes it back."""
        at = seat, kind
        self.weight[at] = kept = self.weight.item(at) + weight
        self.total[at] = self.total.item(at) + weight * reward
        self.squares[at] = self.squares.item(at) + weight * reward * reward
        if weight < 0:
            self._bound(seat, kind)
        self._learnt += 1
        if self._learnt >= self._refresh_at or kept < 1e-9:
            self.refresh()
        else:
            self._absorb(seat, kind, kept, weight)

    def scale(self, factors: Floats) -> None:
        """Let every seat's record count for `factors` (seats,) of what it did. Call `refresh` afterwards."""
        for record in self._record():
            record[: self.seats] *= factors[:, None]
        self._tried *= factors

    def refresh(self) -> None:
        """Estimate noise and spreads anew and rebuild the posterior from the sufficient statistics."""
        self.weight[self.weight < 1e-9] = 0.0
        self.total[self.weight == 0.0] = self.squares[self.weight == 0.0] = 0.0
        self._refresh_at = min(REFRESH_GROWTH * self._learnt, self._learnt + REFRESH_OUTCOMES_MAX)
        self._solve()
        self._project()
        self._estimate_noise()
        self._solve()
        self._estimate_spreads()
        self._solve()
        self._project()

    def _bound(self, seat: int, kind: int) -> None:
        """Keep what is left within what rewards in [0, 1] can add up to: the outcome taken back may have faded."""
        most = max(0.0, self.weight.item(seat, kind))
        self.total[seat, kind] = most = min(most, max(0.0, self.total.item(seat, kind)))
        self.squares[seat, kind] = min(most, max(0.0, self.squares.item(seat, kind)))

    def _record(self) -> tuple[Floats, Floats, Floats]:
        return self.weight, self.total, self.squares

    def _grow(self, seats: int, kinds: int) -> None:
        self.weight, self.total, self.squares = (padded(record, (seats, kinds)) for record in self._record())
        self._published = padded(self._published, (seats, 2))
        self._seat_room, self._kind_room = seats, kinds
        self._solve()
        self._project()

    def _estimate_noise(self) -> None:
        cells = [self.posterior(kind) for kind in range(self.kinds)]
        if not self.seats or not cells:
            return
        mean, sd = (np.array(part).T for part in zip(*cells, strict=True))
        weight, total, squares = (record[: self.seats, : self.kinds] for record in self._record())
        self.spreads.noise = noise_left((weight, total, squares), mean, sd, self.spreads.noise)

    def _estimate_spreads(self) -> None:
        """Moments of the terms under their posterior, each shrunk to its prior by SPREAD_PRIOR_TERMS."""
        seats, kinds = self.seats, self.kinds
        rows, columns = np.nonzero(self.weight >= 2)
        if len(rows) < 4:
            return
        means, variance = self._terms
        effects = self._prices.removed(means[1 : 1 + seats], self.spreads.seat)
        self.spreads.seat = max(
            NEWCOMER_SD_MIN**2, shrunk(SEAT_SD, float((effects**2 + variance[1 : 1 + seats]).sum()), seats)
        )
        at = slice(1 + self._seat_room, 1 + self._seat_room + kinds)
        self.spreads.kind = shrunk(KIND_SD, float((means[at] ** 2 + variance[at]).sum()), kinds)
        weight = self.weight[rows, columns]
        fitted = means[0] + means[1 + rows] + means[1 + self._seat_room + columns]
        off = self.total[rows, columns] / weight - fitted
        self.spreads.cell = cell_spread(weight, off, self.spreads, seats + kinds)

    def _solve(self) -> None:
        seats, kinds, spreads = self._seat_room, self._kind_room, self.spreads
        seen = self.weight > 0
        safe = np.where(seen, self.weight, 1.0)
        precision = np.where(seen, 1 / (spreads.cell + spreads.noise / safe), 0.0)
        shift = precision * self.total / safe
        published = self._published[:, 0] / spreads.noise
        size = 1 + seats + kinds
        matrix, moment = np.zeros((size, size)), np.zeros(size)
        by_seat, by_kind = precision.sum(axis=1) + published, precision.sum(axis=0)
        matrix[0, 0] = 1 / GLOBAL_SD**2 + by_seat.sum()
        matrix[0, 1 : 1 + seats] = matrix[1 : 1 + seats, 0] = by_seat
        matrix[0, 1 + seats :] = matrix[1 + seats :, 0] = by_kind
        matrix[1 : 1 + seats, 1 + seats :] = precision
        matrix[1 + seats :, 1 : 1 + seats] = precision.T
        own = np.concatenate([by_seat + 1 / spreads.seat, by_kind + 1 / spreads.kind])
        matrix.reshape(-1)[size + 1 :: size + 1] = own  # the diagonal, from the second on
        priced = slice(1, 1 + self.seats)
        among_seats, leaning = self._prices.prior(spreads.seat)
        matrix[priced, priced] += among_seats
        told = published * self._published[:, 1]
        moment[0] = GLOBAL_MEAN / GLOBAL_SD**2 + shift.sum() + told.sum()
        moment[1 : 1 + seats] = shift.sum(axis=1) + told
        moment[1 + seats :] = shift.sum(axis=0)
        moment[priced] += leaning
        self._precision, self._shift = precision.tolist(), shift.tolist()
        covariance = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        means = covariance @ moment
        self._terms = means, covariance.diagonal()
        self._levels = Levels(covariance, means, self.seats, seats)

    def _project(self) -> None:
        """What `quality` reads, for all seats and kinds: mean and variance are pulls × those of the level + own.

        The variance of a level is that around what the seats share, which decides no auction.
        """
        seats, kinds, cell = self.seats, self.kinds, self.spreads.cell
        weight, total = self.weight[:seats, :kinds].T, self.total[:seats, :kinds].T
        share = cell * weight / (cell * weight + self.spreads.noise)
        kept = 1 - share
        own = share * np.divide(total, weight, out=np.zeros_like(weight), where=weight > 0)
        self._pulls = list(np.stack([kept, kept * kept], axis=1))
        self._crowded = crowded(seats)
        share_wanted = SELDOM_SHARE if seats <= CROWD else 0.0
        self._seldom = (share_wanted * (weight.sum(axis=1) - SELDOM_LOTS)).tolist()
        heat = np.where(weight < np.array(self._seldom)[:, None], SELDOM_HEAT, CELL_HEAT)
        self._own = list(np.stack([own, (self._crowded * heat) ** 2 * kept * cell], axis=1))
        self._tried = weight.sum(axis=0)
        self._heat = (self._crowded * (SEAT_HEAT + _NEWCOMER_HEAT / (NEWCOMER_OUTCOMES + self._tried))) ** 2

    def _absorb(self, seat: int, kind: int, weight: float, more: float) -> None:
        """A cell's outcomes weigh `weight` now, `more` than before: replace its message, and what `quality` reads."""
        cell, noise = self.spreads.cell, self.spreads.noise
        mean = self.total.item(seat, kind) / weight
        precision = 1 / (cell + noise / weight)
        shift = precision * mean
        precisions, shifts = self._precision[seat], self._shift[seat]
        self._levels.absorb(seat, kind, precision - precisions[kind], shift - shifts[kind])
        precisions[kind], shifts[kind] = precision, shift
        share = cell * weight / (cell * weight + noise)
        kept = 1 - share
        pulls, own = self._pulls[kind], self._own[kind]
        pulls[0, seat], pulls[1, seat] = kept, kept * kept
        heat = self._crowded * (SELDOM_HEAT if weight < self._seldom[kind] else CELL_HEAT)
        own[0, seat], own[1, seat] = share * mean, heat * heat * kept * cell
        self._tried[seat] = tried = self._tried.item(seat) + more
        if self.trials.calls:
            self.trials.judged(seat, tried)
        self._heat[seat] = (self._crowded * (SEAT_HEAT + _NEWCOMER_HEAT / (NEWCOMER_OUTCOMES + tried))) ** 2
