"""How far a bidder's word is believed."""

import random

import pytest

from bidding.domain.claims import ClaimHistory


def test_a_constant_liar_gains_nothing() -> None:
    """Who always claims the most is believed no more than its record."""
    record = ClaimHistory(100, 1.0, tuple((1.0, reward / 10) for reward in range(10)))
    assert record.shift(1.0) == 0.0


def test_a_newcomer_is_not_believed() -> None:
    """Without a judged claim there is no trust."""
    assert ClaimHistory(1, 0.2).shift(0.95) == 0.0


def test_claims_at_random_are_not_believed() -> None:
    """Claims that foretold nothing move a belief by next to nothing."""
    rng = random.Random(7)
    record = ClaimHistory(200, 0.5, tuple((rng.random(), rng.random()) for _ in range(200)))
    assert abs(record.shift(1.0)) < 0.06


def test_claims_that_foretell_are_believed() -> None:
    """A bidder that knows which lots it is good at is heard, up to the bound."""
    rng = random.Random(7)
    pairs = tuple(
        (claim, min(1.0, max(0.0, claim + rng.gauss(0, 0.1)))) for claim in (rng.random() for _ in range(100))
    )
    record = ClaimHistory(100, 0.5, pairs)
    assert record.shift(0.6) == pytest.approx(0.08, abs=0.02)
    assert record.shift(1.0) == pytest.approx(0.4, abs=0.1)


def test_claims_turned_upside_down_are_not_used() -> None:
    """A bidder whose claims foretell the opposite has no trust, not a negative one."""
    assert ClaimHistory(11, 0.5, tuple((x / 10, 1 - x / 10) for x in range(11))).shift(1.0) == 0.0
