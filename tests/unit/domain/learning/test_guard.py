"""The guard: it steps in where a fixed mix would earn more, and only there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bidding.domain.learning.drift import WARINESS_LOTS
from bidding.domain.learning.guard import ASIDE_LOTS, ASIDE_LOTS_MAX, LATE_LOTS, WINDOW_OUTCOMES, Guard, Watched
from bidding.domain.learning.tables import Floats

LEVELS, PRICES = np.array([0.5, 0.7, 0.9]), np.array([10.0, 60.0, 100.0])
CHEAP, MIDDLE, DEAR = range(3)


WASTEFUL = np.array([100.0, 60.0, 100.0])
"""Where the cheapest costs as much as the dearest."""


class Market:
    """Tells a guard what seats earn, lot by lot: one at random of their levels' worth, or what is given."""

    def __init__(self, seed: int = 0) -> None:
        self.rng, self.guard, self.lots = np.random.default_rng(seed), Guard(), 0

    def pick(
        self, seat: int, expected: Floats = LEVELS, prices: Floats = PRICES, value: float = 1.0, explored: bool = False
    ) -> Watched | None:
        """A lot goes to a seat."""
        self.lots += 1
        return self.guard.watch(self.lots, seat, expected, prices, value, explored)

    def tell(self, pick: Watched | None, reward: float, weight: float = 1.0) -> bool:
        """What came of it. Answers whether the policy is aside."""
        if pick is not None:
            self.guard.learn(pick, reward, weight, self.lots)
        return self.guard.engaged

    def lot(self, seat: int, levels: Floats = LEVELS, **kept: object) -> bool:
        """One lot and its outcome; what is expected is true where nothing else is given."""
        kept = {"expected": levels, **kept}
        return self.tell(self.pick(seat, **kept), float(self.rng.random() < levels[seat]))  # type: ignore[arg-type]

    def met(self, outcomes: int = 300) -> Market:
        """All seats served so many lots, in turn, at their prices, which is as good as a mix."""
        assert not any(self.lot(seat) for _ in range(outcomes) for seat in range(3))
        return self

    def wasteful(self, outcomes: int) -> list[bool]:
        """The cheapest serves all lots, and costs as much as the dearest."""
        return [self.lot(CHEAP, prices=WASTEFUL) for _ in range(outcomes)]


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
    assert [lots for aside, lots in runs if aside][:3] == [ASIDE_LOTS * 2**time for time in range(3)]
    while market.guard.engaged:
        market.lot(CHEAP)
    market.met()
    runs = [(aside, len(list(lots))) for aside, lots in itertools.groupby(market.wasteful(2_000))]
    assert next(lots for aside, lots in runs if aside) == ASIDE_LOTS


def test_what_came_before_a_change_counts_no_more() -> None:
    """While a seat may change back nothing is compared."""
    market = Market().met()
    assert any(market.wasteful(2 * WINDOW_OUTCOMES))
    market.guard.restart(DEAR)
    assert market.guard._aside == ASIDE_LOTS
    assert not any(market.wasteful(WARINESS_LOTS + WINDOW_OUTCOMES - 100))
    assert any(market.wasteful(WINDOW_OUTCOMES)), "of the seats that did not change enough is known"


def test_seats_hardly_known_prove_nothing() -> None:
    """A few lucky outcomes, outcomes of little weight, a seat that cannot be had, or one that just joined."""
    for outcomes, weight, price in ((3, 1.0, 100.0), (300, 1e-3, 100.0), (300, 1.0, np.inf), (0, 1.0, 100.0)):
        market, believed = Market(), np.array([0.5, 0.9])
        for _ in range(outcomes):
            market.tell(market.pick(1, believed, np.full(2, 100.0)), 0.9, weight)
        assert not any(market.lot(0, believed, prices=np.array([100.0, price])) for _ in range(2 * WINDOW_OUTCOMES))


@pytest.mark.parametrize("seed", range(5))
def test_a_policy_that_sees_patterns_in_noise_is_set_aside(seed: int) -> None:
    """Whoever it expects most of serves: more than there is, so that nobody's record falls short by the same."""
    market, even = Market(seed), np.full(3, 50.0)
    aside = 0
    for _ in range(3_000):
        seen = LEVELS + 0.6 * market.rng.standard_normal(3)
        aside += market.lot(int(seen.argmax()), expected=seen, prices=even)
    assert aside >= ASIDE_LOTS


def test_a_newcomer_takes_part_in_the_mix_once_it_is_known() -> None:
    """Once all lots looked at know of it; a late word on an old one puts that off, and breaks nothing."""
    market = Market()
    for _ in range(700):
        market.lot(CHEAP, LEVELS[:1], prices=np.full(1, 100.0))
    old = market.pick(CHEAP, LEVELS[:1], np.full(1, 100.0))
    for _ in range(60):
        for seat in (MIDDLE, DEAR):
            assert not market.lot(seat, prices=np.full(3, 100.0))
    market.tell(old, 1.0)
    assert not any(market.wasteful(WINDOW_OUTCOMES - 1)), "one of five hundred lots knows of the cheapest alone"
    assert any(market.wasteful(2 * WINDOW_OUTCOMES))


def test_what_comes_late_says_nothing() -> None:
    """Neither of picks that led to the policy's being set aside, nor of such as the policy would not make again."""
    market = Market().met()
    late = [market.pick(CHEAP, prices=WASTEFUL) for _ in range(2 * WINDOW_OUTCOMES)]
    for pick in late[:WINDOW_OUTCOMES]:
        assert not market.tell(pick, 0.0)
    while not market.guard.engaged:
        market.lot(CHEAP, prices=WASTEFUL)
    for pick in late:
        market.tell(pick, 0.0)
    assert market.wasteful(ASIDE_LOTS + 1)[-2:] == [False, False]
    assert LATE_LOTS <= WINDOW_OUTCOMES


def test_a_policy_is_set_aside_for_so_many_lots_whoever_judges_them() -> None:
    """Where nobody does, it is tried again all the same; and for so long at most, however often it was."""
    market = Market().met()
    while not market.guard.engaged:
        market.lot(CHEAP, prices=WASTEFUL)
    assert [market.pick(CHEAP) is None for _ in range(ASIDE_LOTS + 1)] == [*ASIDE_LOTS * [True], False]
    runs = [(aside, len(list(lots))) for aside, lots in itertools.groupby(market.wasteful(70_000))]
    assert max(lots for aside, lots in runs if aside) == ASIDE_LOTS_MAX


def test_lots_count_by_what_they_are_worth() -> None:
    """Who serves the one lot in five that is worth all the others by the best earns less in the mean, and is right."""
    market = Market().met()
    for turn in range(4 * WINDOW_OUTCOMES):
        dear = turn % 5 == 0
        assert not market.lot(DEAR if dear else CHEAP, prices=np.full(3, 100.0), value=1e6 if dear else 50.0)
    blind = Market().met()
    assert any(blind.lot(DEAR if turn % 5 == 0 else CHEAP, prices=np.full(3, 100.0)) for turn in range(2_000))


def test_what_was_explored_is_held_against_nobody() -> None:
    """It was nobody's choice, but tells what the seat is worth."""
    market = Market().met()
    for _ in range(4 * WINDOW_OUTCOMES):
        assert not market.lot(CHEAP, prices=WASTEFUL, explored=True)
    assert market.guard._record[CHEAP][:2] == pytest.approx([1_000.0, 0.5], rel=0.1)


def test_a_mix_that_costs_more_than_was_spent_proves_nothing() -> None:
    """Of a seat that nobody knows only the price is known: who spends less than any known one had no such choice."""
    market = Market()
    for _ in range(300):
        assert not market.lot(DEAR)
    for _ in range(4 * WINDOW_OUTCOMES):
        pick = market.pick(CHEAP)
        assert not market.tell(pick, 0.0, 1e-4), "these weigh too little to be a record"


def test_a_later_word_takes_the_place_of_the_first() -> None:
    """What a first judge said, who knows nothing, is forgotten: as if the second one had spoken at once."""
    corrected, direct = Market(), Market()
    for turn in range(2 * WINDOW_OUTCOMES):
        seat, weight = turn % 3, (1.0, 0.25)[turn % 2]
        first, second = corrected.pick(seat), direct.pick(seat)
        corrected.tell(first, 0.5, 0.5)
        for market, pick in ((corrected, first), (direct, second)):
            market.tell(pick, float(turn % 4 > 0), weight)
    assert np.array(corrected.guard._record) == pytest.approx(np.array(direct.guard._record))
    told = [[(pick.reward, pick.weight) for pick in market.guard._recent] for market in (corrected, direct)]
    assert told[0] == told[1]
    alone = corrected.pick(CHEAP)
    corrected.tell(alone, 1.0)
    corrected.guard.restart(CHEAP)
    corrected.guard._waits = 0
    corrected.tell(alone, 0.0)
    assert corrected.guard._record[CHEAP] == pytest.approx([1.0, 0.0, 0.5]), "what was forgotten is not taken back"


def test_harsh_judges_of_little_weight_count_little() -> None:
    """Half of all outcomes are nothing, at a thousandth of the weight."""
    market = Market().met()
    for turn in range(4 * WINDOW_OUTCOMES):
        assert not market.tell(market.pick(DEAR), *((0.9, 1.0) if turn % 2 else (0.0, 1e-3)))


def test_a_seats_last_outcomes_are_averaged() -> None:
    """What a policy expected thousands of outcomes ago does not count for ever."""
    market = Market()
    for off, outcomes in ((-0.4, 1_000), (0.0, 5_000)):
        for _ in range(outcomes):
            market.tell(market.pick(0, np.full(1, 0.5 - off), PRICES[:1]), 0.5)
    assert market.guard._record[0] == pytest.approx([1_000.0, 0.5, 0.5], abs=0.01)
