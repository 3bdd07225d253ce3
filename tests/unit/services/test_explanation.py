"""Why a seat was selected, in sentences, before and after the ledger has it."""

from dataclasses import replace

import numpy as np
import pytest

from bidding.domain.bids import Clearing
from bidding.domain.clearing import clear
from bidding.domain.ids import SeatId
from bidding.domain.mechanisms.names import Mechanism
from bidding.domain.pace import Pace
from bidding.services.explanation import explain_clearing
from tests.unit.domain.test_auction import LOT, REQUEST, bid

BIDS = [bid("dear", 300, 0.9, 0.0), bid("cheap", 50, 0.7, 0.0), bid("risky", 501, 1.0, 0.0)]


def cleared(seed: int = 7, pace: Pace | None = None, uniform_share: float = 0.0) -> Clearing:
    request = replace(REQUEST, pace=pace or Pace(), uniform_share=uniform_share)
    return clear(request, BIDS, np.random.default_rng(seed))


def test_an_award_is_taken_apart_and_every_loser_told() -> None:
    """Score, λ, chance, the price up to which it holds, the payment, and a sentence per loser with its way to win."""
    assert explain_clearing(cleared(pace=Pace(low=0.5)), LOT) == [
        "cheap won with a score of 625 = 1000 × quality 0.70 - price 75 (λ 0.50) - delay 0; "
        "its chance to win was 100%.",
        "At up to 166 µ$ it would still have won.",
        "It is paid what its call costs (first_score).",
        "dear was told outscored (102), score 450, 175 µ$ behind; a price of 183 µ$ or less would have won.",
        "risky was told above_price_ceiling (500), score 248; it was not let in.",
    ]


def test_no_price_above_the_ceiling_would_have_won() -> None:
    """Who is far ahead would have been outbid by nobody, yet the lot pays no more than its ceiling."""
    far = [bid("far", 100, 0.9, 0.0), bid("poor", 100, 0.1, 0.0)]
    lot = replace(LOT, price_ceiling_micros=500)
    assert "At up to 500 µ$ it would still have won." in explain_clearing(
        clear(replace(REQUEST, lot=lot), far, np.random.default_rng(7)), lot
    )


@pytest.mark.parametrize(
    ("mechanism", "sentence"),
    [
        ("second_score", "It is paid 100 µ$, the highest price that would have won (second_score)."),
        ("learning", "It is paid its quote of 50 µ$ (learning)."),
    ],
)
def test_a_payment_is_explained_by_its_mechanism(mechanism: Mechanism, sentence: str) -> None:
    """What the winner gets is said with the rule it follows from."""
    assert sentence in explain_clearing(clear(REQUEST, BIDS, np.random.default_rng(7), mechanism=mechanism), LOT)


def test_a_rebate_is_explained() -> None:
    """A winner whose quote was moved up is told of the rebate, and it is what it is paid above its quote."""
    alone = [replace(BIDS[1], seat_id=SeatId("alone"))]
    sentences = [
        explain_clearing(clear(REQUEST, alone, np.random.default_rng(seed), mechanism="learning"), LOT)
        for seed in range(30)
    ]
    rebate = f"a rebate of {round((LOT.price_ceiling_micros - 50) / 0.2)} µ$"
    assert any(rebate in sentence for explained in sentences for sentence in explained)


def test_a_uniform_pick_is_called_one() -> None:
    """A winner from behind is explained by the lottery, and nobody is promised a price that would have won."""
    explained = next(
        explain_clearing(clearing, LOT)
        for clearing in (cleared(seed, uniform_share=1.0) for seed in range(20))
        if clearing.winner.seat_id == "dear"
    )
    assert explained[0].endswith("its chance to win was 50%.")
    assert explained[1] == "It was picked uniformly, to learn, 50 µ$ behind the best of the rest."
    assert explained[3] == (
        "cheap was told outscored (102), score 650, 50 µ$ ahead; no price and no quality alone would have won."
    )
