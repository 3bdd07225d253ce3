"""The multiplier of recent offers, against every lot's winner worked out anew."""

from __future__ import annotations

import numpy as np
import pytest

from bidding.domain.learning.knapsack import ABSENT, RESOLUTION, RecentOffers
from bidding.domain.pace import UNPACED, Pace


def offers(seed: int, lots: int = 300, seats: int = 8) -> RecentOffers:
    """Dearer seats tend to be worth more; now and then one makes no bid."""
    rng = np.random.default_rng(seed)
    prices = np.geomspace(1, 100, seats) * rng.lognormal(0, 0.3, (lots, seats))
    values = 200 * np.linspace(0.3, 0.8, seats) + rng.normal(0, 30, (lots, seats))
    absent = rng.random((lots, seats)) < 0.1
    absent[:, 0] = False
    return RecentOffers(np.where(absent, ABSENT, values), np.where(absent, 0.0, prices))


def spend(recent: RecentOffers, multiplier: float) -> float:
    """Mean price of the highest scores, lot by lot."""
    winners = (recent.values - (1 + multiplier) * recent.prices).argmax(axis=1)
    return float(np.mean([recent.prices[lot, winner] for lot, winner in enumerate(winners)]))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("last", [UNPACED, Pace(0.5, 0.501, 0.3), Pace(1e6, 1.1e6, 0.5)])
def test_the_mix_spends_what_may_be_spent(seed: int, last: Pace) -> None:
    """Whatever was solved last, the two multipliers bracket the budget, close together, and their mix meets it."""
    recent = offers(seed)
    for budget in np.quantile(recent.prices[recent.prices > 0], [0.3, 0.5, 0.7]):
        if budget >= spend(recent, 0.0):
            continue
        pace = recent.pace(float(budget), last)
        above, below = spend(recent, pace.low), spend(recent, pace.high)
        assert 1 < pace.high / pace.low <= np.exp(RESOLUTION)
        assert above >= budget >= below
        assert pace.high_share * below + (1 - pace.high_share) * above == pytest.approx(budget)


def test_a_budget_beyond_all_spending_paces_nothing() -> None:
    """Where the highest scores cost no more than may be spent, money has no extra price."""
    recent = offers(1)
    assert recent.pace(spend(recent, 0.0), Pace(0.5, 0.501, 0.3)) == UNPACED
