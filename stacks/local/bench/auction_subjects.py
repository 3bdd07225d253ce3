"""What `atomic bench auction` times: our library, its kernel, a floor in plain numpy, the routing bench's contenders.

Each subject is made for a number of seats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from bidding.auctioneer import Auctioneer
from bidding.decisions import Decision
from bidding.domain.auction import Distances, Offers, distances, pick
from bidding.domain.bids import Bid, BidRequest
from bidding.domain.clearing import clear
from bidding.domain.ids import AuctionId, LotId, SeatId, TaskId, TenantId
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.pace import Pace
from bidding.domain.propensity import Floats
from bidding.services.explanation import explain_clearing
from stacks.local.bench.auction import CONTEXT_SIZE, Timed, features_of
from stacks.local.bench.routing.contenders import Factory, Query, Setup
from stacks.local.bench.routing.market import policy
from stacks.local.bench.routing.peers import peer

VALUE_MICROS = 1_000.0
PACE = Pace(low=0.2, high=0.8, high_share=0.3)
"""A budget that binds: λ is drawn, and the chances are taken over both values."""
_ALLOWANCE_MICROS = 1_000.0
_VALUE_MICROS, _DEAR_VALUE_MICROS = 50_000.0, 1e7
"""At the first the allowance hardly binds. At the second it does: λ is mixed of two, and some seats stay shut out."""

_LOT = Lot(
    lot_id=LotId("lot"),
    task_id=TaskId("task"),
    tenant=TenantId("bench"),
    position=0,
    kind="any",
    part="body",
    output=SchemaRef("classification.v1"),
    payload_key="none",
    data_class="public",
    value_micros=int(VALUE_MICROS),
    price_ceiling_micros=1_000,
    delay_micros_per_second=2,
)
_REQUEST = BidRequest(AuctionId("auction"), _LOT, attempt=1, policy_version=1, pace=PACE, uniform_share=0.02)


def _prices_micros(seats: int) -> Floats:
    """What a call costs at each seat: some far below the allowance, some far above."""
    return np.geomspace(10, 10_000, seats)


class Kernel:
    """The clearing kernel on standing quotes: a draw, all chances, and what would have won.

    Its update is a running mean: the learner is measured where it lives.
    """

    def __init__(self, seats: int) -> None:
        self._rng = np.random.default_rng(seats)
        self._offers = Offers(
            quality_mean=self._rng.normal(0.6, 0.15, seats),
            quality_sd=10 ** self._rng.uniform(-2, -0.7, seats),
            price_micros=self._rng.uniform(10, 400, seats),
            delay_micros=np.full(seats, 2.0),
        )
        self._winner = 0

    def pick(self, query: Query) -> None:  # noqa: ARG002  standing quotes
        """Draw, chances, distances."""
        picked = pick(self._offers, VALUE_MICROS, PACE, self._rng, uniform_share=0.02)
        distances(self._offers, picked, VALUE_MICROS)
        self._winner = picked.winner

    def update(self, reward: float) -> None:
        """Move the winner's mean a little."""
        self._offers.quality_mean[self._winner] += 0.01 * (reward - self._offers.quality_mean[self._winner])


class Library:
    """The market as a library, under an allowance and with features: an auction explained, then all it learns."""

    def __init__(self, seats: int, value_micros: float = _VALUE_MICROS) -> None:
        self._value_micros = value_micros
        self._house = Auctioneer(allowance_micros=_ALLOWANCE_MICROS, features=CONTEXT_SIZE, seed=seats)
        self._costs_micros = dict(zip((f"seat/{n}" for n in range(seats)), _prices_micros(seats).tolist(), strict=True))
        for seat, price in self._costs_micros.items():
            self._house.add_seat(seat, price)
        self._decision: Decision | None = None
        self._distances: Distances | None = None

    def pick(self, query: Query) -> None:
        """An auction, its decision kept: draws, scores and chances of all; and, as they are lazy, the distances."""
        self._decision = self._house.auction(
            query.kind, value_micros=self._value_micros, length=len(query.prompt), features=query.features
        )
        self._distances = self._decision.distances

    def update(self, reward: float) -> None:
        """The cost of the call, and what its answer was worth."""
        assert self._decision is not None
        self._house.settle(self._decision.decision_id, self._costs_micros[self._decision.seat])
        self._house.reward(self._decision.decision_id, reward)


class Clearing:
    """The auction of the handlers on standing bids: `clear`, a notice for every seat, and the sentences to read."""

    def __init__(self, seats: int) -> None:
        self._rng = np.random.default_rng(seats)
        self._bids = [self._bid(number) for number in range(seats)]

    def pick(self, query: Query) -> None:  # noqa: ARG002  standing bids
        """One award with its explanation."""
        explain_clearing(clear(_REQUEST, self._bids, self._rng), _LOT)

    def update(self, reward: float) -> None:
        """Nothing: learning is the policy's."""

    def _bid(self, number: int) -> Bid:
        price = int(self._rng.integers(10, 400))
        quality_mean, quality_sd = float(self._rng.normal(0.6, 0.15)), float(10 ** self._rng.uniform(-2, -0.7))
        return Bid(SeatId(f"seat/{number}"), price, 2 * price, quality_mean, quality_sd, 800, 500, 60)


class LinUcb:
    """The textbook router in numpy, as fast as it gets: inverses kept by Sherman and Morrison.

    Source: Li et al., A Contextual-Bandit Approach to Personalized News Article Recommendation, WWW 2010.
    """

    def __init__(self, seats: int) -> None:
        self._inverse = np.broadcast_to(np.eye(CONTEXT_SIZE), (seats, CONTEXT_SIZE, CONTEXT_SIZE)).copy()
        self._total = np.zeros((seats, CONTEXT_SIZE))
        self._weights = np.zeros((seats, CONTEXT_SIZE))
        self._costs = np.linspace(0.01, 0.4, seats)
        self._last = (0, np.zeros(CONTEXT_SIZE))

    def pick(self, query: Query) -> None:
        """The highest upper bound less cost."""
        context = features_of(query)
        spread = np.sqrt((self._inverse @ context) @ context)
        self._last = (int((self._weights @ context + spread - self._costs).argmax()), context)

    def update(self, reward: float) -> None:
        """One ridge regression learns one row."""
        seat, context = self._last
        gained = self._inverse[seat] @ context
        self._inverse[seat] -= np.outer(gained, gained) / (1 + context @ gained)
        self._total[seat] += reward * context
        self._weights[seat] = self._inverse[seat] @ self._total[seat]


class Routed:
    """A contender of `atomic bench routing`, ours or a peer, with a mean budget that some seats exceed."""

    def __init__(self, factory: Factory, seats: int) -> None:
        listed_usd = _prices_micros(seats) / 1e6
        setup = Setup(
            models=tuple(f"model-{number}" for number in range(seats)),
            listed_usd=listed_usd,
            budget_usd=_ALLOWANCE_MICROS / 1e6,
            seed=seats,
            pull_features=CONTEXT_SIZE,
            kinds=("any",),
        )
        self._costs_usd = listed_usd
        self._contender = factory(setup)
        self._last: tuple[Query, int] | None = None

    def pick(self, query: Query) -> None:
        """Its route."""
        self._last = (query, self._contender.route(query))

    def update(self, reward: float) -> None:
        """What it learns from the outcome of its pick."""
        assert self._last is not None
        query, model = self._last
        self._contender.learn(query, model, reward, float(self._costs_usd[model]), 100, 500.0, True)


def subjects(policies: Iterable[str], peers: Iterable[str]) -> dict[str, Callable[[int], Timed]]:
    """The kernel and the floor, then contenders of the routing bench by name.

    Raises:
        InvalidRequest: there is no such policy or peer, or its package is not installed.
    """
    chosen = {name: policy(name) for name in policies} | {name: peer(name) for name in peers}
    return {
        "library": Library,
        "library, tight": partial(Library, value_micros=_DEAR_VALUE_MICROS),
        "kernel": Kernel,
        "kernel, notices, text": Clearing,
        "linucb floor": LinUcb,
        **{name: partial(Routed, factory) for name, factory in chosen.items()},
    }
