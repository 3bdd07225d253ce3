"""A bidder's own word: believed as far as it came true, and not at all where it is the same for every lot."""

from __future__ import annotations

import numpy as np
import pytest

from bidding import Auctioneer
from bidding.domain.errors import InvalidRequest, UnknownRecord

LOTS = 600


def earned(claiming: str) -> tuple[float, float]:
    """Over some markets, the means of what `run_of` tells."""
    rewards, trusts = zip(*(run_of(claiming, seed) for seed in range(6)), strict=True)
    return float(np.mean(rewards)), float(np.mean(trusts))


def run_of(claiming: str, seed: int) -> tuple[float, float]:
    """Mean reward of a market with a steady seat and one that is better or worse by the lot, and the trust it won."""
    rng, house = np.random.default_rng(seed), Auctioneer(seed=seed)
    house.add_seat("steady", 10)
    house.add_seat("moody", 10)
    total = 0.0
    for _ in range(LOTS):
        moody, steady = float(rng.choice([0.3, 1.0])), float(rng.uniform(0.3, 0.8))
        claims = {"true": moody, "boast": 1.0, "noise": float(rng.random()), "lie": 1.3 - moody}
        decision = house.auction(
            "x", value_micros=1e4, claims=None if claiming == "none" else {"moody": claims[claiming]}
        )
        reward = moody if decision.seat == "moody" else steady
        house.reward(decision.decision_id, reward)
        total += reward
    return total / LOTS, house.claims.trust(1)


def test_true_claims_are_believed_and_pay() -> None:
    """Who knows its own good lots is picked for them: the market earns what it could not without the claims."""
    with_claims, trust = earned("true")
    assert trust > 0.6
    assert with_claims > earned("none")[0] + 0.05


@pytest.mark.parametrize("claiming", ["boast", "noise", "lie"])
def test_other_claims_are_not(claiming: str) -> None:
    """A constant boast, noise and lies win little trust and cost the market nothing."""
    mean, trust = earned(claiming)
    assert trust < 0.1
    assert mean > earned("none")[0] - 0.02


def test_a_first_claim_moves_nothing() -> None:
    """Trust is earned: before any outcome the draws are those of a market without claims."""
    told, untold = (Auctioneer(seed=5) for _ in range(2))
    for house in (told, untold):
        house.add_seat("a", 10)
        house.add_seat("b", 20)
    first = told.auction("x", value_micros=100.0, claims={"b": 1.0})
    assert first.picked.draws.tolist() == untold.auction("x", value_micros=100.0).picked.draws.tolist()


def test_a_corrected_reward_corrects_the_trust() -> None:
    """The later judgement takes the place of the earlier one for claims too."""
    houses = [Auctioneer(seed=2) for _ in range(2)]
    for house, rewards in zip(houses, ((0.1, 1.0), (1.0,)), strict=True):
        house.add_seat("a", 10)
        for claim in (0.2, 0.9, 0.8):
            decision = house.auction("x", value_micros=100.0, claims={"a": claim})
            for reward in rewards:
                house.reward(decision.decision_id, reward, replaces=True)
    assert houses[0].claims.trust(0) == pytest.approx(houses[1].claims.trust(0), abs=0.05)


def test_claims_are_checked() -> None:
    """By an unknown seat, or out of [0, 1]: a typed error before anything changes."""
    house = Auctioneer()
    house.add_seat("a", 10)
    with pytest.raises(UnknownRecord):
        house.auction("x", value_micros=100.0, claims={"b": 0.5})
    for claim in (float("nan"), -0.1, 1.1):
        with pytest.raises(InvalidRequest):
            house.auction("x", value_micros=100.0, claims={"a": claim})
