"""The learner of a ledger: everything the market believes, by the names of seats and kinds, made of recorded events.

The same events in the same order lead to the same bits. It is built from a `LearnerState` and gives one back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.learning.events import Event
from bidding.domain.learning.failures import FailureForecast
from bidding.domain.learning.forecasts import FactorForecast
from bidding.domain.learning.pacing import Pacer
from bidding.domain.learning.state import NOTHING_LEARNT, LearnerState
from bidding.domain.money import MONEY_MAX_MICROS, MONEY_MIN_MICROS
from bidding.domain.numbers import number
from bidding.domain.pace import Pace, fallback_order
from bidding.domain.policies.base import Context
from bidding.domain.policies.hierarchical_ts import HierarchicalThompson

USUAL_OUTPUT_TOKENS: Mapping[str, int] = {
    "classify": 20,
    "extract": 90,
    "summarise": 60,
    "draft": 90,
    "decompose": 60,
    "judge": 90,
}
"""What an answer takes where nothing is known yet; 100 for any other kind."""
PACE_WINDOW_LOTS = 128
"""Offers that a snapshot carries along for the pacer."""
LISTED_MIN = 1e-6
"""A listed value below it is as good as none: nothing is a factor on it."""


def usual_output_tokens(kind: str) -> int:
    """Output tokens of a usual answer of this kind."""
    return USUAL_OUTPUT_TOKENS.get(kind, 100)


@dataclass(frozen=True, slots=True)
class Belief:
    """What to draw a seat's quality from, in units of reward."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class PacePlan:
    """How spending is to be paced: a mean allowance per lot, None for none, and the share of uniform picks.

    Raises InvalidRequest where either is none.
    """

    allowance_micros: float | None = None
    uniform_share: float = 0.0

    def __post_init__(self) -> None:
        number("uniform_share", self.uniform_share, 0, 1)
        if self.allowance_micros is not None:
            number("allowance_micros", self.allowance_micros, MONEY_MIN_MICROS, MONEY_MAX_MICROS)


@dataclass(frozen=True, slots=True)
class PaceTerms:
    """λ for the next auction, the most that one call may come to (None: anything), the share of uniform picks."""

    pace: Pace
    purse_micros: int | None
    uniform_share: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """A factor on a listed value: what is expected, and what 95 % of the calls stay below."""

    expected: float
    upper: float


class Learner:
    """Beliefs and forecasts by name. Seats and kinds it never saw are known by what all have in common.

    Raises InvalidRequest where a published score is out of [0, 1].
    """

    def __init__(self, state: LearnerState = NOTHING_LEARNT, published: Mapping[str, float] | None = None) -> None:
        self._published = {
            seat: number(f"seat {seat}: a published score", score, 0, 1) for seat, score in (published or {}).items()
        }
        self._seats = {seat: row for row, seat in enumerate(state.seats)}
        self._kinds = {kind: column for column, kind in enumerate(state.kinds)}
        self._quality = HierarchicalThompson.of(state, [self._published.get(seat) for seat in state.seats])
        self._prices = FactorForecast.of(state.prices)
        self._tokens = FactorForecast.of(state.tokens)
        self._latencies = FactorForecast.of(state.latencies)
        self._failures = FailureForecast.of(state.failures, len(state.seats), len(state.kinds))
        self._pacer = Pacer.of(state.pace, PACE_WINDOW_LOTS)
        self._uniform_share = state.pace.uniform_share

    def state(self) -> LearnerState:
        """All that was learnt, as plain values."""
        return LearnerState(
            seats=tuple(self._seats),
            kinds=tuple(self._kinds),
            beliefs=self._quality.beliefs.state(),
            watches=tuple(watch.state() for watch in self._quality.watches),
            outcomes=self._quality.outcomes,
            faded_at=self._quality.faded_at,
            prices=self._prices.state(),
            tokens=self._tokens.state(),
            latencies=self._latencies.state(),
            failures=self._failures.state(),
            pace=self._pacer.state(self._uniform_share),
        )

    def request_terms(self, cheapest_micros: float, listed_micros: float | None = None) -> PaceTerms:
        """What the pace demands of an auction whose fallback is expected to cost so much, and listed at so much.

        The fallback is the cheapest bid by its price list, see `fallback_order`; None is a list as high as its price.
        The same purse is told to every lot until the next fold: none of them is given credit besides.
        """
        allowance, purse = self._pacer.allowance_micros, None
        if allowance is not None:
            purse = max(0, int(self._pacer.affordable(allowance, cheapest_micros, listed_micros or cheapest_micros)))
        return PaceTerms(self._pacer.pace, purse, self._uniform_share)

    def pace(self, plan: PacePlan) -> None:
        """Pace by another plan from now on."""
        if plan.allowance_micros != self._pacer.allowance_micros:
            self._pacer = Pacer(plan.allowance_micros, window_lots=PACE_WINDOW_LOTS)
        self._uniform_share = plan.uniform_share

    def learn(self, events: Sequence[Event]) -> None:
        """Take outcomes in, in their order, and solve the pace anew.

        Raises InvalidRequest, before anything is learnt, where one of them is no event.
        """
        for event in events:
            if not isinstance(event, Event):
                raise InvalidRequest(f"a learner takes events, not {event!r}")
        for event in events:
            row, context = self._row(event.seat_id), self._context(event.kind, event.input_tokens)
            if event.replaces is not None:
                self._quality.learn(context, row, event.replaces[0], -event.replaces[1])
            if event.reward is not None:
                self._quality.learn(context, row, event.reward, event.weight)
            if event.first:
                self._learn_call(event, row, context)
                self._pay(event)
        self._pacer.solve(self._prices.ends)

    def meet(self, seats: Sequence[str], kind: str | None = None) -> None:
        """Make room for seats, so that all of them are believed in beside each other; and for a kind of lot."""
        for seat in seats:
            self._row(seat)
        if kind is not None:
            self._context(kind, 1)

    def beliefs(self, kind: str, seats: Sequence[str]) -> list[Belief]:
        """What to draw the quality of each of `seats` from, at this kind."""
        rows = [self._row(seat) for seat in seats]
        mean, sd = self._quality.appraise(self._context(kind, 1))
        return [Belief(mean.item(row), sd.item(row)) for row in rows]

    def price_factor(self, seat: str, kind: str, input_tokens: int) -> Forecast:
        """The price of a call, on what the price list says of it."""
        return self._forecast(self._prices, seat, kind, input_tokens)

    def latency_factor(self, seat: str, kind: str, input_tokens: int) -> Forecast:
        """The time to an answer, on what the seat's throughput says of it."""
        return self._forecast(self._latencies, seat, kind, input_tokens)

    def output_tokens(self, seat: str, kind: str, input_tokens: int) -> Forecast:
        """Output tokens of an answer; here the forecast is a number of tokens, no factor."""
        factor = self._forecast(self._tokens, seat, kind, input_tokens)
        usual = usual_output_tokens(kind)
        return Forecast(usual * factor.expected, usual * factor.upper)

    def failure_chance(self, seat: str, kind: str, input_tokens: int) -> float:
        """Chance that a call brings no valid answer."""
        row, context = self._row(seat), self._context(kind, input_tokens)
        return self._failures.chance(row, context.kind, context.log_length)

    def _pay(self, event: Event) -> None:
        """Hold the auction once more, as far as the purse is concerned."""
        pacer, allowance = self._pacer, self._pacer.allowance_micros
        if allowance is None:
            return
        rows = [self._row(offer.seat_id) for offer in event.offers]
        values, prices = np.zeros(len(self._seats)), np.full(len(self._seats), np.inf)
        values[rows] = [offer.value_micros for offer in event.offers]
        prices[rows] = [offer.price_micros for offer in event.offers]
        if not rows:
            pacer.paid(event.cost_micros)
            return
        pacer.remember(values, prices)
        fallback = min(
            event.offers, key=lambda each: fallback_order(each.listed_micros, each.price_micros, each.seat_id)
        )
        price = fallback.price_micros
        pacer.ask(self._row(fallback.seat_id), price, fallback.listed_micros or price)
        pacer.paid(event.cost_micros, pacer.award(self._row(event.seat_id), event.quoted_micros))

    def _learn_call(self, event: Event, row: int, context: Context) -> None:
        self._quality.called(row)
        self._failures.learn(row, context.kind, context.log_length, not event.answered)
        if not event.answered:
            return
        usual = usual_output_tokens(event.kind)
        pairs = (
            (self._prices, event.cost_micros, event.quoted_micros, event.listed_micros),
            (self._tokens, event.output_tokens, event.quoted_output_tokens, float(usual)),
            (self._latencies, event.latency_ms, event.quoted_latency_ms, event.listed_latency_ms),
        )
        for forecast, actual, quoted, listed in pairs:
            forecast.see(context.kind, context.log_length)
            if listed >= LISTED_MIN:
                forecast.learn(row, context.kind, context.log_length, actual / listed, max(quoted, 1e-3) / listed)

    def _forecast(self, forecast: FactorForecast, seat: str, kind: str, input_tokens: int) -> Forecast:
        row, context = self._row(seat), self._context(kind, input_tokens)
        expected = forecast.factors(context.kind, context.log_length).item(row)
        return Forecast(expected, expected * forecast.ends.item(row))

    def _row(self, seat: str) -> int:
        if seat not in self._seats:
            self._seats[seat] = len(self._seats)
            self._quality.add_seat(self._published.get(seat))
            for forecast in (self._prices, self._tokens, self._latencies, self._failures):
                forecast.add_seat()
        return self._seats[seat]

    def _context(self, kind: str, input_tokens: int) -> Context:
        if kind not in self._kinds:
            self._kinds[kind] = len(self._kinds)
            self._quality.add_kind()
            for forecast in (self._prices, self._tokens, self._latencies, self._failures):
                forecast.add_kind()
        return Context(self._kinds[kind], math.log(max(1, input_tokens)))
