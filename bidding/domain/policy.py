"""The learner: what we believe of every seat at every kind of lot, and how outcomes change it.

Quality is a Gaussian tree, global → seat → seat × kind: a seat's record at one kind speaks, weakly, for its
other kinds, and all seats together for a new one. Inference is exact for given variances; the noise variance
is estimated online. The state is sufficient statistics only, so that folding is a sum.

Source: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5 (hierarchical normal model);
Russo et al., A Tutorial on Thompson Sampling, 2018.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bidding.domain.ids import SeatId

GLOBAL_MEAN = 0.5
GLOBAL_VARIANCE = 0.3**2
SEAT_VARIANCE = 0.2**2
KIND_VARIANCE = 0.25**2
NOISE_PRIOR_VARIANCE = 0.25**2
NOISE_PRIOR_WEIGHT = 10.0
PUBLISHED_PRIOR_WEIGHT = 4.0
FORECAST_PRIOR_WEIGHT = 3.0
LOG_CORRECTION_MAX = math.log(16)


@dataclass(frozen=True, slots=True)
class Cell:
    """Sufficient statistics of one seat × kind.

    `weight`, `total`, `squares` sum w, w·reward, w·reward² over judged outcomes; `calls` counts executions,
    `failures` those without a valid answer; `output_tokens`, `latency_ms` sum over valid ones (`answers`);
    `log_correction` is the learned log of actual over listed price: a running mean, shrunk to 0.
    """

    weight: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    calls: int = 0
    failures: int = 0
    answers: int = 0
    output_tokens: int = 0
    latency_ms: int = 0
    log_correction: float = 0.0

    @property
    def mean(self) -> float:
        """Mean reward; 0 where nothing was judged."""
        return self.total / self.weight if self.weight > 0 else 0.0

    @property
    def scatter(self) -> float:
        """Weighted sum of squared distances from the mean."""
        return max(0.0, self.squares - self.weight * self.mean**2)


@dataclass(frozen=True, slots=True)
class Event:
    """One outcome as the fold sees it. `reward` None means unchecked: it teaches cost, not quality.

    `replaces` is the (reward, weight) this event takes the place of, where a later judgement corrects one.
    `first` is False for a later judgement, whose call was counted before.
    """

    seat_id: SeatId
    kind: str
    reward: float | None
    weight: float
    replaces: tuple[float, float] | None = None
    first: bool = True
    answered: bool = True
    output_tokens: int = 0
    latency_ms: int = 0
    cost_micros: int = 0
    quoted_micros: int = 0


@dataclass(frozen=True, slots=True)
class Belief:
    """Posterior of a mean reward."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the learner's state. `multiplier` is the budget pacer's λ."""

    version: int = 0
    multiplier: float = 0.0
    cells: Mapping[tuple[SeatId, str], Cell] = field(default_factory=dict)

    def cell(self, seat: SeatId, kind: str) -> Cell:
        """Statistics of a seat × kind; empty where it never ran."""
        return self.cells.get((seat, kind), Cell())

    def noise_variance(self) -> float:
        """Variance of one reward around its seat × kind mean, pooled, with a weak prior."""
        weight = sum(max(0.0, cell.weight - 1) for cell in self.cells.values())
        scatter = sum(cell.scatter for cell in self.cells.values() if cell.weight > 1)
        return (NOISE_PRIOR_VARIANCE * NOISE_PRIOR_WEIGHT + scatter) / (NOISE_PRIOR_WEIGHT + weight)

    def belief(self, seat: SeatId, kind: str, published: float | None = None) -> Belief:
        """Posterior of the seat's mean reward at this kind. `published` is a score known beforehand."""
        noise = self.noise_variance()
        everyone = _Gaussian.prior(GLOBAL_MEAN, GLOBAL_VARIANCE)
        for other in {key[0] for key in self.cells} - {seat}:
            everyone = everyone.times(self._seat_message(other, noise, None).widened(SEAT_VARIANCE))
        level = everyone.widened(SEAT_VARIANCE)
        if published is not None:
            level = level.times(_Gaussian.prior(published, noise / PUBLISHED_PRIOR_WEIGHT))
        level = level.times(self._seat_message(seat, noise, kind))
        cell = self.cell(seat, kind)
        own = _Gaussian(cell.weight / noise, cell.total / noise)
        posterior = level.widened(KIND_VARIANCE).times(own)
        return Belief(posterior.mean, math.sqrt(posterior.variance))

    def _seat_message(self, seat: SeatId, noise: float, without: str | None) -> _Gaussian:
        """What the seat's own cells say of its level, leaving out the kind `without`."""
        message = _Gaussian(0.0, 0.0)
        for (owner, kind), cell in sorted(self.cells.items()):
            if owner == seat and kind != without and cell.weight > 0:
                message = message.times(_Gaussian.prior(cell.mean, KIND_VARIANCE + noise / cell.weight))
        return message

    def folded(self, events: Iterable[Event]) -> Policy:
        """The next version: this one plus `events`, in their order."""
        cells = dict(self.cells)
        for event in events:
            key = (event.seat_id, event.kind)
            cells[key] = _add(cells.get(key, Cell()), event)
        return replace(self, version=self.version + 1, cells=cells)

    def forecast_output_tokens(self, seat: SeatId, kind: str, prior: int) -> float:
        """Expected output tokens: the seat's record at this kind, shrunk to `prior`."""
        cell = self.cell(seat, kind)
        return (FORECAST_PRIOR_WEIGHT * prior + cell.output_tokens) / (FORECAST_PRIOR_WEIGHT + cell.answers)

    def forecast_latency_ms(self, seat: SeatId, kind: str, prior: float) -> float:
        """Expected latency of an answer, shrunk to `prior` milliseconds."""
        cell = self.cell(seat, kind)
        return (FORECAST_PRIOR_WEIGHT * prior + cell.latency_ms) / (FORECAST_PRIOR_WEIGHT + cell.answers)

    def price_correction(self, seat: SeatId, kind: str) -> float:
        """Learned factor between actual and listed price."""
        return math.exp(self.cell(seat, kind).log_correction)


@dataclass(frozen=True, slots=True)
class _Gaussian:
    """Natural parameters: `precision` and `precision × mean`. Precision 0 knows nothing."""

    precision: float
    shift: float

    @classmethod
    def prior(cls, mean: float, variance: float) -> _Gaussian:
        return cls(1 / variance, mean / variance)

    @property
    def mean(self) -> float:
        return self.shift / self.precision

    @property
    def variance(self) -> float:
        return 1 / self.precision

    def times(self, other: _Gaussian) -> _Gaussian:
        return _Gaussian(self.precision + other.precision, self.shift + other.shift)

    def widened(self, variance: float) -> _Gaussian:
        """Seen through a step of the tree: the same mean, `variance` added."""
        if self.precision == 0:
            return self
        return _Gaussian.prior(self.mean, self.variance + variance)


def _add(cell: Cell, event: Event) -> Cell:
    if event.reward is not None:
        cell = _judge(cell, event.reward, event.weight)
    if event.replaces is not None:
        old_reward, old_weight = event.replaces
        cell = _judge(cell, old_reward, -old_weight)
    if not event.first:
        return cell
    if not event.answered:
        return replace(cell, calls=cell.calls + 1, failures=cell.failures + 1)
    # The quote had the correction of its time in it: what is left is the error of a running mean.
    error = math.log(max(1, event.cost_micros) / max(1, event.quoted_micros))
    step = error / (FORECAST_PRIOR_WEIGHT + cell.answers + 1)
    return replace(
        cell,
        calls=cell.calls + 1,
        answers=cell.answers + 1,
        output_tokens=cell.output_tokens + event.output_tokens,
        latency_ms=cell.latency_ms + event.latency_ms,
        log_correction=min(LOG_CORRECTION_MAX, max(-LOG_CORRECTION_MAX, cell.log_correction + step)),
    )


def _judge(cell: Cell, reward: float, weight: float) -> Cell:
    total_weight = cell.weight + weight
    if total_weight < 1e-9:  # what a later judgement replaced was all there was
        return replace(cell, weight=0.0, total=0.0, squares=0.0)
    return replace(
        cell,
        weight=total_weight,
        total=cell.total + weight * reward,
        squares=cell.squares + weight * reward**2,
    )
