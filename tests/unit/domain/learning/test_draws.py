"""How widely seats are drawn: by what is in doubt of them, and what it is worth to find out."""

from __future__ import annotations

import numpy as np
import pytest

from bidding.domain.learning.beliefs import crowded
from tests.unit.domain.learning.test_beliefs import Fixed, grown


def test_a_crowd_of_seats_is_drawn_from_less_widely() -> None:
    """Four seats are no crowd; among fourteen all draws, of seats tried and untried, are √(ln 4 / ln 14) as wide."""
    assert [crowded(seats) for seats in (0, 1, 2, 4)] == [1.0, 1.0, 1.0, 1.0]
    beliefs = grown(Fixed, seats=14)
    for _ in range(30):
        beliefs.learn(0, 0, 0.5)
        beliefs.learn(1, 0, 0.25)
    _, stepwise = beliefs.quality(0)
    cell, noise = beliefs.spreads.cell, beliefs.spreads.noise
    left = noise / (noise + 30 * cell)  # of the variance of a cell with 30 outcomes
    levels = beliefs._levels.apart_variances
    tried = left**2 * levels[0] * 0.7**2 + 0.3**2 * left * cell  # 0.6 and a quarter of 0.4
    untried = levels[5] + 0.3**2 * cell
    narrower = np.sqrt(np.log(4) / np.log(14))
    assert stepwise[0] == pytest.approx(narrower * np.sqrt(tried))
    assert stepwise[5] == pytest.approx(narrower * np.sqrt(untried))
    beliefs.refresh()
    assert beliefs.quality(0)[1] == pytest.approx(stepwise)


def test_bad_luck_is_found_out_where_many_lots_follow() -> None:
    """A cell with five failures is drawn as widely as it is in doubt once its kind had 200 outcomes, among few."""
    for lots, seats, heat in ((90, 3, 0.3), (300, 3, 1.0), (300, 4, 1.0)):
        beliefs = grown(Fixed, seats)
        for _ in range(5):
            beliefs.learn(1, 0, 0.0)
        for turn in range(lots):
            beliefs.learn(0, 0, float(turn % 3 == 0))
        beliefs.refresh()
        cell, noise = beliefs.spreads.cell, beliefs.spreads.noise
        left = noise / (noise + 5 * cell)
        level = left**2 * beliefs._levels.apart_variances[1] * (0.6 + 0.4 * 10 / 15) ** 2
        assert beliefs.quality(0)[1][1] == pytest.approx(np.sqrt(level + heat**2 * left * cell))
        for _ in range(2):  # the seventh outcome of some 300 is not yet a twentieth of 200
            beliefs.learn(1, 0, 0.0)
        stepwise = beliefs.quality(0)[1][1]
        beliefs.refresh()
        assert beliefs.quality(0)[1][1] == pytest.approx(stepwise)
        for _ in range(20):
            beliefs.learn(1, 0, 0.0)
        left = noise / (noise + 27 * cell)
        level = left**2 * beliefs._levels.apart_variances[1] * (0.6 + 0.4 * 10 / 37) ** 2
        assert beliefs.quality(0)[1][1] == pytest.approx(np.sqrt(level + 0.3**2 * left * cell))
    crowd = grown(Fixed, seats=5)
    for _ in range(400):
        crowd.learn(0, 0, 0.5)
    crowd.refresh()
    levels, cell = crowd._levels.apart_variances, crowd.spreads.cell
    assert crowd.quality(0)[1][1] == pytest.approx(crowded(5) * np.sqrt(levels[1] + 0.3**2 * cell))
