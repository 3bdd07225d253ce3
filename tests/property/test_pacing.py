"""What is spent stays on budget: for any lots, prices and costs, and for costs beyond what was quoted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.errors import InvalidRequest
from bidding.domain.learning.fallback import OVER_LOTS
from bidding.domain.learning.pacing import LOAN_DUE_LOTS, LOAN_SHARE, SLACK, Pacer
from bidding.domain.learning.tables import Floats

LOTS = 400
SHORTEST = 200
ALLOWED = 1.005
moderate = settings(max_examples=40, deadline=None)


@dataclass(frozen=True)
class Lots:
    """Shapes (lots, seats): values, expected prices, upper ends and costs, none above its upper end."""

    values: Floats
    prices: Floats
    ends: Floats
    costs: Floats

    @property
    def cheapest(self) -> Floats:
        """What the cheapest seat of every lot costs, (lots,)."""
        rows = np.arange(len(self.prices))
        return np.asarray(self.costs[rows, self.prices.argmin(axis=1)])


def drawn(seed: int, seats: int, tail: float, spread: float, lots: int = LOTS) -> Lots:
    """Lots whose prices and costs have a tail of Pareto index `tail`: the lower, the heavier."""
    rng = np.random.default_rng(seed)
    listed = np.exp(rng.uniform(0, spread, seats))
    prices = listed * (1 + rng.pareto(tail, (lots, 1)))
    ends = 1 + rng.uniform(0.1, 9, seats)
    costs = np.minimum(prices * ends, prices * rng.pareto(tail, (lots, seats)))
    values = rng.uniform(0, 100, (lots, seats)) * np.linspace(0.2, 1, seats)
    return Lots(values, prices, ends, costs)


def spent(lots: Lots, pacer: Pacer, seed: int = 0) -> Floats:
    """Cumulated spend, (lots,), of the highest scores among the bids that the pacer lets in."""
    rng, total, course = np.random.default_rng(seed), 0.0, []
    for values, prices, costs in zip(lots.values, lots.prices, lots.costs, strict=True):
        pace = pacer.pace
        multiplier = pace.high if rng.random() < pace.high_share else pace.low
        scores = values - (1 + multiplier) * prices
        admitted = pacer.admits(prices, lots.ends)
        if admitted is not None:
            scores = np.where(admitted, scores, -np.inf)
        pacer.saw(1.0, values, prices, values, None, lots.ends)
        winner = int(scores.argmax())
        cost = float(costs[winner])
        pacer.paid(cost, pacer.award(winner, float(prices[winner])))
        total += cost
        course.append(total)
    return np.array(course)


shapes = st.tuples(st.integers(0, 2**32), st.integers(1, 6), st.floats(1.1, 5), st.floats(0.1, 6))


@moderate
@given(shapes, st.floats(0.05, 50))
def test_spend_stays_below_the_budget_followed_by_the_cheapest(
    shape: tuple[int, int, float, float], allowance: float
) -> None:
    """For any lots and at every horizon: up to some lot the budget and its credit were kept, then the cheapest served.

    This bound needs no assumption. The next tests say when it is the one of 1.005.
    """
    lots = drawn(*shape)
    course = spent(lots, Pacer(allowance))
    done = np.arange(LOTS)
    credit = allowance * np.maximum(SLACK * done, LOAN_SHARE * np.maximum(0, LOAN_DUE_LOTS - done))
    budget = allowance * np.arange(1, LOTS + 1) + credit
    since = np.cumsum(lots.cheapest)
    ahead = np.maximum.accumulate(np.r_[0.0, budget - since])[1:]  # the largest lead of the budget over the cheapest
    assert (course <= since + ahead + 1e-6 * (since + budget)).all()


@moderate
@given(shapes, st.floats(0.05, 50), st.floats(1.05, 3))
def test_costs_beyond_their_upper_ends_move_spend_by_the_largest_of_them(
    shape: tuple[int, int, float, float], allowance: float, tail: float
) -> None:
    """However far costs exceed what was quoted, and however often: one is paid off before the next."""
    lots = drawn(*shape)
    surprises = np.random.default_rng(shape[0]).pareto(tail, lots.costs.shape)
    costs = lots.costs + lots.prices * lots.ends * np.where(surprises > 1, surprises, 0.0)
    lots = Lots(lots.values, lots.prices, lots.ends, costs)
    course = spent(lots, Pacer(allowance))
    done = np.arange(LOTS)
    credit = allowance * np.maximum(SLACK * done, LOAN_SHARE * np.maximum(0, LOAN_DUE_LOTS - done))
    budget = allowance * np.arange(1, LOTS + 1) + credit
    since = np.cumsum(lots.cheapest)
    ahead = np.maximum.accumulate(np.r_[0.0, budget - since])[1:]
    others = (costs - lots.prices * lots.ends).max(axis=1)
    surprise = np.maximum.accumulate(np.maximum(0.0, others))
    assert (course <= since + ahead + surprise + 1e-6 * (since + budget)).all()


@pytest.mark.parametrize("variation", [0.3, 0.8, 1.5])
@pytest.mark.parametrize("seed", range(5))
def test_luck_of_the_cheapest_is_not_spent_on_others(seed: int, variation: float) -> None:
    """The budget is what the cheapest costs by its list: at every horizon, spend is within the rule, come what may.

    Calls cost by chance, and quotes know of it no more than the record says.
    """
    rng = np.random.default_rng([seed, int(10 * variation)])
    lots, listed = 3_000, np.array([10.0, 25.0, 60.0])
    sigma = math.sqrt(math.log(1 + variation**2))
    costs = listed * rng.lognormal(-(sigma**2) / 2, sigma, (lots, 3))
    calls = np.arange(lots)[:, None]
    record = (5 * listed + np.cumsum(costs, axis=0) - costs) / (5 + calls)
    values = 1e4 * (np.array([0.3, 0.6, 0.7]) + 0.1 * rng.standard_normal((lots, 3)))
    pacer, ends, spend, least = Pacer(listed.item(0)), np.full(3, 2.0), 0.0, 0.0
    for lot in range(lots):
        admitted = pacer.admits(record[lot], ends, fallback=0, listed_micros=listed.item(0))
        scores = values[lot] - (1 + pacer.pace.low) * record[lot]
        winner = int((scores if admitted is None else np.where(admitted, scores, -np.inf)).argmax())
        pacer.saw(1.0, values[lot], record[lot], values[lot], None, ends)
        pacer.paid(costs.item(lot, winner), pacer.award(winner, record.item(lot, winner)))
        spend, least = spend + costs.item(lot, winner), least + costs.item(lot, 0)
        if lot >= SHORTEST:
            assert spend <= ALLOWED * max(listed.item(0) * (lot + 1), least), lot


@moderate
@given(shapes, st.floats(1.0, 30))
def test_spend_stays_on_budget_where_the_cheapest_fits_the_allowance(
    shape: tuple[int, int, float, float], room: float
) -> None:
    """However heavy the tails of the others, the budget is kept at every horizon."""
    lots = drawn(*shape)
    allowance = room * float((lots.prices * lots.ends).min(axis=1).max())
    rows = np.arange(LOTS)
    cheapest = lots.prices.argmin(axis=1)
    allowance = max(allowance, float((lots.prices * lots.ends)[rows, cheapest].max()))
    course = spent(lots, Pacer(allowance))
    assert (course <= allowance * np.arange(1, LOTS + 1) * (1 + 1e-9)).all()


@moderate
@given(shapes)
def test_spend_is_that_of_the_cheapest_where_nobody_fits_the_budget(shape: tuple[int, int, float, float]) -> None:
    """A budget below every upper end buys the cheapest on every lot, and nothing else."""
    lots = drawn(*shape)
    course = spent(lots, Pacer(float((lots.prices * lots.ends).min()) * 1e-6))
    np.testing.assert_allclose(course[0], lots.cheapest[0])
    assert (course[SHORTEST:] <= ALLOWED * np.cumsum(lots.cheapest)[SHORTEST:]).all()


@moderate
@given(st.integers(0, 2**32), st.floats(0, 0.5), st.floats(0, 0.2), st.floats(0.01, 0.7), st.booleans())
def test_who_stands_in_for_the_fallback_costs_little_more(
    seed: int, spread: float, dearer: float, share: float, known: bool
) -> None:
    """The fallback alone takes more than the budget; calls cost what is quoted, by seats dearer here and cheaper there.

    Spend is that of the fallback and a call or so; where quotes of the others are wrong, the largest surprise besides.
    """
    rng = np.random.default_rng(seed)
    lots, ends = 600, np.full(3, 1.05)
    prices = 10.0 * rng.uniform(0.75, 1.3, (lots, 1)) * np.ones(3)
    prices[:, 1:] *= (1 + dearer) * np.exp(spread * rng.uniform(-1, 1, (lots, 2)))
    costs = prices.copy() if known else prices * np.where(np.arange(3) > 0, rng.uniform(0.5, 8, 3), 1.0)
    values = 1e4 * (np.array([0.2, 0.6, 0.8]) + 0.1 * rng.standard_normal((lots, 3)))
    pacer, course = Pacer(10.0 * share), []
    for offered, quoted, cost in zip(values, prices, costs, strict=True):
        admitted = pacer.admits(quoted, ends, fallback=0)
        assert admitted is not None
        winner = int(np.where(admitted, offered - (1 + pacer.pace.low) * quoted, -np.inf).argmax())
        pacer.saw(1.0, offered, quoted, offered, None, ends)
        pacer.paid(float(cost[winner]), pacer.award(winner, float(quoted[winner]), 1.05))
        course.append(float(cost[winner]))
    since = np.cumsum(costs[:, 0])
    surprise = np.maximum.accumulate((costs - prices).max(axis=1)).clip(0)
    assert (np.cumsum(course) <= since + OVER_LOTS * 13.0 + surprise + 1e-6 * since).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_spend_on_lots_alike_is_within_the_pacing_rule(seed: int, share: float) -> None:
    """Lots as the benches have them, budgets between the cheapest and the dearest seat: at most 1.005 of the larger."""
    rng = np.random.default_rng(seed)
    listed = np.array([10.0, 40.0, 160.0, 640.0])
    prices = listed * rng.lognormal(0, 0.3, (2_000, 1))
    costs = np.minimum(prices * 2.0, prices * rng.lognormal(-0.08, 0.4, (2_000, 4)))
    values = 1e5 * (np.array([0.5, 0.6, 0.7, 0.75]) + 0.2 * rng.standard_normal((2_000, 4)))
    lots = Lots(values, prices, np.full(4, 2.0), costs)
    cheapest, dearest = costs.mean(axis=0)[[0, 3]]
    allowance = float(cheapest * (dearest / cheapest) ** share)
    course = spent(lots, Pacer(allowance), seed)
    horizons = np.arange(1, 2_001)
    cap = np.maximum(allowance * horizons, np.cumsum(lots.cheapest))
    assert (course[SHORTEST:] <= ALLOWED * cap[SHORTEST:]).all()
    unpaced = spent(lots, Pacer(None), seed)
    assert course[-1] >= 0.85 * min(allowance * 2_000, float(unpaced[-1])), "money is there to be spent"


offers = st.tuples(st.integers(0, 2**32), st.integers(2, 6), st.integers(17, 120))


@moderate
@given(offers, st.floats(0.02, 0.98))
def test_the_mix_of_two_multipliers_meets_the_budget(shape: tuple[int, int, int], where: float) -> None:
    """In the mean over the remembered offers the two λ, in their shares, spend the allowance."""
    seed, seats, lots = shape
    rng = np.random.default_rng(seed)
    prices = np.exp(rng.uniform(0, 5, (lots, seats)))
    values = 1e3 * rng.uniform(0, 1, (lots, seats))

    def mean_spend(multiplier: float) -> float:
        winners = (values - (1 + multiplier) * prices).argmax(axis=1)
        return float(prices[np.arange(lots), winners].mean())

    least, most = float(prices.min(axis=1).mean()), mean_spend(0.0)
    allowance = least + where * (most - least)
    pacer = Pacer(allowance)
    pacer.lots = LOAN_DUE_LOTS  # nothing is borrowed any more
    for row in range(lots):
        pacer.remember(values[row], prices[row])
    pacer.solve(np.ones(seats))
    pace = pacer.pace
    mixed = pace.high_share * mean_spend(pace.high) + (1 - pace.high_share) * mean_spend(pace.low)
    assert mixed == pytest.approx(min(allowance, most), rel=1e-6)
    assert 0 <= pace.low <= pace.high


def test_no_multiplier_where_the_budget_is_not_reached() -> None:
    """Money enough: the best bid wins at its price."""
    pacer = Pacer(1_000.0)
    pacer.remember(np.array([5.0, 9.0]), np.array([1.0, 2.0]))
    pacer.solve(np.ones(2))
    assert (pacer.pace.low, pacer.pace.high) == (0.0, 0.0)


def test_who_pays_by_no_budget_is_never_held_back() -> None:
    """Neither λ, nor purse, nor memory."""
    pacer = Pacer(None)
    pacer.saw(1.0, np.ones(1), np.ones(1), np.ones(1), None, np.ones(1))
    pacer.paid(1e9)
    assert pacer.admits(np.array([1e9]), np.array([1e3])) is None
    assert (pacer.purse_micros, pacer.spent_micros, pacer.state().values) == (0.0, 1e9, ())


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_budget_that_is_none_is_refused(bad: float) -> None:
    """Per lot or in all."""
    for limits in ((bad, None), (None, bad), (bad, 5.0)):
        with pytest.raises(InvalidRequest):
            Pacer(*limits)


@moderate
@given(shapes, st.floats(0.5, 50))
def test_a_pacer_comes_back_from_its_state(shape: tuple[int, int, float, float], allowance: float) -> None:
    """Purse, target, λ and offers; and the same state solves to the same bits."""
    lots = drawn(*shape, lots=60)
    pacer = Pacer(allowance, window_lots=32)
    spent(lots, pacer)
    again = Pacer.of(pacer.state(), 32)
    assert again.state() == pacer.state()
    third = Pacer.of(pacer.state(), 32)
    for each in (again, third):
        each.solve(lots.ends)
    assert again.state() == third.state()


def test_a_newcomer_is_no_part_of_the_past() -> None:
    """Offers from before a seat joined are remembered without it, and a seat that did not bid cannot have won."""
    pacer = Pacer(5.0)
    pacer.remember(np.array([10.0, 20.0]), np.array([1.0, np.inf]))
    pacer.remember(np.array([10.0, 20.0, 90.0]), np.array([1.0, 50.0, 60.0]))
    pacer.solve(np.ones(3))
    values = np.array(pacer.state().values)
    assert (values[0, 1:] < -1e200).all()
    assert np.isfinite(values).all()
    assert pacer.pace.high > 0
