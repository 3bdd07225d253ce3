"""The learning auction of the library: nobody gains by lying on average, and what is held covers what is paid."""

from __future__ import annotations

from itertools import count
from statistics import fmean
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding import LearningAuction
from bidding.domain.errors import CallerError
from bidding.domain.mechanisms.resampling import RESAMPLE_SHARE

CEILING, HORIZON, KINDS = 1_000.0, 60, ("classify", "extract")
EPSILON = 0.005
"""As in `atomic bench auction --incentives`: a share of the ceiling, per lot."""
LIES = (0.5, 0.8, 1.3, 2.0)
DRAWS_MIN = 3
"""Horizons at least in which the liar's report stays, and in which it moves."""


class Market(NamedTuple):
    """The first seller may lie. `qualities` (kinds, n); `delays` (lots,) is how many lots later each reward is told."""

    costs: list[float]
    qualities: np.ndarray
    kinds: list[int]
    delays: list[int]
    value: float
    multiplier: float
    seed: int


def _market(rng: np.random.Generator) -> Market:
    sellers = int(rng.integers(2, 5))
    return Market(
        costs=(rng.uniform(0.05, 0.8, sellers) * CEILING).tolist(),
        qualities=rng.uniform(0.2, 1, (len(KINDS), sellers)),
        kinds=rng.integers(len(KINDS), size=HORIZON).tolist(),
        delays=rng.choice([0, 5], HORIZON).tolist(),
        value=float(rng.uniform(0.5, 4) * CEILING),
        multiplier=float(rng.choice([0.0, 0.5, 2.0])),
        seed=int(rng.integers(2**32)),
    )


def _run(market: Market, report: float, draw: int) -> list[tuple[bool, int, float]]:
    """Per kind: whether the first seller's report moved, how many lots it won, and its utility from them."""
    prices = {"liar": report} | {f"seller {row}": cost for row, cost in enumerate(market.costs) if row}
    auction = LearningAuction(
        prices,
        value_micros=market.value,
        ceiling_micros=CEILING,
        horizon=HORIZON,
        seed=market.seed + draw,
        multiplier=market.multiplier,
    )
    rewards = np.random.default_rng([market.seed, draw]).random((HORIZON, len(prices)))
    told: list[list[tuple[int, float]]] = [[] for _ in range(HORIZON + 6)]
    won, utility = [0] * len(KINDS), [0.0] * len(KINDS)
    for lot, kind in enumerate(market.kinds):
        given_to = auction.choose(KINDS[kind])
        assert given_to.payment_micros <= given_to.hold_micros
        seller = auction.sellers.index(given_to.seller)
        if seller == 0:
            won[kind] += 1
            utility[kind] += given_to.payment_micros - market.costs[0]
        reward = float(rewards[lot, seller] < market.qualities[kind, seller])
        told[lot + market.delays[lot]].append((given_to.decision_id, reward))
        for decision_id, known in told[lot]:
            auction.record(decision_id, known)
    moved = [next(one.moved for one in auction.standings(kind) if one.seller == "liar") for kind in KINDS]
    return list(zip(moved, won, utility, strict=True))


def _expected(market: Market, reports: list[float]) -> list[float]:
    """Utility per lot of each report, both sides of the liar's coin weighed by their chances.

    Whether and how far reports move is the same for all of them; one kind's utility knows nothing of the other's.
    """
    sides: dict[tuple[int, bool], list[list[float]]] = {
        (kind, moved): [] for kind in range(len(KINDS)) for moved in (False, True)
    }
    for draw in count():
        if min(map(len, sides.values())) >= DRAWS_MIN:
            break
        runs = [_run(market, report, draw) for report in reports]
        for kind in range(len(KINDS)):
            sides[kind, runs[0][kind][0]].append([run[kind][2] for run in runs])
    chances = {False: 1 - RESAMPLE_SHARE, True: RESAMPLE_SHARE}
    means = [chances[moved] * np.mean(each, axis=0) for (_, moved), each in sides.items()]
    expected: list[float] = (np.sum(means, axis=0) / HORIZON).tolist()
    return expected


def test_no_misreport_gains_more_than_epsilon() -> None:
    """On average over random markets of two kinds, with rewards told late, under the payments that are really made."""
    rng = np.random.default_rng(5)
    gains: dict[float, list[float]] = {lie: [] for lie in LIES}
    for _ in range(60):
        market = _market(rng)
        truth = market.costs[0]
        honest, *lied = _expected(market, [truth, *(min(CEILING, lie * truth) for lie in LIES)])
        for lie, utility in zip(LIES, lied, strict=True):
            gains[lie].append((utility - honest) / CEILING)
    assert all(fmean(each) <= EPSILON for each in gains.values())


@given(st.integers(0, 2**32), st.integers(0, 50), st.floats(0, 1))
@settings(max_examples=40)
def test_a_higher_report_wins_no_lot_more(seed: int, draw: int, raised: float) -> None:
    """Whatever is drawn, and however late rewards are told: the wins of each kind never rise with the report."""
    market = _market(np.random.default_rng(seed))
    truth = market.costs[0]
    low, high = (_run(market, report, draw) for report in (truth, truth + raised * (CEILING - truth)))
    assert all(dear[1] <= cheap[1] for cheap, dear in zip(low, high, strict=True))


JUNK = st.one_of(st.none(), st.text(max_size=2), st.floats(), st.integers(-3, 99), st.lists(st.integers(), max_size=1))


@given(st.lists(st.tuples(JUNK, JUNK), max_size=30), st.integers(0, 99))
@settings(max_examples=40)
def test_what_is_refused_leaves_no_trace(told: list[tuple[object, object]], seed: int) -> None:
    """Ids and rewards of any kind: a typed error each, or a reward of a lot under way; the rest goes on as without."""
    fuzzed, plain = (
        LearningAuction({"a": 300, "b": 200}, value_micros=900, ceiling_micros=CEILING, horizon=99, seed=seed)
        for _ in range(2)
    )
    for decision_id, reward in told:
        assert fuzzed.choose() == plain.choose()
        try:
            fuzzed.record(decision_id, reward)  # type: ignore[arg-type]
        except CallerError:
            continue
        plain.record(decision_id, reward)  # type: ignore[arg-type]
    assert not told or fuzzed.standings() == plain.standings()
