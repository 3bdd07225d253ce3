"""A hard total of the library's market is a bound on what is spent, not an aim."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding import Auctioneer
from bidding.domain.errors import NoAward
from tests.property.test_auctioneer import SEATS


@settings(max_examples=40, deadline=None)
@given(
    total=st.floats(50, 5_000),
    bounds=st.lists(st.floats(10, 500), min_size=1, max_size=5),
    seed=st.integers(0, 2**32),
    patience=st.integers(1, 30),
    allowance=st.none() | st.floats(1, 200),
)
def test_a_hard_total_is_never_exceeded(
    total: float, bounds: list[float], seed: int, patience: int, allowance: float | None
) -> None:
    """Whatever calls cost up to their bounds, and however late they are settled."""
    rng = np.random.default_rng(seed)
    house = Auctioneer(total_micros=total, allowance_micros=allowance, seed=seed)
    for row, bound in enumerate(bounds):
        house.add_seat(SEATS[row], bound / 5, bound_micros=bound)
    waiting: list[tuple[int, float]] = []
    for _ in range(150):
        try:
            decision = house.auction("x", value_micros=1e5)
        except NoAward as error:
            assert error.reason == "over_budget"  # noqa: PT017  both ends are right
            if not waiting:
                break
        else:
            bound = bounds[SEATS.index(decision.seat)]
            waiting.append((decision.decision_id, bound * float(rng.choice([0.0, 0.5, 1.0]))))
        while waiting and (len(waiting) > patience or rng.random() < 0.1):
            house.settle(*waiting.pop(int(rng.integers(len(waiting)))))
    for decision_id, cost in waiting:
        house.settle(decision_id, cost)
    assert house.pacer.spent_micros <= total * (1 + 1e-12)
    assert house.pacer.under_way.held == 0
