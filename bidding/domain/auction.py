"""The kernel of the auction: one draw per offer, the highest score wins, and everybody's exact chance is known.

Thompson sampling in score space on arrays, one row per admitted bid; `clearing` wraps it for bids and notices.
Draws come from a generator that the caller seeds.

Source: Russo et al., A Tutorial on Thompson Sampling, 2018.
"""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest, NoAward
from bidding.domain.luck import luck
from bidding.domain.named_tuple import make
from bidding.domain.pace import Pace
from bidding.domain.propensity import Floats, each_win_probabilities

WORTHLESS_MICROS = 1e-9
"""At a value below this no quality makes up for any price."""
CERTAIN_SD = 1e-9
"""A quality known to better than this, in units of reward, counts as known exactly."""
ALIKE_SDS = 0.005
"""Where the two λ move no score by more of the narrowest deviation, the mix has the chances at their mean, but for the
square of it."""


def seed(auction: str, round_: int, policy_version: int) -> int:
    """The seed of an auction's draws: the same auction, round and policy always draw alike."""
    digest = hashlib.sha256(f"{auction}\x1f{round_}\x1f{policy_version}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


class Offers(NamedTuple):
    """The admitted bids, one row each, in the order of their seat ids.

    Shapes (n,). `quality_mean` and `quality_sd` are in units of reward, sd 0 is a point estimate; `price_micros`
    is the expected price, `delay_micros` what the wait costs, None where no wait does.
    """

    quality_mean: Floats
    quality_sd: Floats
    price_micros: Floats
    delay_micros: Floats | None = None


class Pick(NamedTuple):
    """The end of one auction. Shapes (n,), rows as in the offers.

    `multiplier` is the λ drawn, `explored` whether the winner was picked uniformly. `propensities` are the chances to
    win before anything was drawn: over uniform picks, λ and qualities.
    """

    winner: int
    multiplier: float
    explored: bool
    draws: Floats
    scores: Floats
    propensities: Floats
    prices: Floats

    @property
    def order(self) -> NDArray[np.intp]:
        """The rows from the winner down."""
        order = np.lexsort((self.prices, -self.scores))
        return np.concatenate(([self.winner], order[order != self.winner])) if self.explored else order


class Distances(NamedTuple):
    """How far each row stood from winning. Shapes (n,), rows as in the offers; the winner's own margin is 0.

    A margin is below 0 where the winner was picked uniformly from behind. `prices_to_win` and `qualities_to_win` are
    what would have tied with the winner, all else equal; they may lie outside of what is possible.
    """

    margins: Floats
    prices_to_win: Floats
    qualities_to_win: Floats


def pick(offers: Offers, value_micros: float, pace: Pace, rng: np.random.Generator, uniform_share: float = 0.0) -> Pick:
    """`pick_by` the luck that the generator brings."""
    return pick_by(*luck(rng, len(offers.price_micros)), offers, value_micros, pace, uniform_share)


def pick_by(
    lottery: float,
    coin: float,
    normals: Floats,
    offers: Offers,
    value_micros: float,
    pace: Pace,
    uniform_share: float = 0.0,
) -> Pick:
    """Draw a winner among `offers` by some `Luck`, with everybody's exact chance.

    score = value × quality draw - delay - (1 + λ) × price; ties go to the lower price, then to the lower row. With
    chance `uniform_share` any row wins, all alike: logs of such picks support replay of any policy.

    Raises NoAward without offers, InvalidRequest where a score is not a number.
    """
    quality, sds, prices, delay = offers
    rows = len(prices)
    if not rows:
        raise NoAward("no_bids", "no seat made a bid: the no-bids tell why each stayed away")
    least = sds.item(sds.argmin())
    if least < CERTAIN_SD:
        sds, least = np.where(sds < CERTAIN_SD, 0.0, sds), 0.0
    draws = quality + sds * normals
    spreads, narrowest = value_micros * sds, value_micros * least
    before_price = value_micros * quality
    if delay is not None:
        before_price -= delay
    drawn_high = coin < pace.high_share
    multiplier = pace.high if drawn_high else pace.low
    means = before_price - (prices if multiplier == 0 else (1 + multiplier) * prices)
    scores = means + spreads * normals
    winner = int(scores.argmax())  # a number that is none counts as the highest
    best = scores.item(winner)
    if not math.isfinite(best):
        raise InvalidRequest("a bid's quality, price or delay is not a number")
    if not narrowest and scores.tolist().count(best) > 1:  # only what is certain ties
        winner = int(np.lexsort((prices, -scores))[0])
    explored = lottery < uniform_share
    if explored:
        winner = int(lottery / uniform_share * rows)
    expected = pace.low + pace.high_share * (pace.high - pace.low)
    if multiplier == expected:
        (chances,) = each_win_probabilities((means,), spreads, prices, narrowest)
    elif abs(pace.high - pace.low) * prices.item(prices.argmax()) <= ALIKE_SDS * narrowest:
        (chances,) = each_win_probabilities((before_price - (1 + expected) * prices,), spreads, prices, narrowest)
    else:
        other = before_price - (1 + (pace.low if drawn_high else pace.high)) * prices
        at_both = (other, means) if drawn_high else (means, other)
        at_low, at_high = each_win_probabilities(at_both, spreads, prices, narrowest)
        chances = at_low + pace.high_share * (at_high - at_low)
    if uniform_share:
        chances += uniform_share * (1 / rows - chances)
    return make(Pick, (winner, multiplier, explored, draws, scores, chances, prices))


def distances(offers: Offers, picked: Pick, value_micros: float) -> Distances:
    """What each row lacked, in micro-dollars, as a price and as a quality."""
    margins = picked.scores.item(picked.winner) - picked.scores
    lower = margins / (1 + picked.multiplier) if picked.multiplier else margins
    if value_micros > WORTHLESS_MICROS:
        qualities_to_win = margins / value_micros
        qualities_to_win += picked.draws
    else:
        qualities_to_win = np.full(len(margins), np.inf)
    return make(Distances, (margins, offers.price_micros - lower, qualities_to_win))
