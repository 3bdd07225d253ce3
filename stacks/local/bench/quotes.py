"""Are quotes calibrated? Each query goes to one model picked at random, is quoted first and learnt from afterwards.

The quote knows what a bidder knows before the call: the model's mean cost, output and latency as its price list, the
kind of the query, the length of its input, and the calls so far. A price, a number of output tokens and a latency come
with an upper end that is to cover 95 % of the calls; a failure comes with a chance. Beside each stands its floor, the
list alone: the error of the mean, and the score of the mean share of failures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bidding.domain.ids import SeatId
from bidding.domain.learning.events import Event
from bidding.domain.learning.forecasts import UPPER_SHARE
from bidding.domain.learning.learner import Forecast, Learner, usual_output_tokens
from stacks.local.bench.routing.data import Outcomes

Floats = NDArray[np.float64]
NANO = 1e9
"""Forecasts are factors, so that the unit does not matter: nano-dollars and microseconds lose nothing by rounding."""
MILLI = 1e3
CHANCE_GROUPS = 3


@dataclass(frozen=True)
class Calibration:
    """Forecasts of one quantity. Errors are median absolute logarithms; `spread` is the upper end over the expected."""

    quantity: str
    calls: int
    covered: float
    covered_worst_model: float
    spread: float
    error: float
    floor: float


@dataclass(frozen=True)
class Failures:
    """Calls in groups of rising stated chance, (stated, observed) each; mean squared errors, of the floor beside."""

    calls: int
    groups: tuple[tuple[float, float], ...]
    brier: float
    floor: float


@dataclass(frozen=True)
class QuotesReport:
    """One data set. `failures` None is that no output is marked valid or not."""

    name: str
    seeds: int
    calibrations: tuple[Calibration, ...]
    failures: Failures | None

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"{self.name}: what quotes state and what came of it ({self.seeds} seeds, 95 % upper ends)")
        for heading in ("quantity", "calls", "covered", "worst model", "upper / expected", "error", "of the list"):
            table.add_column(heading, justify="left" if heading == "quantity" else "right")
        for one in self.calibrations:
            shares = f"{one.covered:.1%}", f"{one.covered_worst_model:.1%}"
            table.add_row(
                one.quantity, str(one.calls), *shares, *(f"{at:.2f}" for at in (one.spread, one.error, one.floor))
            )
        if not self.calibrations:
            table.caption = "nothing to forecast: no call has a cost, output tokens or a latency above 0"
        if self.failures:
            groups = ", ".join(f"{stated:.1%} → {seen:.1%}" for stated, seen in self.failures.groups)
            table.caption = (
                f"failure, stated → observed: {groups}; "
                f"squared error {self.failures.brier:.4f}, of the mean share {self.failures.floor:.4f}"
            )
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "data": self.name,
            "seeds": self.seeds,
            "quantities": [vars(one) for one in self.calibrations],
            "failures": vars(self.failures) if self.failures else None,
        }


@dataclass(frozen=True)
class _Quoted:
    """One call: its model, and per quantity the listed, expected, upper and actual value; NaN where unknown."""

    model: int
    price: tuple[float, float, float, float]
    tokens: tuple[float, float, float, float]
    latency: tuple[float, float, float, float]
    failure_chance: float
    failed: float


def measure_quotes(data: Outcomes, seeds: int) -> QuotesReport:
    """Quote, call and learn the whole set once per seed, in another order each."""
    calls = [call for seed in range(seeds) for call in _calls(data, seed)]
    models = np.array([call.model for call in calls])
    quantities = {
        "price": np.array([call.price for call in calls]),
        "output tokens": np.array([call.tokens for call in calls]),
        "latency": np.array([call.latency for call in calls]),
    }
    known = {name: ~np.isnan(values).any(axis=1) for name, values in quantities.items()}
    failed = np.array([(call.failure_chance, call.failed) for call in calls])
    return QuotesReport(
        data.name,
        seeds,
        tuple(
            _calibration(name, values[known[name]], models[known[name]])
            for name, values in quantities.items()
            if known[name].any()
        ),
        None if np.isnan(failed).any() else _failures(failed),
    )


def _calls(data: Outcomes, seed: int) -> list[_Quoted]:
    rng, learner = np.random.default_rng(seed), Learner()
    learner.meet(data.models)
    listed_price, listed_latency = _means(data.cost_usd) * NANO, _means(data.latency_ms) * MILLI
    counted = not np.isnan(data.tokens_in).any()  # by some alone lengths would have two units
    calls = []
    for query in rng.permutation(len(data)).tolist():
        model = int(rng.integers(len(data.models)))
        seat, kind = SeatId(data.models[model]), data.kinds[query]
        length = int(data.tokens_in[query]) if counted else len(data.prompts[query])
        price, latency = (forecast(seat, kind, length) for forecast in (learner.price_factor, learner.latency_factor))
        tokens = learner.output_tokens(seat, kind, length)
        chance = learner.failure_chance(seat, kind, length)
        usual = usual_output_tokens(kind)
        cost, out, time = data.cost_usd[query, model], data.tokens_out[query, model], data.latency_ms[query, model]
        valid = data.valid[query, model]
        calls.append(
            _Quoted(
                model,
                _scaled(price, listed_price[model], cost * NANO),
                _scaled(Forecast(tokens.expected / usual, tokens.upper / usual), float(usual), out),
                _scaled(latency, listed_latency[model], time * MILLI),
                chance,
                1.0 - valid,
            )
        )
        learner.learn([_event(calls[-1], seat, kind, length)])
    return calls


def _scaled(factor: Forecast, listed: float, actual: float) -> tuple[float, float, float, float]:
    if not actual > 0:
        actual = np.nan  # as much as not known: nothing was called, or nobody counted
    return listed, listed * factor.expected, listed * factor.upper, actual


def _event(call: _Quoted, seat: SeatId, kind: str, length: int) -> Event:
    """The outcome, where 0 stands for what is not known."""
    price, tokens, latency = (np.nan_to_num(each).tolist() for each in (call.price, call.tokens, call.latency))
    return Event(
        seat,
        kind,
        reward=None,
        weight=1.0,
        answered=not call.failed > 0,
        input_tokens=max(1, length),
        output_tokens=round(tokens[3]),
        quoted_output_tokens=round(tokens[1]),
        latency_ms=round(latency[3]),
        quoted_latency_ms=round(latency[1]),
        listed_latency_ms=latency[0],
        cost_micros=round(price[3]),
        quoted_micros=round(price[1]),
        listed_micros=price[0],
    )


def _means(values: Floats) -> Floats:
    """Of every model, over the queries where the value is known; NaN where it never is."""
    known = ~np.isnan(values)
    means: Floats = np.where(known, values, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    return means


def _calibration(name: str, values: Floats, models: NDArray[np.intp]) -> Calibration:
    listed, expected, upper, actual = values.T.copy()
    for model in np.unique(models):
        listed[models == model] = actual[models == model].mean()
    covered = actual <= upper
    by_model = [covered[models == model].mean() for model in np.unique(models)]
    return Calibration(
        quantity=name,
        calls=len(values),
        covered=float(covered.mean()),
        covered_worst_model=float(min(by_model, key=lambda share: -abs(share - UPPER_SHARE))),
        spread=float(np.median(upper / expected)),
        error=_error(expected, actual),
        floor=_error(listed, actual),
    )


def _error(forecast: Floats, actual: Floats) -> float:
    return float(np.median(abs(np.log(forecast / actual))))


def _failures(stated_and_seen: Floats) -> Failures:
    stated, failed = stated_and_seen.T
    groups: Sequence[Floats] = np.array_split(stated_and_seen[stated.argsort(kind="stable")], CHANCE_GROUPS)
    return Failures(
        calls=len(stated),
        groups=tuple((float(group[:, 0].mean()), float(group[:, 1].mean())) for group in groups),
        brier=float(((stated - failed) ** 2).mean()),
        floor=float(((failed.mean() - failed) ** 2).mean()),
    )
