"""The auction house under any order of calls, with bad input mixed in: typed errors, and nothing spoilt by them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bidding import POLICY_NAMES, Auctioneer, Decision
from bidding.domain.errors import AtomicError, InvalidRequest, NoAward, UnknownRecord
from bidding.domain.learning.state import ForecastState
from bidding.domain.numbers import number

SEATS = ("ant", "bee", "cat", "dog", "elk", "fox")
BAD: tuple[Any, ...] = (math.nan, math.inf, -math.inf, -1.0, 0.0, 1e300, 5e-324, None, "7", 10**400, np.zeros(2))
ODD: tuple[Any, ...] = (Decimal("0.5"), np.float32(0.5), np.int64(1), True)
"""Numbers of other sorts."""


def mostly(fair: st.SearchStrategy[Any], *bad: Any) -> st.SearchStrategy[Any]:
    """Nine times in ten what may be said: a call has several arguments, and one bad one is enough to refuse it."""
    return st.integers(0, 9).flatmap(lambda n: fair if n else st.sampled_from(bad))


prices = mostly(st.floats(1e-3, 1e6), *BAD, *ODD)
shares = mostly(st.floats(0, 1), math.nan, math.inf, -0.5, 1.5, None, "1", *ODD)
names = st.sampled_from(SEATS)
vectors = mostly(st.none() | st.lists(st.floats(-3, 3), min_size=2, max_size=2), [math.nan, 0.0], [1.0])
claims = st.none() | st.dictionaries(mostly(names, "yak"), shares, max_size=3)
lists = mostly(st.none(), [1.0], [math.nan] * len(SEATS), ["7"])


def fingerprint(house: Auctioneer) -> str:
    """All that the house knows, to the bit, but for the names of kinds it has heard of."""
    seats = len(house.seats)
    policy = vars(house.policy)
    if "beliefs" in policy:
        beliefs = house.policy.beliefs  # type: ignore[attr-defined]
        kept: list[object] = [
            record[:seats, :4].tolist() for record in (beliefs.weight, beliefs.total, beliefs.squares)
        ]
        kept += [beliefs.spreads, house.policy.watches, house.policy.outcomes]  # type: ignore[attr-defined]
        kept += [
            [part.tolist() for part in beliefs.posterior(kind)]
            for kind in range(beliefs.kinds)
            if seats and house._decisions
        ][:1]
    else:
        kept = [value.sum(axis=tuple(range(1, value.ndim))).tolist() for value in policy.values() if np.ndim(value)]
    roster, forecast = house._roster, replace(house.prices.state(), cell_calls=(), cell_total=())
    return repr(
        (
            kept,
            house.pacer.state(),
            house.pacer.under_way,
            house.claims._records,
            [float(sum(part)) if name != "upper" else part for name, part in vars_of(forecast).items()],
            (roster.names, roster.active.tolist(), roster.listed.tolist(), roster.bounds.tolist()),
            [part.tolist() for part in house._mixed.record()],
            vars(house._guard),
            vars(house._docket),
            house._decisions,
        )
    )


def within(least: float, value: object, most: float) -> bool:
    try:
        number("it", value, least, most)
    except InvalidRequest:
        return False
    return True


def vars_of(record: ForecastState) -> dict[str, tuple[Any, ...]]:
    return {each.name: getattr(record, each.name) for each in fields(record)}


class House(RuleBasedStateMachine):
    """Two houses of the same seed are told the same: they decide alike, whatever they are told."""

    @initialize(
        policy=st.sampled_from(POLICY_NAMES),
        allowance=st.none() | st.floats(1, 1e4),
        total=st.none() | st.floats(10, 1e6),
        share=st.sampled_from((None, 0.0, 0.2)),
        seed=st.integers(0, 2**32),
    )
    def open(self, policy: Any, allowance: float | None, total: float | None, share: float | None, seed: int) -> None:
        made = (
            Auctioneer(
                policy, allowance_micros=allowance, total_micros=total, uniform_share=share, seed=seed, features=2
            )
            for _ in range(2)
        )
        self.house, self.twin = made
        self.active = {"ant", "bee"}
        for house in (self.house, self.twin):
            house.add_seat("ant", 3.0, bound_micros=9.0)
            house.add_seat("bee", 5.0, published=0.7, bound_micros=20.0)
        self.decided: list[int] = []
        self.settled: set[int] = set()
        self.rewarded: set[int] = set()

    def both(self, call: Callable[[Auctioneer], Any]) -> tuple[Any, AtomicError | None]:
        """The answer of the first, that of the second being the same; after an error nothing has changed."""
        before = fingerprint(self.house)
        answers: list[tuple[Any, AtomicError | None]] = []
        for house in (self.house, self.twin):
            try:
                answers.append((call(house), None))
            except AtomicError as error:
                answers.append((None, error))
        (first, error), (second, other) = answers
        assert repr(first) == repr(second)
        assert repr(error) == repr(other)
        if error:
            assert fingerprint(self.house) == before
        return first, error

    @rule(seat=names, price=prices, published=st.none() | shares, bound=prices)
    def add_seat(self, seat: str, price: float, published: float | None, bound: float | None) -> None:
        _, error = self.both(lambda house: house.add_seat(seat, price, published=published, bound_micros=bound))
        fresh = seat not in self.house.seats if error else False
        if error is None:
            assert within(0, price, 1e15)
            assert within(0, 0.0 if bound is None else bound, math.inf)
            assert published is None or within(0, published, 1)
            self.active.add(seat)
        elif not fresh:
            assert isinstance(error, InvalidRequest)

    @rule(seat=names)
    def retire(self, seat: str) -> None:
        known = seat in self.house.seats
        _, error = self.both(lambda house: house.retire(seat))
        assert known == (error is None)
        assert known or isinstance(error, UnknownRecord)
        self.active.discard(seat)

    @rule(seat=names, price=prices, bound=st.none() | prices)
    def reprice(self, seat: str, price: float, bound: float | None) -> None:
        _, error = self.both(lambda house: house.reprice(seat, price, bound_micros=bound))
        if error is None:
            assert seat in self.house.seats
            assert within(0, price, 1e15)

    @rule(
        kind=st.sampled_from("xyz"),
        value=mostly(st.floats(0, 1e6), *BAD),
        length=mostly(st.floats(1, 1e5), *BAD),
        features=vectors,
        ceiling=mostly(st.just(math.inf) | st.floats(10, 1e6), *BAD),
        listed=lists,
        claimed=claims,
        cluster=st.none() | st.sampled_from("uvw"),
    )
    def auction(
        self,
        kind: str,
        value: float,
        length: float,
        features: list[float] | None,
        ceiling: float,
        listed: list[float] | None,
        claimed: dict[str, float] | None,
        cluster: str | None,
    ) -> None:
        vector = None if features is None else np.array(features)
        decision, error = self.both(
            lambda house: house.auction(
                kind,
                value_micros=value,
                length=length,
                features=vector,
                ceiling_micros=ceiling,
                listed_micros=listed,  # type: ignore[arg-type]
                claims=claimed,
                cluster=cluster,
            )
        )
        if error is None:
            assert all(within(0, claim, 1) for claim in (claimed or {}).values())
            assert ceiling == math.inf or within(0, ceiling, math.inf)
            self.check(decision)
        else:
            assert isinstance(error, NoAward | InvalidRequest | UnknownRecord)
        if not self.active:
            assert error is not None
        elif self.house.pacer.total_micros is None and isinstance(error, NoAward):
            assert error.reason == "all_above_ceiling"

    def check(self, decision: Decision) -> None:
        chances = decision.picked.propensities
        assert math.isclose(float(chances.sum()), 1.0, abs_tol=1e-9)
        assert (chances >= 0).all()
        assert decision.seat in self.active
        assert set(decision.seats) <= self.active
        assert decision.propensity == chances[decision.picked.winner]
        told = decision.text()
        shut_out = {one.seat: one.reason for one in decision.shut_out()}
        assert len(told.splitlines()) == len(self.house.seats)
        assert all(f"{seat}: " in told for seat in self.house.seats)
        assert set(shut_out) == set(self.house.seats) - set(decision.seats)
        assert {seat for seat, reason in shut_out.items() if reason == "retired"} == set(self.house.seats) - self.active
        self.decided.append(decision.decision_id)

    def one_of(self, data: st.DataObject) -> int:
        """Mostly a decision there was, of which the docket may have let go."""
        return data.draw(mostly(st.sampled_from(self.decided), -3, 0, 1, 10**6))

    @precondition(lambda self: self.decided)
    @rule(data=st.data(), cost=mostly(st.floats(0, 20), 1e6, *BAD, *ODD))
    def settle(self, data: st.DataObject, cost: float) -> None:
        which = self.one_of(data)
        pending = self.house._docket._under_way.get(which)
        bound = 1e15 if self.house.pacer.total_micros is None or pending is None else pending.terms.held
        fair = which in self.decided and which not in self.settled and within(0, cost, bound)
        _, error = self.both(lambda house: house.settle(which, cost))
        assert fair == (error is None), error
        if fair:
            self.settled.add(which)

    @precondition(lambda self: self.decided)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        which = self.one_of(data)
        fair = which in self.decided and which not in self.settled | self.rewarded
        _, error = self.both(lambda house: house.void(which))
        assert fair == (error is None), error
        if fair:
            self.decided.remove(which)

    @precondition(lambda self: self.decided)
    @rule(data=st.data(), reward=shares, weight=shares, replaces=st.booleans())
    def reward(self, data: st.DataObject, reward: float, weight: float, replaces: bool) -> None:
        which = self.one_of(data)
        fair = which in self.decided and (replaces or which not in self.rewarded)
        fair = fair and within(0, reward, 1) and within(1e-9, weight, 1)
        _, error = self.both(lambda house: house.reward(which, reward, weight, replaces=replaces))
        assert fair == (error is None), error
        if fair:
            self.rewarded.add(which)

    @precondition(lambda self: hasattr(self, "house") and self.house.seats)
    @invariant()
    def nothing_is_spoilt(self) -> None:
        contexts = self.house._contexts
        for kind, column in contexts.kinds.items():
            mean, sd = self.house.policy.appraise(contexts.of(kind, 1.0, None, next(iter(contexts.clusters), None)))
            assert np.isfinite(mean).all()
            assert np.isfinite(sd).all()
            assert (sd >= 0).all()
            factors = self.house.prices.factors(column, 1.0)
            assert np.isfinite(factors).all()
            assert (factors > 0).all()
        for row in range(len(self.house.seats)):
            assert 0 <= self.house.claims.trust(row) <= 1
        assert type(self.house.pacer.purse_micros) is float
        assert math.isfinite(self.house.pacer.purse_micros)
        assert self.house.pacer.under_way.held >= -1e-6
        assert self.house.pacer.under_way.calls == len(self.decided) - len(self.settled)


TestHouse = House.TestCase
TestHouse.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
