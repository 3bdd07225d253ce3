"""Chances that can be believed, from those a model gives."""

import numpy as np
import pytest

from bidding.domain.calibration import calibrated, decide
from bidding.domain.weighed_lots import ABSTAINED_REWARD, WeighedLot

LABELS = ("a", "b", "c")


def _said(rng: np.random.Generator, right: str, tilt: float, sharpness: float) -> WeighedLot:
    """A model that leans to `a` whatever the text, and knows a little."""
    logits = np.array([tilt, 0.0, 0.0]) + rng.normal(size=3) * 0.6
    logits[LABELS.index(right)] += 1.0
    weights = np.exp(sharpness * logits)
    return WeighedLot(dict(zip(LABELS, (weights / weights.sum()).tolist(), strict=True)), right)


def test_without_a_record_chances_stay() -> None:
    """Nothing known, nothing changed."""
    chances = {"a": 0.7, "b": 0.2, "c": 0.1}
    assert calibrated(chances, []) == pytest.approx(chances)


def test_a_leaning_is_taken_out_before_any_label_is_known() -> None:
    """A model that always says `a` means less by it each time; nobody had to tell what was right."""
    usual = WeighedLot({"a": 0.8, "b": 0.1, "c": 0.1}, None)
    believed = calibrated({"a": 0.6, "b": 0.3, "c": 0.1}, [usual] * 50)
    assert max(believed, key=lambda label: believed[label]) == "b"


def test_verified_lots_make_chances_honest_and_labels_better() -> None:
    """On lots to come the Brier score of the best label falls, and more of them are right than before."""
    rng = np.random.default_rng(7)
    truth = [LABELS[index] for index in rng.integers(0, 3, size=400)]
    lots = [_said(rng, right, tilt=2.5, sharpness=4.0) for right in truth]
    past, coming = lots[:200], lots[200:]

    def score(believe: object) -> tuple[float, float]:
        right, brier = 0, 0.0
        for lot in coming:
            chances = calibrated(lot.chances, past) if believe else dict(lot.chances)
            best = max(chances, key=lambda label: chances[label])
            right += best == lot.right
            brier += (chances[best] - (best == lot.right)) ** 2
        return right / len(coming), brier / len(coming)

    (right_before, brier_before), (right_after, brier_after) = score(None), score(past)
    assert right_after > right_before + 0.15
    assert brier_after < 0.6 * brier_before


def test_a_few_lots_change_little() -> None:
    """One surprise is no proof."""
    chances = {"a": 0.6, "b": 0.3, "c": 0.1}
    believed = calibrated(chances, [WeighedLot({"a": 0.6, "b": 0.3, "c": 0.1}, "b")])
    assert max(believed, key=lambda label: believed[label]) == "a"


def test_lots_with_other_labels_teach_nothing() -> None:
    """A record belongs to its labels."""
    chances = {"a": 0.6, "b": 0.4}
    assert calibrated(chances, [WeighedLot({"x": 0.9, "y": 0.1}, "y")] * 30) == pytest.approx(chances)


def test_a_hundred_labels_and_impossible_ones_are_no_trouble() -> None:
    """Chances of 0 count as very small, and what comes out adds up to 1."""
    labels = [f"label {number}" for number in range(100)]
    past = [WeighedLot({label: float(label == labels[row % 7]) for label in labels}, labels[row]) for row in range(90)]
    believed = calibrated(dict.fromkeys(labels, 0.0), past)
    assert sum(believed.values()) == pytest.approx(1.0)
    assert min(believed.values()) > 0.0


def test_who_is_less_sure_than_abstaining_earns_abstains() -> None:
    """Below the reward of an abstention no label is given, and the confidence is told."""
    sure, unsure = {"a": 0.5, "b": 0.5}, {str(number): 0.1 for number in range(10)}
    assert decide(sure, []).label == "a"
    assert decide(unsure, []).label is None
    assert decide(unsure, []).confidence == pytest.approx(0.1)
    assert pytest.approx(0.2) == ABSTAINED_REWARD
