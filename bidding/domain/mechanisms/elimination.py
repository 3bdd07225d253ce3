"""A learning allocation that no seller can bend in its favour: successive elimination on a fixed rota.

Lot t is the turn of seller t mod n, whatever anybody reported. A seller still in the race serves its turns and is
learnt from them alone; the turns of those out go to the one whose worst case is best. Out is whose best case is
below the worst case of another. Confidence intervals only ever shrink.

Monotone in this sense: for fixed rewards of every seller at its k-th turn and fixed reports of the others, a higher
own report never wins a seller one lot more, up to any lot. Proof: its own interval, shifted down, drops it no
later and drops others no sooner; one that stays for longer throws out nobody else whom the seller itself would not
have thrown out, because intervals are nested; so it has no more turns, no more free turns are there to win, and
its worst case stands lower among the others'. Regret grows as the logarithm of the horizon over the gaps, as
for successive elimination.

Source: Even-Dar, Mannor, Mansour, Action Elimination and Stopping Conditions, JMLR 2006; the use for truthful
bandits is that of Babaioff, Kleinberg, Slivkins, JACM 62(2), 2015, section on multi-armed bandits.
"""

from __future__ import annotations

import math

import numpy as np

from bidding.domain.propensity import Floats


class Elimination:
    """The state of one horizon for lots of one kind. Rewards are in [0, 1].

    `prices_micros` (n,) are the sellers' reports, resampled if payments shall be truthful. λ is fixed for the
    horizon: a λ that follows the spending would let a report act through it.
    """

    def __init__(self, prices_micros: Floats, value_micros: float, horizon: int, multiplier: float = 0.0) -> None:
        number = len(prices_micros)
        self._value = value_micros
        self._costs = (1 + multiplier) * prices_micros
        self._log_term = math.log(2 * max(1, horizon) * number)
        self._plays, self._totals = np.zeros(number), np.zeros(number)
        self._worst, self._best = np.zeros(number), np.ones(number)
        self._alive = np.ones(number, dtype=np.bool_)
        self._lot = 0

    def choose(self) -> int:
        """Who serves the next lot."""
        turn = self._lot % len(self._costs)
        if self._alive[turn]:
            return turn
        worst_scores = np.where(self._alive, self._value * self._worst - self._costs, -np.inf)
        return int(worst_scores.argmax())

    def record(self, seller: int, reward: float) -> None:
        """The outcome of the lot that `choose` gave to `seller`; only a seller's own turn teaches."""
        turn = self._lot % len(self._costs)
        self._lot += 1
        if seller == turn:
            self._learn(seller, reward)
        if turn == len(self._costs) - 1:  # when somebody may be dropped must not depend on reports
            self._drop()

    def _learn(self, seller: int, reward: float) -> None:
        self._plays[seller] += 1
        self._totals[seller] += reward
        mean = self._totals[seller] / self._plays[seller]
        radius = math.sqrt(self._log_term / (2 * self._plays[seller]))
        self._worst[seller] = min(self._best[seller], max(self._worst[seller], mean - radius))
        self._best[seller] = max(self._worst[seller], min(self._best[seller], mean + radius))

    def _drop(self) -> None:
        standing = np.where(self._alive, self._value * self._worst - self._costs, -np.inf).max()
        self._alive &= self._value * self._best - self._costs >= standing
