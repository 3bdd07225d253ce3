"""The truthful learning auction as a library: sellers with private costs report a price once, and we learn who is good.

    prices = {"ada": 300, "bob": 450}
    house = LearningAuction(prices, value_micros=2_000, ceiling_micros=1_000, horizon=500, seed=randbits(64))
    lot = house.choose("classify")              # hold lot.hold_micros, ask lot.seller
    house.record(lot.decision_id, reward=0.9)   # and pay lot.payment_micros

Each kind of lot has a race of its own, `Elimination` on reports that `resample` moved. No seller gains on average by
reporting another price than its cost, as long as these hold:

- Its cost of a lot is the same in every kind. Where costs or values differ by kind, hold an auction per kind.
- Which kinds of lots come, in which order, and when rewards are told does not follow from what it reported.
- It is paid `payment_micros` for every lot it serves, whatever the answer was worth. A seller is never paid less than
  it reported.
- It cannot guess `seed`: who knew that its report was moved would report less, who knew that it was not, more.

Reports are moved once per kind, for the whole horizon, as wins depend on earlier picks. One draw shared by all kinds
would do as well, and is not needed: races share nothing but the report, each kind's payments are right by
themselves, E[paid] = b·Ã(b) + ∫ Ã(u) du, and sums of such payments are right for the sum of wins, however the draws
hang together. It would be needed if one kind learnt from, or spent the budget of, another: then a win would follow from
several moved reports, of which the rebate pays for one.

Source: Patra, Damle, Padala, Gujar, AAMAS 2026 (arXiv 2602.14476), for contexts that a kind stands for here; see
`elimination` and `resampling` for what differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest, UnknownRecord
from bidding.domain.mechanisms.elimination import Elimination, Turn
from bidding.domain.mechanisms.resampling import Reports, resample, resampled_payment
from bidding.domain.money import MONEY_MAX_MICROS, MONEY_MIN_MICROS
from bidding.domain.numbers import name, number
from bidding.domain.propensity import Floats

HORIZON_MAX = 10**9
SEED_MAX = 2**128
MULTIPLIER_MAX = 1e6


@dataclass(frozen=True, slots=True)
class Assignment:
    """A lot given to a seller.

    `own_turn` tells that the rota gave it, and that its reward teaches; else it went to the best worst case.
    `payment_micros` is due for it. `hold_micros` is the most that could have been due, whichever reports were moved:
    what to set aside per lot before anything is drawn.
    """

    decision_id: int
    kind: str
    seller: str
    own_turn: bool
    payment_micros: float
    hold_micros: float


@dataclass(frozen=True, slots=True)
class RaceStanding:
    """How one seller stands in the race of a kind. Money in micro-dollars per lot, quality in units of reward.

    The race runs on `used_micros`, the report or what it was moved up to. Quality lies between the two bounds, which
    `outcomes` rewards of its own turns gave; `score = value × quality - (1 + λ) × used`. Out is whose `score_high` is
    below the `score_low` of another when a rota begins.
    """

    seller: str
    in_race: bool
    lots_won: int
    outcomes: int
    reported_micros: float
    used_micros: float
    moved: bool
    payment_micros: float
    quality_low: float
    quality_high: float
    score_low: float
    score_high: float


class LearningAuction:
    """Gives lots to sellers over one horizon. Not safe to share between threads.

    Any number of lots may be under way. The same arguments, kinds and rewards lead to the same assignments.
    """

    def __init__(
        self,
        prices_micros: Mapping[str, float],
        *,
        value_micros: float,
        ceiling_micros: float,
        horizon: int,
        seed: int,
        multiplier: float = 0.0,
    ) -> None:
        """`prices_micros` is what each seller reports that a lot costs it, above 0 and at most the ceiling.

        `value_micros` is what a perfect answer is worth, `horizon` how many lots there will be at most, of all kinds
        together, `multiplier` λ, fixed for the horizon. Raises InvalidRequest.
        """
        self._horizon = _whole("horizon", horizon, 1, HORIZON_MAX)
        self._seed = _whole("seed", seed, 0, SEED_MAX)
        if not isinstance(prices_micros, Mapping) or not prices_micros:
            raise InvalidRequest("an auction needs a reported price by seller, of one seller at least")
        self._ceiling = number("ceiling_micros", ceiling_micros, MONEY_MIN_MICROS, MONEY_MAX_MICROS)
        self._value = number("value_micros", value_micros, 0, MONEY_MAX_MICROS)
        self._multiplier = number("multiplier", multiplier, 0, MULTIPLIER_MAX)
        self._sellers = tuple(name("a seller", seller) for seller in prices_micros)
        self._reported: Floats = np.array(
            [
                number(f"seller {seller}: a reported price", price, MONEY_MIN_MICROS, self._ceiling)
                for seller, price in prices_micros.items()
            ]
        )
        self._races: dict[str, _Race] = {}
        self._under_way: dict[int, tuple[_Race, Turn]] = {}
        self._lots = 0

    @property
    def sellers(self) -> tuple[str, ...]:
        """All sellers, in the order of the reports."""
        return self._sellers

    def choose(self, kind: str = "") -> Assignment:
        """Give the next lot to a seller. Raises InvalidRequest once the horizon is over, or where `kind` is no text."""
        if self._lots == self._horizon:
            raise InvalidRequest(
                f"all {self._horizon} lots of the horizon were given: begin another with new reports and a new seed"
            )
        race = self._races.get(kind) if isinstance(kind, str) else None
        if race is None:
            race = self._races[kind] = self._race(kind)
        turn = race.allocation.choose()
        race.lots_won[turn.seller] += 1
        self._lots += 1
        self._under_way[self._lots] = race, turn
        return Assignment(
            decision_id=self._lots,
            kind=kind,
            seller=self._sellers[turn.seller],
            own_turn=turn.own,
            payment_micros=race.payments[turn.seller],
            hold_micros=resampled_payment(self._reported.item(turn.seller), True, self._ceiling),
        )

    def record(self, decision_id: int, reward: float) -> None:
        """What the answer was worth, in [0, 1]; 0 where there was none. At once or later, and in any order.

        Raises UnknownRecord, InvalidRequest where it was recorded before.
        """
        reward = number("a reward", reward, 0, 1)
        known = isinstance(decision_id, int | np.integer) and 1 <= decision_id <= self._lots
        waiting = self._under_way.get(decision_id) if known else None
        if waiting is None:
            if known:
                raise InvalidRequest(f"decision {decision_id} was recorded before")
            raise UnknownRecord(f"no decision {decision_id} waits to be recorded")
        del self._under_way[decision_id]
        race, turn = waiting
        race.allocation.record(turn, reward)

    def standings(self, kind: str = "") -> tuple[RaceStanding, ...]:
        """Every seller in the race of a kind: who is in it first, the best worst case first. Raises UnknownRecord."""
        race = self._races.get(kind) if isinstance(kind, str) else None
        if race is None:
            raise UnknownRecord(f"no lot of kind {kind!r} was given yet")
        rows = (self._standing(race, row) for row in range(len(self._sellers)))
        return tuple(sorted(rows, key=lambda one: (not one.in_race, -one.score_low, one.seller)))

    def _race(self, kind: str) -> _Race:
        if not isinstance(kind, str):
            raise InvalidRequest(f"a kind is a text, not {kind!r}")
        digest = hashlib.sha256(f"{self._seed}\x1f{kind!r}".encode()).digest()
        reports = resample(self._reported, self._ceiling, np.random.default_rng(int.from_bytes(digest, "big")))
        payments = [
            resampled_payment(reported, moved, self._ceiling)
            for reported, moved in zip(reports.reported.tolist(), reports.moved.tolist(), strict=True)
        ]
        allocation = Elimination(reports.used, self._value, self._horizon, self._multiplier)
        return _Race(allocation, reports, payments, [0] * len(self._sellers))

    def _standing(self, race: _Race, row: int) -> RaceStanding:
        allocation, reports = race.allocation, race.reports
        return RaceStanding(
            seller=self._sellers[row],
            in_race=allocation.alive.item(row),
            lots_won=race.lots_won[row],
            outcomes=int(allocation.plays.item(row)),
            reported_micros=reports.reported.item(row),
            used_micros=reports.used.item(row),
            moved=reports.moved.item(row),
            payment_micros=race.payments[row],
            quality_low=allocation.worst.item(row),
            quality_high=allocation.best.item(row),
            score_low=allocation.scores(allocation.worst).item(row),
            score_high=allocation.scores(allocation.best).item(row),
        )


@dataclass(frozen=True, slots=True)
class _Race:
    """Of one kind. `payments` are due per lot won, by row."""

    allocation: Elimination
    reports: Reports
    payments: list[float]
    lots_won: list[int]


def _whole(what: str, value: object, least: int, most: int) -> int:
    if isinstance(value, int | np.integer) and least <= value <= most:
        return int(value)
    raise InvalidRequest(f"{what} is a whole number from {least} to {most}, not {value!r}")
