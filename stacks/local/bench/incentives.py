"""What a seller gains by reporting another price than its cost, under each mechanism.

Random markets, one seller lying while the others tell the truth. Truth and lie meet the same draws and rewards, and
of the coin that resamples the liar's own report both sides are played and weighed, so that what is left is the
gain. A gain is in percent of the price ceiling: per lot, or per lot of a horizon for the learning mechanism, whose
allocation learns from what it buys.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import fmean, stdev
from typing import Literal

import numpy as np
from rich.table import Table

from bidding.domain.auction import Offers, pick
from bidding.domain.mechanisms.elimination import Elimination
from bidding.domain.mechanisms.payments import payment_micros
from bidding.domain.mechanisms.resampling import RESAMPLE_SHARE, Reports, resample, resampled_payment
from bidding.domain.pace import Pace
from bidding.domain.propensity import Floats

EPSILON = 0.005
"""The gain from lying that we allow on average, as a share of the price ceiling."""
LIES = (0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0)
"""Reports, as multiples of the true cost; never above the ceiling."""
HORIZON = 400
CEILING = 1_000.0

Rule = Literal["first_score", "second_score", "learning, one lot", "learning, horizon"]


@dataclass(frozen=True)
class Instance:
    """A market: true costs and qualities of its sellers, the first of whom may lie. `seed` fixes all that is drawn."""

    costs: Floats
    quality_mean: Floats
    quality_sd: Floats
    value_micros: float
    multiplier: float
    seed: int


@dataclass(frozen=True)
class Gain:
    """Mean gain of one lie over the markets, with the half-width of its 95 % interval; shares of the ceiling."""

    rule: Rule
    lie: float
    mean: float
    half_width: float


@dataclass(frozen=True)
class IncentiveReport:
    """All gains of one run."""

    instances: int
    gains: tuple[Gain, ...]

    def best_lies(self) -> list[Gain]:
        """Per rule the lie that gained most."""
        rules = dict.fromkeys(gain.rule for gain in self.gains)
        return [max((gain for gain in self.gains if gain.rule == rule), key=lambda gain: gain.mean) for rule in rules]

    def table(self) -> Table:
        """For people."""
        title = f"gain from lying, % of the ceiling ({self.instances} markets, 95 % CI; ε = {100 * EPSILON:g} %)"
        table = Table(title=title)
        for heading in ("mechanism", *(f"× {lie:g}" for lie in LIES), "most", "≤ ε"):
            table.add_column(heading, justify="left" if heading == "mechanism" else "right")
        for best in self.best_lies():
            gains = [gain for gain in self.gains if gain.rule == best.rule]
            row = [f"{100 * gain.mean:+.2f} ± {100 * gain.half_width:.2f}" for gain in gains]
            table.add_row(best.rule, *row, f"{100 * best.mean:+.2f}", "yes" if best.mean <= EPSILON else "no")
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "instances": self.instances,
            "epsilon": EPSILON,
            "horizon": HORIZON,
            "resample_share": RESAMPLE_SHARE,
            "gains": [
                {"mechanism": gain.rule, "lie": gain.lie, "mean": gain.mean, "half_width": gain.half_width}
                for gain in self.gains
            ],
        }


def measure_incentives(instances: int, draws: int = 20, seed: int = 1) -> IncentiveReport:
    """Every rule and every lie on the same `instances` markets, each with `draws` single lots and one horizon."""
    generator = np.random.default_rng(seed)
    markets = [_market(generator) for _ in range(instances)]
    utilities: dict[Rule, Callable[[Instance, float], float]] = {
        "first_score": partial(_per_lot, partial(_lot, "first_score"), draws),
        "second_score": partial(_per_lot, partial(_lot, "second_score"), draws),
        "learning, one lot": partial(_per_lot, _learning_lot, draws),
        "learning, horizon": _learning_horizon,
    }
    gains = []
    for rule, utility in utilities.items():
        honest = [utility(market, float(market.costs[0])) for market in markets]
        for lie in LIES:
            reports = [min(CEILING, lie * float(market.costs[0])) for market in markets]
            each = [
                (utility(market, report) - truth) / CEILING
                for market, report, truth in zip(markets, reports, honest, strict=True)
            ]
            gains.append(Gain(rule, lie, fmean(each), 1.96 * stdev(each) / math.sqrt(instances)))
    return IncentiveReport(instances, tuple(gains))


def _market(generator: np.random.Generator) -> Instance:
    sellers = int(generator.integers(2, 7))
    return Instance(
        costs=generator.uniform(0.05, 0.8, sellers) * CEILING,
        quality_mean=generator.uniform(0.3, 0.95, sellers),
        quality_sd=10 ** generator.uniform(-2.5, -0.7, sellers),
        value_micros=float(generator.uniform(0.5, 4)) * CEILING,
        multiplier=float(generator.choice([0.0, 0.5, 2.0])),
        seed=int(generator.integers(2**32)),
    )


def _reported(market: Instance, report: float) -> Floats:
    prices = market.costs.copy()
    prices[0] = report
    return prices


def _offers(market: Instance, prices: Floats) -> Offers:
    return Offers(market.quality_mean, market.quality_sd, prices, np.zeros(len(prices)))


def _per_lot(utility: Callable[[Instance, float, int], float], draws: int, market: Instance, report: float) -> float:
    return fmean(utility(market, report, draw) for draw in range(draws))


def _lot(rule: Literal["first_score", "second_score"], market: Instance, report: float, draw: int) -> float:
    """The liar's utility from one lot; under first-score it is paid what it reported."""
    prices = _reported(market, report)
    offers, reports = _offers(market, prices), Reports(prices, prices, np.zeros(len(prices), dtype=np.bool_))
    picked = pick(offers, market.value_micros, Pace(low=market.multiplier), np.random.default_rng([market.seed, draw]))
    if picked.winner:
        return 0.0
    paid = payment_micros(rule, reports, offers, picked, CEILING)
    return (report if paid is None else paid) - float(market.costs[0])


def _sides(market: Instance, report: float, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Prices where the liar's own report stays and where it moves; the others are resampled alike in both."""
    reported = _reported(market, report)
    reports = resample(reported, CEILING, generator)
    moved = CEILING - (CEILING - report) * generator.random() ** (1 / (1 - RESAMPLE_SHARE))
    stays, moves = reports.used.copy(), reports.used.copy()
    stays[0], moves[0] = report, moved
    return stays, moves


def _weighed(market: Instance, report: float, shares_won: list[float]) -> float:
    """Expected utility of the liar from the share of lots it wins where its report stays, and where it moves."""
    cost = float(market.costs[0])
    stays, moves = (
        share * (resampled_payment(report, moved, CEILING) - cost)
        for moved, share in zip((False, True), shares_won, strict=True)
    )
    return (1 - RESAMPLE_SHARE) * stays + RESAMPLE_SHARE * moves


def _learning_lot(market: Instance, report: float, draw: int) -> float:
    shares = []
    for prices in _sides(market, report, np.random.default_rng([market.seed, draw, 1])):
        rng = np.random.default_rng([market.seed, draw])
        picked = pick(_offers(market, prices), market.value_micros, Pace(low=market.multiplier), rng)
        shares.append(float(picked.winner == 0))
    return _weighed(market, report, shares)


def _learning_horizon(market: Instance, report: float) -> float:
    """Per lot of a horizon over which the allocation learns the qualities from binary rewards."""
    shares = []
    rewards = np.random.default_rng(market.seed).random((HORIZON, len(market.costs))) < market.quality_mean
    for prices in _sides(market, report, np.random.default_rng([market.seed, 1])):
        allocation = Elimination(prices, market.value_micros, HORIZON, market.multiplier)
        wins = 0
        for lot in range(HORIZON):
            turn = allocation.choose()
            allocation.record(turn, float(rewards[lot, turn.seller]))
            wins += turn.seller == 0
        shares.append(wins / HORIZON)
    return _weighed(market, report, shares)
