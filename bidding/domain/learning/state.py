"""What a learner knows, as plain values: what a ledger keeps, and from which a learner comes back bit for bit."""

from __future__ import annotations

from bidding.domain.dataclass import dataclass

Row = tuple[float, ...]
Table = tuple[Row, ...]
"""One row per seat, one column per kind."""


@dataclass(frozen=True, slots=True)
class BeliefState:
    """Sufficient statistics of every seat × kind: sums of w, w·reward and w·reward² over judged outcomes.

    `on_trial` are the rows of newcomers that have not been tried often enough yet, `trial_calls` the calls of each.
    """

    weight: Table = ()
    total: Table = ()
    squares: Table = ()
    on_trial: tuple[int, ...] = ()
    trial_calls: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchState:
    """See `drift.Watch`."""

    up: float = 0.0
    down: float = 0.0
    alarm_at: int | None = None


@dataclass(frozen=True, slots=True)
class UpperState:
    """See `quantiles.Quantile`."""

    level: float
    values: int
    covered: int


@dataclass(frozen=True, slots=True)
class ForecastState:
    """See `forecasts.FactorForecast`: calls and sums of factors by cell, seat and kind; lengths; slopes; ends."""

    cell_calls: Table = ()
    cell_total: Table = ()
    seat_calls: Row = ()
    seat_total: Row = ()
    kind_calls: Row = ()
    kind_total: Row = ()
    lots: Row = ()
    length: Row = ()
    bend_squares: Row = ()
    bend_products: Row = ()
    upper: tuple[UpperState, ...] = ()


@dataclass(frozen=True, slots=True)
class FailureState:
    """See `failures.FailureForecast`: executions of every seat × kind, and those without a valid answer.

    `lengths` sum the logarithms of their inputs' lengths; `slopes` of the log-odds over them, and their `precisions`,
    are by seat.
    """

    calls: Table = ()
    failures: Table = ()
    lengths: Table = ()
    slopes: Row = ()
    precisions: Row = ()


@dataclass(frozen=True, slots=True)
class PaceState:
    """What a budget is paced by: its allowance per lot (None is none), the purse, what it saves up for, λ.

    `cheapest`, `quoted`, `listed`, `beyond`, `over` and `strayed` are the account of the fallback, the seat at
    `fallback_row`, over `fallback_lots` lots: see `Fallback`. None is not known.
    `values` and `prices` are recent offers, oldest first, a row per lot and a column per seat.
    """

    allowance_micros: float | None = None
    uniform_share: float = 0.0
    low: float = 0.0
    high: float = 0.0
    high_share: float = 0.0
    purse_micros: float = 0.0
    target_micros: float = 0.0
    spent_micros: float = 0.0
    lots: int = 0
    cheapest_micros: float = 0.0
    quoted_micros: float = 0.0
    listed_micros: float = 0.0
    beyond_micros: float = 0.0
    over_micros: float = 0.0
    strayed_micros: float | None = None
    fallback_row: int | None = None
    fallback_lots: int = 0
    values: Table = ()
    prices: Table = ()


@dataclass(frozen=True, slots=True)
class LearnerState:
    """All of it."""

    seats: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    beliefs: BeliefState = BeliefState()
    watches: tuple[WatchState, ...] = ()
    outcomes: int = 0
    faded_at: int = 0
    prices: ForecastState = ForecastState()
    tokens: ForecastState = ForecastState()
    latencies: ForecastState = ForecastState()
    failures: FailureState = FailureState()
    pace: PaceState = PaceState()


NOTHING_LEARNT = LearnerState()
