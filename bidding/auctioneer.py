"""The market as a library: quotes, policy, pacing and auction in one object, with nothing but numpy.

    from bidding import Auctioneer

    house = Auctioneer(allowance_micros=400, seed=7)
    house.add_seat("small", listed_micros=30)
    house.add_seat("large", listed_micros=900)
    decision = house.auction("classify", value_micros=50_000, length=812)
    ...                                        # call decision.seat
    house.settle(decision.decision_id, cost_micros=41)
    house.reward(decision.decision_id, 0.9)    # at once, or much later

The handlers of the cloud clear their auctions with the same parts: `bidding.domain.auction`, `learning`, `policies`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bidding.contexts import Contexts
from bidding.decisions import Decision
from bidding.docket import Docket, Pending
from bidding.domain.auction import Offers, pick_by
from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.learning.claims import Claims
from bidding.domain.learning.forecasts import FactorForecast
from bidding.domain.learning.guard import Guard
from bidding.domain.learning.pacing import Pacer
from bidding.domain.learning.second_look import second_look
from bidding.domain.learning.tables import Floats
from bidding.domain.luck import LuckAhead
from bidding.domain.money import MONEY_MAX_MICROS, MONEY_MIN_MICROS, price
from bidding.domain.named_tuple import make
from bidding.domain.numbers import name, number, whole
from bidding.domain.policies.base import SelectionPolicy
from bidding.domain.policies.baselines import ZeroRouter
from bidding.domain.policies.names import PolicyName, features_length, policy_of
from bidding.roster import Roster

WEIGHT_MIN, FULL_WEIGHT = 1e-9, 1.0
LOOK_EVERY_LOTS = 16
"""How often to ask who is due a second look."""
ROUNDING = 1e-9
"""By which share a cost may pass its bound: both were rounded."""


class Auctioneer:
    """Holds auctions among seats and learns from what came of them. Not safe to share between threads."""

    def __init__(
        self,
        policy: PolicyName | SelectionPolicy = "hierarchical_ts",
        *,
        allowance_micros: float | None = None,
        total_micros: float | None = None,
        features: int = 0,
        uniform_share: float | None = None,
        seed: int = 0,
    ) -> None:
        """`allowance_micros` paces the spend per lot, `total_micros` bounds it; `features` is the length of vectors."""
        features, seed = features_length(features), whole("a seed", seed, 0, math.inf)
        self.policy = policy_of(policy, features)
        share = self.policy.uniform_share if uniform_share is None else uniform_share
        self.uniform_share = number("uniform_share", share, 0, 1)
        self.pacer = Pacer(allowance_micros, total_micros)
        self.prices = FactorForecast()
        self.claims = Claims()
        self._mixed = ZeroRouter(untried=0.0)
        self._guard = Guard()
        self._luck = LuckAhead(seed)
        self._roster = Roster()
        self._contexts = Contexts(features, self._add_kind)
        self._docket = Docket()
        self._wider: Floats | None = None  # what to draw with more of, by seat
        self._decisions = 0

    @property
    def seats(self) -> tuple[str, ...]:
        """All seats that ever were, in the order of their rows."""
        return self._roster.names

    def add_seat(
        self, seat: str, listed_micros: float, *, published: float | None = None, bound_micros: float | None = None
    ) -> None:
        """Let a seat bid, or a retired one again.

        `listed_micros` is what a usual call costs by its price list, `bound_micros` the most that one can come to,
        which a market with a total must know; `published` a score in [0, 1] known beforehand. Raises InvalidRequest.
        """
        if published is not None:
            published = number(f"seat {seat}: a published score", published, 0, 1)
        if name("a seat", seat) in self._roster.rows:
            self.reprice(seat, listed_micros, bound_micros=bound_micros)
            self._roster.set_active(seat, True)
            return
        listed_micros, bound_micros = price(seat, listed_micros), self._bound(seat, bound_micros)
        self._roster.add(seat, listed_micros, bound_micros)
        for part in (self.policy, self._mixed):
            part.add_seat(published, listed_micros)
        self.prices.add_seat()
        self._wider = None

    def retire(self, seat: str) -> None:
        """Take a seat out; what it learnt stays. Raises UnknownRecord."""
        self._roster.set_active(seat, False)

    def reprice(self, seat: str, listed_micros: float, *, bound_micros: float | None = None) -> None:
        """Change a seat's price list. Raises UnknownRecord, InvalidRequest."""
        listed_micros = price(seat, listed_micros)
        if bound_micros is not None:
            bound_micros = self._bound(seat, bound_micros)
        self.pacer.repriced(self._roster.row(seat), self._roster.reprice(seat, listed_micros, bound_micros))

    def auction(
        self,
        kind: str,
        *,
        value_micros: float,
        length: float = 1.0,
        features: Floats | None = None,
        ceiling_micros: float = math.inf,
        listed_micros: Floats | None = None,
        claims: Mapping[str, float] | None = None,
        cluster: str | None = None,
    ) -> Decision:
        """Award one lot.

        `length` is the size of its input, in tokens or characters, always the same. `listed_micros` (seats,) are the
        price lists applied to this very lot, where that is known; `claims` what seats say of their own quality on it,
        in [0, 1]; `cluster` names a group of texts that it belongs to, finer than its kind. Raises NoAward where nobody
        may win, InvalidRequest where a number is none or out of its range, UnknownRecord where who claims is no seat.
        """
        value_micros = number("value_micros", value_micros, 0, MONEY_MAX_MICROS)
        if ceiling_micros is not math.inf:
            ceiling_micros = number("ceiling_micros", ceiling_micros, 0, math.inf)
        roster = self._roster
        if not roster.names or not (roster.all_active or roster.active.any()):
            raise NoAward("no_bids", "no seat is active: add one")
        heard = None if claims is None else self.claims.heard(claims, roster.rows)
        listed, fallback = roster.listed, roster.cheapest
        if listed_micros is not None:
            listed, fallback = roster.of_lot(listed_micros)
        context = self._contexts.of(kind, length, features, cluster)
        policy = self._mixed if self._guard.engaged else self.policy
        forecast, pacer = self.prices, self.pacer
        factors = forecast.factors(context.kind, context.log_length)
        quoted = self._of_active(listed * factors)
        prices = quoted if policy.contextual else self._of_active(roster.listed * forecast.overall())
        unclaimed, sd = policy.appraise(context)
        sd = sd if self._wider is None else sd * self._wider
        mean = self.claims.shifted(unclaimed, heard) if heard else unclaimed
        ends, low = forecast.ends, None
        if ceiling_micros < math.inf:
            low = np.minimum(quoted * ends, roster.bounds) <= ceiling_micros
            if not (low & roster.active).any():
                raise NoAward("all_above_ceiling", f"no bid stays at or below {ceiling_micros} micros")
        fallback = self._fallback(low, listed, fallback)
        admitted = pacer.admits(quoted, ends, roster.bounds, fallback, listed.item(fallback), forecast.end_max)
        rows = self._let_in(admitted, low)
        uppers = None if rows is None else self._counted(quoted * ends)
        lottery, coin, normals = self._luck.next(len(roster.names))
        if rows is None:
            offers = make(Offers, (mean, sd, prices, None))
        else:
            normals, offers = normals[rows], make(Offers, (mean[rows], sd[rows], prices[rows], None))
        picked = pick_by(lottery, coin, normals, offers, value_micros, pacer.pace, self.uniform_share)
        row = picked.winner if rows is None else rows.item(picked.winner)
        pacer.saw(value_micros, mean, prices, picked.draws, rows, ends)
        self._decisions = decided = self._decisions + 1
        held = 0.0 if pacer.total_micros is None else roster.bounds.item(row)
        terms = pacer.award(row, quoted.item(row), ends.item(row), held)
        self.policy.called(row)
        offered = quoted if low is None else np.where(low, quoted, np.inf)
        pick = self._guard.watch(decided, row, mean, offered, value_micros, picked.explored)
        pending = Pending(context, row, listed.item(row), factors.item(row), terms, pick)
        if unpaid := self._docket.enter(decided, pending):  # what it cost nobody will tell
            pacer.paid(unpaid.terms.price if pacer.total_micros is None else unpaid.terms.held, unpaid.terms)
        if heard:
            pending.claim = self.claims.made(heard, row, unclaimed.item(row))
        limits = roster.active, low, uppers, ceiling_micros
        return make(Decision, (decided, roster.names, value_micros, offers, picked, rows, *limits))

    def settle(self, decision_id: int, cost_micros: float) -> None:
        """The call of a decision was made and cost this much. Where that is nothing, the forecast stays what it was.

        Raises UnknownRecord, InvalidRequest.
        """
        cost_micros = number("a cost in micro-dollars", cost_micros, 0, MONEY_MAX_MICROS)
        pending = self._docket.unpaid(decision_id)
        held = pending.terms.held
        if self.pacer.total_micros is not None and cost_micros > held * (1 + ROUNDING):
            raise InvalidRequest(
                f"decision {decision_id} may cost {held} micro-dollars, its seat's bound, not {cost_micros}: settle"
                " what the bound lets it, and reprice the seat with the bound that is true"
            )
        self._docket.settle(decision_id)
        self.pacer.paid(cost_micros if self.pacer.total_micros is None else min(cost_micros, held), pending.terms)
        context = pending.context
        self.prices.see(context.kind, context.log_length)
        factor = cost_micros / pending.listed_micros
        self.prices.learn(pending.row, context.kind, context.log_length, factor, pending.factor)
        if not self.pacer.lots % LOOK_EVERY_LOTS:
            self._wider = second_look(self.pacer, self._roster.listed * self.prices.overall(), self._mixed.record()[1])

    def void(self, decision_id: int) -> None:
        """The call of a decision was never made: nothing is held for it, and of its lot only the offers are known.

        Raises UnknownRecord, InvalidRequest where it was settled or rewarded.
        """
        pending = self._docket.void(decision_id)
        self.pacer.void(pending.terms)
        self.policy.called(pending.row, -1)

    def reward(self, decision_id: int, reward: float, weight: float = FULL_WEIGHT, *, replaces: bool = False) -> None:
        """What the answer was worth, in [0, 1]; `weight` says how far the judge is to be believed.

        `replaces` lets a later judgement take the place of an earlier one. Raises UnknownRecord, InvalidRequest.
        """
        reward = number("a reward", reward, 0, 1)
        if weight is not FULL_WEIGHT:
            weight = number("the weight of a reward", weight, WEIGHT_MIN, 1)
        pending = self._docket.any(decision_id)
        if pending.rewarded and not replaces:
            raise InvalidRequest(f"decision {decision_id} was rewarded before: pass replaces=True to correct it")
        if pending.rewarded:
            self._learn(pending, pending.rewarded[0], -pending.rewarded[1])
        if pending.pick is not None:
            self._guard.learn(pending.pick, reward, weight, self._decisions)
        self._learn(pending, reward, weight)
        pending.rewarded = (reward, weight)
        if self.policy.changed_seat is not None:
            self._mixed.forget(self.policy.changed_seat)
            self._guard.restart(self.policy.changed_seat)
            self.pacer.forget()

    def _bound(self, seat: str, bound_micros: float | None) -> float:
        total = self.pacer.total_micros is not None
        if bound_micros is None:
            if total:
                raise InvalidRequest(
                    f"seat {seat}: a market with a total needs bound_micros, the most a call can come to"
                )
            return math.inf
        most = MONEY_MAX_MICROS if total else math.inf
        return number(f"seat {seat}: bound_micros", bound_micros, MONEY_MIN_MICROS, most)

    def _learn(self, pending: Pending, reward: float, weight: float) -> None:
        self._mixed.learn(pending.context, pending.row, reward, weight)
        if pending.claim:
            self.claims.learn(pending.row, pending.claim, reward, weight)
            reward = pending.claim.without(reward)
        self.policy.learn(pending.context, pending.row, reward, weight)

    def _of_active(self, prices: Floats) -> Floats:
        return prices if self._roster.all_active else np.where(self._roster.active, prices, np.inf)

    def _add_kind(self) -> None:
        for part in (self.policy, self._mixed, self.prices):
            part.add_kind()

    def _fallback(self, low: NDArray[np.bool_] | None, listed: Floats, cheapest: int) -> int:
        """Who may bid whatever the purse: the cheapest of those below the ceiling who cannot break a total."""
        able, pacer = low, self.pacer
        if pacer.total_micros is not None:
            fits = self._roster.bounds <= pacer.under_way.left(pacer.total_micros, pacer.spent_micros)
            able = fits if low is None else low & fits
        return cheapest if able is None else self._roster.cheapest_of(able, listed, cheapest)

    def _counted(self, uppers: Floats) -> Floats:
        """What calls may come to, (seats,), as it decided: where a total would be broken, their bounds did."""
        bounds, pacer = self._roster.bounds, self.pacer
        bounded = np.minimum(uppers, bounds)
        if pacer.total_micros is None:
            return bounded
        return np.where(bounds > pacer.under_way.left(pacer.total_micros, pacer.spent_micros), bounds, bounded)

    def _let_in(
        self, within_budget: NDArray[np.bool_] | None, low: NDArray[np.bool_] | None
    ) -> NDArray[np.intp] | None:
        """Rows of who may win, None where all may: who is active, low in price and within budget. Raises NoAward."""
        admitted = within_budget
        if low is not None:
            admitted = low if admitted is None else admitted & low
        if not self._roster.all_active:
            admitted = self._roster.active if admitted is None else admitted & self._roster.active
        if admitted is None:
            return None
        rows = admitted.nonzero()[0]
        if not len(rows):
            raise NoAward("over_budget", "no bid fits what is left of the budget")
        return None if len(rows) == len(admitted) else rows
