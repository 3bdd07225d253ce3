"""The market of the state machines as a contender: `Learner` and `clear`, an outcome folded after every query.

It has what a ledger keeps of a lot, so no features, no guard and none of the rest of docs/adr/0080.
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.bids import Bid, BidRequest
from bidding.domain.clearing import clear
from bidding.domain.ids import AuctionId, LotId, SeatId, TaskId, TenantId
from bidding.domain.learning.events import Event, OfferSeen
from bidding.domain.learning.learner import Learner, PacePlan
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.money import MONEY_MAX_MICROS
from bidding.services.bids import terms_for
from stacks.local.bench.routing.contenders import MICROS, VALUE_OF_A_POINT, Query, Setup

NAME = "ledger"
_ANYTHING = int(MONEY_MAX_MICROS)


class LedgerRouter:
    """Quotes, an auction under the terms of the pace, and what its outcome teaches. Money is whole micro-dollars."""

    name = NAME

    def __init__(self, setup: Setup) -> None:
        self._learner = Learner()
        self._learner.pace(PacePlan(setup.budget_usd * MICROS))
        self._rng = np.random.default_rng(setup.seed)
        self._models = list(setup.models)
        self._listed = [float(usd) * MICROS for usd in setup.listed_usd]
        self._learner.meet(self._models)
        self._value_micros = max(1, math.ceil(max(self._listed) * VALUE_OF_A_POINT))
        self._bids: dict[str, Bid] = {}
        self._offers: tuple[OfferSeen, ...] = ()

    def route(self, query: Query) -> int:
        """Hold the auction."""
        bids = [self._bid(query, model) for model in range(len(self._models))]
        terms = terms_for(self._learner, bids)
        lot = _lot(query, self._value_micros)
        request = BidRequest(
            AuctionId("auction"), lot, 1, 1, terms.pace, terms.purse_micros, uniform_share=terms.uniform_share
        )
        clearing = clear(request, bids, self._rng)
        self._bids = {bid.seat_id: bid for bid in bids}
        self._offers = tuple(
            OfferSeen(
                notice.seat_id,
                notice.quality_micros,
                self._bids[notice.seat_id].price_micros,
                self._listed_of(notice.seat_id),
            )
            for notice in clearing.notices
            if notice.reason in {"won", "outscored", "above_purse"}
        )
        return self._models.index(clearing.winner.seat_id)

    def learn(
        self,
        query: Query,
        model: int,
        score: float,
        cost_usd: float,
        output_tokens: int | None,
        latency_ms: float | None,  # noqa: ARG002  nothing is said of throughputs
        valid: bool,
    ) -> None:
        """Fold the outcome."""
        bid = self._bids[self._models[model]]
        event = Event(
            seat_id=bid.seat_id,
            kind=query.kind,
            reward=score,
            weight=1.0,
            answered=valid,
            input_tokens=bid.input_tokens,
            output_tokens=output_tokens or 0,
            cost_micros=round(cost_usd * MICROS),
            quoted_micros=bid.price_micros,
            listed_micros=self._listed[model],
            offers=self._offers,
        )
        self._learner.learn([event])

    def reprice(self, model: int, listed_usd: float) -> None:
        """See `Adaptive`."""
        self._listed[model] = listed_usd * MICROS

    def add_model(self, name: str, listed_usd: float) -> None:
        """See `Adaptive`."""
        self._models.append(name)
        self._listed.append(listed_usd * MICROS)
        self._learner.meet([name])

    def _listed_of(self, seat: str) -> float:
        return self._listed[self._models.index(seat)]

    def _bid(self, query: Query, model: int) -> Bid:
        seat, listed = SeatId(self._models[model]), self._listed[model]
        length = 1 + (len(query.prompt) if query.input_tokens is None else query.input_tokens)
        price = self._learner.price_factor(seat, query.kind, length)
        (belief,) = self._learner.beliefs(query.kind, [seat])
        return Bid(
            seat_id=seat,
            price_micros=max(1, math.ceil(listed * price.expected)),
            hold_micros=_ANYTHING,
            quality_mean=belief.mean,
            quality_sd=belief.sd,
            latency_ms=0,
            input_tokens=length,
            output_tokens=0,
            price_upper_micros=max(1, math.ceil(listed * price.upper)),
            listed_micros=listed,
        )


def _lot(query: Query, value_micros: int) -> Lot:
    return Lot(
        lot_id=LotId("lot"),
        task_id=TaskId("task"),
        tenant=TenantId("bench"),
        position=0,
        kind=query.kind,
        part="body",
        output=SchemaRef("classification.v1"),
        payload_key="none",
        data_class="public",
        value_micros=value_micros,
        price_ceiling_micros=_ANYTHING,
    )
