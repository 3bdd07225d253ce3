"""A learning allocation that no seller can bend in its favour: successive elimination on a fixed rota.

Lot t is the turn of seller t mod n, whatever anybody reported. A seller still in the race serves its turns and is
learnt from them alone; the turns of those out go to the one whose worst case is best. Out is whose best case is
below the worst case of another, as seen when a rota after the first begins. Confidence intervals only ever shrink.

Monotone in this sense: for fixed rewards of every seller at its k-th turn and fixed reports of the others, a higher
own report never wins a seller one lot more, up to any lot. Proof: its own interval, shifted down, drops it no
later and drops others no sooner; one that stays for longer throws out nobody else whom the seller itself would not
have thrown out, because intervals are nested; so it has no more turns, no more free turns are there to win, and
its worst case stands lower among the others'. So it is too where rewards are told late, in any order or never, as
long as no report decides when: both worlds then know the same of who is in the race in both.

Regret grows as the logarithm of the horizon over the gaps, as for successive elimination.

Source: Even-Dar, Mannor, Mansour, Action Elimination and Stopping Conditions, JMLR 2006; the use for truthful
bandits is that of Babaioff, Kleinberg, Slivkins, JACM 62(2), 2015, section on multi-armed bandits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bidding.domain.propensity import Floats


class Turn(NamedTuple):
    """A lot, by the row of who serves it; `own` where it is that seller's own turn, from which we learn."""

    seller: int
    own: bool


class Elimination:
    """The state of one horizon for lots of one kind. Rewards are in [0, 1].

    `alive` (n,) is who is in the race, `plays` (n,) counts the outcomes learnt from, and [`worst`, `best`] (n,) are the
    bounds of each seller's quality. `prices_micros` (n,) are the sellers' reports, resampled if payments shall be
    truthful. λ is fixed for the horizon: a λ that follows the spending would let a report act through it.
    """

    def __init__(self, prices_micros: Floats, value_micros: float, horizon: int, multiplier: float = 0.0) -> None:
        number = len(prices_micros)
        self._value = value_micros
        self._costs = (1 + multiplier) * prices_micros
        self._log_term = math.log(2 * max(1, horizon) * number)
        self.plays, self._totals = np.zeros(number), np.zeros(number)
        self.worst, self.best = np.zeros(number), np.ones(number)
        self.alive: NDArray[np.bool_] = np.ones(number, dtype=np.bool_)
        self._lot = 0

    def scores(self, quality: Floats) -> Floats:
        """What each seller would score at these qualities, (n,): value × quality - (1 + λ) × price."""
        return self._value * quality - self._costs

    def choose(self) -> Turn:
        """Who serves the next lot. Any number of lots may wait for their rewards."""
        turn = self._lot % len(self._costs)
        if turn == 0 and self._lot:  # when somebody may be dropped must not depend on reports
            self._drop()
        self._lot += 1
        if self.alive[turn]:
            return Turn(turn, own=True)
        return Turn(int(np.where(self.alive, self.scores(self.worst), -np.inf).argmax()), own=False)

    def record(self, turn: Turn, reward: float) -> None:
        """The outcome of a lot, once; only a seller's own turn teaches."""
        if turn.own:
            self._learn(turn.seller, reward)

    def _learn(self, seller: int, reward: float) -> None:
        self.plays[seller] += 1
        self._totals[seller] += reward
        mean = self._totals[seller] / self.plays[seller]
        radius = math.sqrt(self._log_term / (2 * self.plays[seller]))
        self.worst[seller] = min(self.best[seller], max(self.worst[seller], mean - radius))
        self.best[seller] = max(self.worst[seller], min(self.best[seller], mean + radius))

    def _drop(self) -> None:
        standing = self.scores(self.worst)[self.alive].max()
        self.alive &= self.scores(self.best) >= standing
