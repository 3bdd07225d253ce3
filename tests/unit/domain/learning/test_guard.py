"""The guard: it steps in where a fixed mix would earn more, and only there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bidding.domain.learning.drift import WARINESS_LOTS
from bidding.domain.learning.guard import (
    ASIDE_OUTCOMES,
    ASIDE_OUTCOMES_MAX,
    WINDOW_OUTCOMES,
    Guard,
    Watched,
    watched,
)
from bidding.domain.learning.tables import Floats

LEVELS, PRICES = np.array([0.5, 0.7, 0.9]), np.array([10.0, 60.0, 100.0])
CHEAP, MIDDLE, DEAR = range(3)


class Market:
    """Tells a guard what seats earn, lot by lot: one at random of their levels' worth, or what is given."""

    def __init__(self, seed: int = 0) -> None:
        self.rng, self.guard = np.random.default_rng(seed), Guard()

    def lot(
        self, seat: int, levels: Floats = LEVELS, *, expected: Floats | None = None, prices: Floats = PRICES
    ) -> bool:
        """One outcome; what is expected is true where nothing else is given. Answers whether the policy is aside."""
        pick = None if self.guard.engaged else watched(seat, levels if expected is None else expected, prices)
        self.guard.learn(pick, float(self.rng.random() < levels[seat]), 1.0)
        return self.guard.engaged

    def met(self, outcomes: int = 300) -> Market:
        """All seats served so many lots, in turn, at their prices, which is as good as a mix."""
        assert not any(self.lot(seat) for _ in range(outcomes) for seat in range(3))
        return self

    def wasteful(self, outcomes: int) -> list[bool]:
        """The cheapest serves all lots, and costs as much as the dearest."""
        return [self.lot(CHEAP, prices=np.array([100.0, 60.0, 100.0])) for _ in range(outcomes)]


@pytest.mark.parametrize("seed", range(5))
def test_a_policy_worse_than_the_mix_is_set_aside(seed: int) -> None:
    """At the price of the dearest seat, rewards of the cheapest."""
    assert any(Market(seed).met().wasteful(2 * WINDOW_OUTCOMES))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_it_expects(seed: int) -> None:
    """Who wants the worst seat because of what it expects is told by what it is off by."""
    market = Market(seed)
    for _ in range(300):
        for seat in range(3):
            market.lot(seat, expected=1 - LEVELS, prices=np.full(3, 100.0))
    assert any(market.lot(CHEAP, expected=1 - LEVELS, prices=np.full(3, 100.0)) for _ in range(2 * WINDOW_OUTCOMES))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("off", [0.0, 0.3])
def test_a_policy_that_knows_which_lots_are_easy_is_left_alone(seed: int, off: float) -> None:
    """Seats earn .9 on the lots that are sent to them, .1 less on average than all: but not on each other's lots.

    By their means on their own lots alone, the cheaper of two would earn as much for less. `off` is what the policy
    hopes too much of the other one.
    """
    market, prices = Market(seed), np.array([10.0, 100.0])
    easy, hard = np.array([0.9, 0.95]), np.array([0.1, 0.7])
    engaged = False
    for turn in range(4 * WINDOW_OUTCOMES):
        levels = hard if turn % 2 else easy
        engaged |= market.lot(turn % 2, levels, expected=levels + off * np.array([0, 1]), prices=prices)
    assert not engaged


def test_it_is_tried_again_and_set_aside_for_longer() -> None:
    """Twice as long each time; once it does as well as the mix, it starts from the shortest."""
    market = Market().met()
    runs = [(aside, len(list(lots))) for aside, lots in itertools.groupby(market.wasteful(9_000))]
    first, *trials = (lots for aside, lots in runs[:-1] if not aside)
    assert first <= 2 * WINDOW_OUTCOMES
    assert set(trials) == {WINDOW_OUTCOMES}
    assert [lots for aside, lots in runs if aside][:3] == [ASIDE_OUTCOMES * 2**time for time in range(3)]
    while market.guard.engaged:
        market.lot(CHEAP)
    market.met()
    runs = [(aside, len(list(lots))) for aside, lots in itertools.groupby(market.wasteful(2_000))]
    assert next(lots for aside, lots in runs if aside) == ASIDE_OUTCOMES


def test_what_came_before_a_change_counts_no_more() -> None:
    """While a seat may change back nothing is compared."""
    market = Market().met()
    assert any(market.wasteful(2 * WINDOW_OUTCOMES))
    market.guard.restart(DEAR)
    assert not any(market.wasteful(WARINESS_LOTS + WINDOW_OUTCOMES - 100))
    assert any(market.wasteful(WINDOW_OUTCOMES)), "of the seats that did not change enough is known"


def test_seats_hardly_known_prove_nothing() -> None:
    """A few lucky outcomes, outcomes of little weight, a seat that makes no offers, or one that just joined."""
    for outcomes, weight, price in ((3, 1.0, 100.0), (300, 1e-3, 100.0), (300, 1.0, np.inf), (0, 1.0, 100.0)):
        market, prices = Market(), np.array([100.0, price])
        for _ in range(outcomes):
            market.guard.learn(watched(1, np.array([0.5, 0.9]), np.full(2, 100.0)), 0.9, weight)
        assert not any(market.lot(0, np.array([0.5, 0.9]), prices=prices) for _ in range(2 * WINDOW_OUTCOMES))


def test_a_newcomer_takes_part_in_the_mix_once_it_is_known() -> None:
    """Once all lots looked at know of it; a late word on an old one puts that off, and breaks nothing."""
    market = Market()
    old = watched(CHEAP, LEVELS[:1], np.full(1, 100.0))
    for _ in range(700):
        market.lot(CHEAP, LEVELS[:1], prices=np.full(1, 100.0))
    for _ in range(60):
        for seat in (MIDDLE, DEAR):
            assert not market.lot(seat, prices=np.full(3, 100.0))
    market.guard.learn(old, 1.0, 1.0)
    assert not any(market.wasteful(WINDOW_OUTCOMES - 1)), "one of five hundred lots knows of the cheapest alone"
    assert any(market.wasteful(2 * WINDOW_OUTCOMES))


def test_what_comes_late_of_earlier_picks_sets_nobody_aside_for_longer() -> None:
    """A policy that is aside is judged by its next trial."""
    market = Market().met()
    late = [watched(CHEAP, LEVELS, np.array([100.0, 60.0, 100.0])) for _ in range(4 * WINDOW_OUTCOMES)]
    while not market.guard.engaged:
        market.wasteful(1)
    for pick in late:
        market.guard.learn(pick, 0.0, 1.0)
    market.wasteful(ASIDE_OUTCOMES)
    assert not market.guard.engaged


def test_a_policy_is_set_aside_for_so_long_at_most() -> None:
    """However often it was tried."""
    market = Market().met()
    runs = [(aside, len(list(lots))) for aside, lots in itertools.groupby(market.wasteful(70_000))]
    assert max(lots for aside, lots in runs if aside) == ASIDE_OUTCOMES_MAX


def test_a_later_word_takes_the_place_of_the_first() -> None:
    """What a first judge said, who knows nothing, is forgotten: as if the second one had spoken at once."""
    corrected, direct = Market(), Market()
    for turn in range(2 * WINDOW_OUTCOMES):
        seat, weight = turn % 3, (1.0, 0.25)[turn % 2]
        picks = [watched(seat, LEVELS, PRICES) for _ in range(2)]
        corrected.guard.learn(picks[0], 0.5, 0.5)
        for market, pick in zip((corrected, direct), picks, strict=True):
            market.guard.learn(pick, float(turn % 4 > 0), weight)
    assert corrected.guard._errors == pytest.approx(direct.guard._errors)
    assert corrected.guard._weights == pytest.approx(direct.guard._weights)
    told = [[(pick.reward, pick.weight) for pick in market.guard._recent] for market in (corrected, direct)]
    assert told[0] == told[1]
    alone: Watched = watched(CHEAP, LEVELS, PRICES)
    corrected.guard.learn(alone, 1.0, 1.0)
    corrected.guard.restart(CHEAP)
    corrected.guard._waits = 0
    corrected.guard.learn(alone, 0.0, 1.0)
    assert corrected.guard._errors[CHEAP] == pytest.approx(-0.5), "what was forgotten is not taken back"


def test_harsh_judges_of_little_weight_count_little() -> None:
    """Half of all outcomes are nothing, at a thousandth of the weight."""
    market = Market().met()
    for turn in range(4 * WINDOW_OUTCOMES):
        pick = watched(DEAR, LEVELS, PRICES)
        market.guard.learn(pick, *((0.9, 1.0) if turn % 2 else (0.0, 1e-3)))
        assert not market.guard.engaged


def test_errors_are_averaged_over_a_seats_last_outcomes() -> None:
    """What a policy expected thousands of outcomes ago does not count for ever."""
    guard = Guard()
    for off, outcomes in ((-0.4, 1_000), (0.0, 5_000)):
        for _ in range(outcomes):
            guard.learn(watched(0, np.full(1, 0.5 - off), PRICES[:1]), 0.5, 1.0)
    assert abs(guard._errors[0]) < 0.01
