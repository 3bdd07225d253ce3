"""The learning auction as a library: assignments, rewards, standings, and input that it refuses."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from bidding import InvalidRequest, LearningAuction, UnknownRecord

PRICES = {"ada": 300.0, "bob": 450.0, "cy": 200.0}


def an_auction(horizon: int = 3_000, seed: int = 4) -> LearningAuction:
    return LearningAuction(PRICES, value_micros=2_000, ceiling_micros=1_000, horizon=horizon, seed=seed)


def earn(auction: LearningAuction, lots: int, qualities: dict[str, float], kind: str = "") -> list[str]:
    """Who served, rewards drawn at these qualities."""
    rng, served = np.random.default_rng(2), []
    for _ in range(lots):
        lot = auction.choose(kind)
        auction.record(lot.decision_id, float(rng.random() < qualities[lot.seller]))
        served.append(lot.seller)
    return served


def moves(seed: int, kind: str) -> set[str]:
    """Whose report is moved in the race of a kind."""
    auction = an_auction(seed=seed)
    auction.choose(kind)
    return {one.seller for one in auction.standings(kind) if one.moved}


def test_each_has_its_turn_then_the_best_gets_the_rest() -> None:
    """The rota runs by the order of the reports; who is out of the race has no turn any more."""
    auction = an_auction()
    served = earn(auction, 3_000, {"ada": 0.95, "bob": 0.5, "cy": 0.1})
    assert served[:6] == ["ada", "bob", "cy"] * 2
    assert set(served[-300:]) == {"ada"}
    first, *others = auction.standings()
    assert (first.seller, first.in_race, first.lots_won) == ("ada", True, served.count("ada"))
    assert not any(one.in_race for one in others)
    assert all(one.score_high < first.score_low for one in others)


def test_payment_and_hold_follow_from_the_report() -> None:
    """Paid is the report, or report + (ceiling - report) / μ where it was moved; that is the hold in both cases."""
    moved = set()
    for seed in range(20):
        auction = an_auction(seed=seed)
        lot = auction.choose()
        ada = next(one for one in auction.standings() if one.seller == "ada")
        assert lot.hold_micros == pytest.approx(300 + 700 / 0.2)
        assert lot.payment_micros == ada.payment_micros == (lot.hold_micros if ada.moved else 300)
        assert (ada.used_micros > ada.reported_micros) == ada.moved
        moved.add(ada.moved)
    assert moved == {False, True}


def test_a_race_per_kind() -> None:
    """What one kind earns says nothing of another, and its reports are moved by a draw of their own."""
    auction = an_auction()
    earn(auction, 1_200, {"ada": 0.95, "bob": 0.9, "cy": 0.1}, "classify")
    earn(auction, 1_200, {"ada": 0.1, "bob": 0.9, "cy": 0.95}, "extract")
    assert auction.standings("classify")[0].seller == "ada"
    assert auction.standings("extract")[0].seller == "cy"
    assert [moves(seed, "classify") for seed in range(9)] != [moves(seed, "extract") for seed in range(9)]


def test_the_same_arguments_and_rewards_lead_to_the_same_assignments() -> None:
    """Also from a copy that was saved and loaded in between."""
    qualities = {"ada": 0.8, "bob": 0.7, "cy": 0.6}
    first, second = an_auction(), an_auction()
    assert earn(first, 100, qualities) == earn(second, 100, qualities)
    loaded = pickle.loads(pickle.dumps(first))
    assert earn(loaded, 100, qualities) == earn(second, 100, qualities)
    assert loaded.standings() == second.standings()


def test_rewards_may_come_late_and_in_any_order() -> None:
    """Lots under way wait for theirs, and each teaches of its own seller."""
    auction = an_auction()
    lots = [auction.choose() for _ in range(6)]
    for lot in reversed(lots):
        auction.record(lot.decision_id, float(lot.seller == "bob"))
    bob = next(one for one in auction.standings() if one.seller == "bob")
    assert (bob.outcomes, bob.lots_won) == (2, 2)


def test_a_lone_seller_gets_every_lot() -> None:
    """There is nobody to learn against."""
    auction = LearningAuction({"ada": 300}, value_micros=0, ceiling_micros=300, horizon=5, seed=1)
    assert [auction.choose().seller for _ in range(5)] == ["ada"] * 5


@pytest.mark.parametrize("price", [0, -1, math.nan, math.inf, 1_000.1, None, "300"])
def test_a_report_is_a_price_up_to_the_ceiling(price: object) -> None:
    """Anything else is refused, and by whom it is."""
    with pytest.raises(InvalidRequest, match="seller bob: a reported price"):
        LearningAuction(
            {"ada": 300, "bob": price},  # type: ignore[dict-item]
            value_micros=2_000,
            ceiling_micros=1_000,
            horizon=10,
            seed=1,
        )


@pytest.mark.parametrize(
    "bad",
    [
        {"prices_micros": {}},
        {"prices_micros": [300, 450]},
        {"value_micros": -1},
        {"value_micros": math.nan},
        {"ceiling_micros": 0},
        {"ceiling_micros": math.inf},
        {"multiplier": -0.1},
        {"multiplier": math.nan},
        {"horizon": 0},
        {"horizon": 2.5},
        {"seed": -1},
        {"seed": None},
    ],
)
def test_terms_out_of_their_range_are_refused(bad: dict[str, object]) -> None:
    """Before anything is drawn."""
    terms: dict[str, object] = {
        "prices_micros": PRICES,
        "value_micros": 2_000,
        "ceiling_micros": 1_000,
        "horizon": 10,
        "seed": 1,
    }
    with pytest.raises(InvalidRequest):
        LearningAuction(**terms | bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("reward", [-0.1, 1.1, math.nan, math.inf, None, "1"])
def test_a_bad_reward_leaves_the_lot_waiting(reward: object) -> None:
    """It is refused and teaches nothing; the right one may still be told."""
    auction = an_auction()
    lot = auction.choose()
    before = auction.standings()
    with pytest.raises(InvalidRequest, match="a reward is a number from 0 to 1"):
        auction.record(lot.decision_id, reward)  # type: ignore[arg-type]
    assert auction.standings() == before
    auction.record(lot.decision_id, 1)


@pytest.mark.parametrize("unknown", [0, 2, -1, "1", None, 1.0, [1]])
def test_a_decision_never_made_is_unknown(unknown: object) -> None:
    """Ids count from 1."""
    auction = an_auction()
    auction.choose()
    with pytest.raises(UnknownRecord):
        auction.record(unknown, 0.5)  # type: ignore[arg-type]


def test_a_decision_is_recorded_once() -> None:
    """A second reward is refused."""
    auction = an_auction()
    lot = auction.choose()
    auction.record(lot.decision_id, 0.5)
    with pytest.raises(InvalidRequest, match="recorded before"):
        auction.record(lot.decision_id, 0.5)


def test_a_horizon_ends() -> None:
    """Its lots are of all kinds together; what is under way may still be told."""
    auction = an_auction(horizon=2)
    lots = [auction.choose("classify"), auction.choose("extract")]
    with pytest.raises(InvalidRequest, match="all 2 lots"):
        auction.choose("classify")
    for lot in lots:
        auction.record(lot.decision_id, 0.5)


def test_a_kind_is_a_text_that_was_met() -> None:
    """Others have no race."""
    auction = an_auction()
    with pytest.raises(InvalidRequest, match="a kind is a text"):
        auction.choose(5)  # type: ignore[arg-type]
    with pytest.raises(UnknownRecord, match="'draft'"):
        auction.standings("draft")
    assert auction.choose().decision_id == 1
