"""Keep spending on budget: which λ to score with, and which bids the purse can stand.

Every lot adds the budget's allowance to a purse and every call takes its cost out. A bid is let in while the purse
covers the upper end of its price, so the purse never falls below zero but by a surprise; and while what was spent
beyond the cheapest is covered by what the allowances leave beyond it, so that a run of cheap calls, which a run of
dear ones may follow, is not spent on others. λ is solved, every few lots, as the multiplier of a knapsack over recent
offers whose mean spend meets the allowance, corrected by how full the purse is; where the spend jumps across it, two λ
are mixed. What overflows the purse is forfeited: money saved long ago is not spent at once, but on bids that cost less
than an allowance while the purse is empty. The fallback may win whatever the purse; where calls cost what they are
quoted, so may others that cost no more. Calls under way count by what they may come to until they are paid.

Source: Balseiro and Gur, Learning in Repeated Auctions with Budgets: Regret Minimization and Equilibrium, Management
Science 2019 (adaptive pacing).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bidding.domain.learning.fallback import Fallback
from bidding.domain.learning.recent import RecentLots
from bidding.domain.learning.state import PaceState
from bidding.domain.learning.tables import Floats, as_table
from bidding.domain.learning.under_way import Terms, UnderWay
from bidding.domain.money import MONEY_MAX_MICROS, MONEY_MIN_MICROS
from bidding.domain.named_tuple import make
from bidding.domain.numbers import number
from bidding.domain.pace import Pace

Admitted = NDArray[np.bool_]
WINDOW_LOTS = 400
SOLVE_EVERY_LOTS = 16
CORRECTION_LOTS = 20.0
"""Over how many lots the purse is to come back to its target."""
SAVING_MAX = 0.15
"""Share of the allowance that may be put aside for dearer calls."""
REPAYING_MAX = 0.3
"""The same where the purse is empty and a loan is to be paid back."""
LOAN_SHARE, LOAN_DUE_LOTS = 0.3, 200
"""A market that knows nothing may borrow so much of what the allowances of its first lots leave after the cheapest."""
SLACK = 0.003
"""Share of all allowances so far that the purse may be below zero."""
TARGET_LOTS, TARGET_LOTS_MAX, TARGET_SHARE = 1.5, 12.0, 0.005
"""The purse is to be good for a call to the dearest regular winner, and so many lots' allowances; at most for so many
allowances, or for this share of all so far."""
ROOM_LOTS = 4.0
"""How far the purse may rise above its target, in lots' allowances."""
RESERVE = 0.012
"""Share of every allowance that is kept back, for costs beyond their upper ends."""
REPAYS = 0.9
"""Who is expected to cost no more of an allowance than this fills the purse, and may draw on all that is not spent."""


class Pacer:
    """Paces one budget of `allowance_micros` per lot, and at most `total_micros` in all; None is no limit."""

    def __init__(
        self, allowance_micros: float | None, total_micros: float | None = None, window_lots: int = WINDOW_LOTS
    ) -> None:
        for limit in (allowance_micros, total_micros):
            if limit is not None:
                number("a budget in micro-dollars", limit, MONEY_MIN_MICROS, MONEY_MAX_MICROS)
        self.allowance_micros = None if allowance_micros is None else float(allowance_micros)
        self.total_micros = None if total_micros is None else float(total_micros)
        self.pace = Pace()
        self.purse_micros = 0.0
        self.spent_micros = 0.0
        self.under_way = UnderWay()
        self.lots = 0
        self._fallback = Fallback()
        # Of the auction being held: who the fallback is, what it is quoted at and listed at. None after a payment.
        self._asked: tuple[int, float, float] | None = None
        self._row: int | None = None  # who the fallback of the last award was
        self._target = 0.0
        self._leeway = self._fallback.leeway(self.allowance_micros or 0.0)
        self._recent = RecentLots(window_lots)

    @classmethod
    def of(cls, state: PaceState, window_lots: int) -> Pacer:
        """The pacer as it stood; one that paces nothing where there is no allowance."""
        pacer = cls(state.allowance_micros, window_lots=window_lots)
        pacer.pace = Pace(state.low, state.high, state.high_share)
        pacer.purse_micros, pacer.spent_micros = state.purse_micros, state.spent_micros
        pacer._target, pacer.lots = state.target_micros, state.lots
        pacer._fallback = Fallback(
            state.fallback_lots,
            state.cheapest_micros,
            state.quoted_micros,
            state.listed_micros,
            state.beyond_micros,
            state.over_micros,
            math.inf if state.strayed_micros is None else state.strayed_micros,
        )
        pacer._row, pacer._leeway = state.fallback_row, pacer._fallback.leeway(state.allowance_micros or 0.0)
        if state.values:
            pacer._recent.remember(*(np.array(offered[-window_lots:]) for offered in (state.values, state.prices)))
        return pacer

    def state(self, uniform_share: float = 0.0) -> PaceState:
        """As plain values."""
        recent = self._recent.in_order()
        return PaceState(
            allowance_micros=self.allowance_micros,
            uniform_share=uniform_share,
            low=self.pace.low,
            high=self.pace.high,
            high_share=self.pace.high_share,
            purse_micros=self.purse_micros,
            target_micros=self._target,
            spent_micros=self.spent_micros,
            lots=self.lots,
            cheapest_micros=self._fallback.mean,
            quoted_micros=self._fallback.quoted,
            listed_micros=self._fallback.listed,
            beyond_micros=self._fallback.beyond,
            over_micros=self._fallback.over,
            strayed_micros=self._fallback.strayed if self._fallback.strayed < math.inf else None,
            fallback_row=self._row,
            fallback_lots=self._fallback.lots,
            values=as_table(recent.values),
            prices=as_table(recent.prices),
        )

    def admits(
        self,
        prices: Floats,
        ends: Floats,
        bounds: Floats | None = None,
        fallback: int | None = None,
        listed_micros: float | None = None,
        end_max: float = math.inf,
    ) -> Admitted | None:
        """Which bids may win, (n,); None where no budget says.

        `prices` are expected, `ends` the factors of their upper ends; the `fallback` may win whatever the purse: by
        default the cheapest of this lot, which in the mean is dearer than the quotes that made it so. `listed_micros`
        is what the fallback's price list says, by default its price. `bounds` are the most that each call can come to:
        none may win that could break the total. None of the ends is above `end_max`, which may spare a look.
        """
        allowance, admitted = self.allowance_micros, None
        if allowance is not None:
            uppers = prices * ends
            cheapest = int(prices.argmin()) if fallback is None else fallback
            quoted = prices.item(cheapest)
            listed = quoted if listed_micros is None else listed_micros
            self.ask(cheapest, quoted, listed)
            lots = self.lots + self.under_way.calls
            loan, slack = self._loan() if lots < LOAN_DUE_LOTS else 0.0, SLACK * lots * allowance
            credit = loan if loan > slack else slack
            room = self.affordable(allowance, quoted, listed, credit)
            admitted = uppers <= room
            repaid = REPAYS * allowance
            # Where the fallback itself takes all, nobody repays; and who does may have room enough without.
            if repaid * end_max > room and not self._fallback.takes(repaid, listed, self.under_way):
                spare = (lots + 1) * allowance - self.spent_micros - self.under_way.upper  # forfeited or not
                headroom = self._fallback.headroom(allowance, quoted, listed, self.under_way)
                most = credit + min(spare, headroom + RESERVE * lots * allowance)
                admitted |= (prices <= repaid) & (uppers <= most)
            admitted[cheapest] = True
        if self.total_micros is not None:
            assert bounds is not None
            within_total = bounds <= self.under_way.left(self.total_micros, self.spent_micros)
            admitted = within_total if admitted is None else admitted & within_total
        return admitted

    def ask(self, fallback: int, quoted: float, listed: float) -> None:
        """An auction is held, whose fallback, at this row, is quoted and listed at so much: for `award`."""
        self._asked = fallback, quoted, listed

    def affordable(self, allowance: float, quoted: float, listed: float, credit: float = 0.0) -> float:
        """What one call may come to now, where the fallback is quoted and listed at so much.

        `credit` is what the purse may be below zero; a call in the fallback's place needs no purse.
        """
        purse, leeway = self.purse_micros, self._leeway
        if self.under_way.calls:
            purse, leeway = self.sure_purse_micros, leeway - self.under_way.spread
        purse += allowance
        headroom = self._fallback.headroom(allowance, quoted, listed, self.under_way)
        room, instead = credit + (purse if purse < headroom else headroom), quoted + leeway
        return room if room > instead else instead

    @property
    def sure_purse_micros(self) -> float:
        """What the purse will hold once all calls under way are paid, as far as one can be sure."""
        waiting, allowance = self.under_way, self.allowance_micros
        if not waiting.calls or allowance is None:
            return self.purse_micros
        return min(
            self.purse_micros + (1 - RESERVE) * allowance * waiting.calls - waiting.upper,
            self._target + ROOM_LOTS * allowance,
        )

    def saw(
        self,
        value_micros: float,
        expected: Floats,
        prices: Floats,
        draws: Floats,
        rows: NDArray[np.intp] | None,
        ends: Floats,
    ) -> None:
        """Remember a lot's offers: of those let in, at `rows`, the qualities drawn, of the others the `expected` ones.

        `rows` None is all. An infinite price is of a seat that made no offer; `ends` are factors of the prices' upper
        ends. The arrays are kept, and read when λ is solved the next time.
        """
        if self.allowance_micros is None:
            return
        seen = self._recent.saw(value_micros, expected, draws, rows, prices)
        if seen <= SOLVE_EVERY_LOTS or not seen % SOLVE_EVERY_LOTS:
            self.solve(ends)

    def repriced(self, row: int, factor: float) -> None:
        """A seat's prices changed by a factor: so would its recent offers have."""
        self._recent.repriced(row, factor)

    def award(self, row: int, price_micros: float, end: float = 1.0, held_micros: float = 0.0) -> Terms:
        """A call of the auction just held is made: for `paid` or `void`.

        Its price is expected, `end` the factor of its upper end, and `held_micros` the most it can come to.
        """
        fallback, quoted, listed = self._asked or (0, 0.0, 0.0)  # nobody is asked for where spend is not paced
        self._row = fallback if self._asked else None
        spread = price_micros * (end - 1)
        terms = make(Terms, (price_micros, spread, held_micros, quoted, listed, row != fallback))
        self.under_way.add(terms)
        return terms

    def void(self, terms: Terms) -> None:
        """The call was not made after all."""
        self.under_way.remove(terms)

    def forget(self) -> None:
        """Remember no offers: a seat changed, and λ is to be solved from what is offered now."""
        self._recent.forget()

    def paid(self, cost_micros: float, terms: Terms | None = None) -> None:
        """Take the cost of a lot's call out of the purse, and put the lot's allowance in.

        `terms` is what it was awarded under; None where it was awarded elsewhere.
        """
        if terms is not None:
            self.under_way.remove(terms)
        self.spent_micros += cost_micros
        allowance = self.allowance_micros
        if allowance is not None:
            if terms is not None:
                self._fallback.paid(terms, cost_micros)
                self._leeway = self._fallback.leeway(allowance)
                self._asked = None
            purse = self.purse_micros + (1 - RESERVE) * allowance - cost_micros
            most = self._target + ROOM_LOTS * allowance
            self.purse_micros = purse if purse < most else most
        self.lots += 1

    def _loan(self) -> float:
        """What may be borrowed to learn the market, in micro-dollars: due by lot LOAN_DUE_LOTS, and easy to repay."""
        assert self.allowance_micros is not None
        cheapest = self._fallback.mean_with(*self._asked[1:]) if self._asked else self._fallback.mean
        headroom = max(0.0, self.allowance_micros - cheapest)
        return LOAN_SHARE * headroom * max(0, LOAN_DUE_LOTS - self.lots - self.under_way.calls)

    def remember(self, values: Floats, prices: Floats) -> None:
        """Remember the offers of one lot, (seats,), or of several, (lots, seats), without solving anew.

        Infinite prices are of seats that did not bid.
        """
        self._recent.remember(values, prices)

    def solve(self, ends: Floats) -> None:
        """Solve λ anew from the remembered offers."""
        offers = self._recent.offers()
        if self.allowance_micros is None or not len(offers.values):
            return
        purse = self.sure_purse_micros
        behind = (purse + self._loan() / 2 - self._target) / (CORRECTION_LOTS * self.allowance_micros)
        saving = REPAYING_MAX if purse < 0 else SAVING_MAX
        spend = self.allowance_micros * (1 + min(1.0, max(-saving, behind)))
        if self._leeway > 0 and self._row is not None:
            spend = max(spend, offers.mean_price(self._row) + self._leeway / (2 * CORRECTION_LOTS))
        self.pace = offers.pace(spend, self.pace)
        wanted = offers.upper_of_regulars(self.pace.low, ends)
        most = max(TARGET_LOTS_MAX, TARGET_SHARE * self.lots)
        self._target = min(wanted + TARGET_LOTS * self.allowance_micros, most * self.allowance_micros)
