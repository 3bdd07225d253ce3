"""The classifier learns from what it is shown."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from bidding.adapters.classifier import ClassifierEngine
from bidding.adapters.embeddings import MiniLmEmbedder, missing_package
from bidding.domain.errors import EngineFailure
from tests.unit.engines.jobs import MAIL, make_demonstration, make_job, make_seat

SEAT = make_seat("classifier", "minilm", "classify")


class PlaneEmbedder:
    """Texts as directions in a plane, by their first word that has one."""

    def __init__(self, degrees: dict[str, float]) -> None:
        self._degrees = degrees

    def embed(self, text: str) -> tuple[float, ...]:
        """The unit vector of the text's direction; empty where no word has one."""
        angle = next((angle for word, angle in self._degrees.items() if text.startswith(word)), None)
        return () if angle is None else (math.cos(math.radians(angle)), math.sin(math.radians(angle)))


EMBEDDER = PlaneEmbedder({"billing": 0, "support": 120, "scheduling": 240, "Charged": 50})


def _answer(*shown: tuple[str, tuple[float, ...]]) -> dict[str, object]:
    demonstrations = tuple(
        make_demonstration(label, {"label": label, "confidence": 1.0}, embedding) for label, embedding in shown
    )
    answer = ClassifierEngine(EMBEDDER).answer(SEAT, make_job("classify", demonstrations=demonstrations))
    return dict(json.loads(answer.text))


def test_without_examples_the_nearest_description_wins() -> None:
    """A cold classifier goes by what the labels mean."""
    assert _answer()["label"] == "billing"


def test_a_near_example_outweighs_descriptions() -> None:
    """A verified lot close to this one decides."""
    assert _answer(("support", EMBEDDER.embed("Charged")))["label"] == "support"


def test_examples_without_a_known_label_or_an_embedding_are_passed_over() -> None:
    """A demonstration of another label set, or without a vector, changes nothing."""
    assert _answer(("gardening", EMBEDDER.embed("Charged")), ("support", ())) == _answer()


def test_it_tells_the_chance_of_every_label() -> None:
    """Whether to abstain is not its own to decide: the chances of all labels go with the answer."""
    alike = replace(MAIL, labels=tuple(replace(label, name=f"same {label.name}") for label in MAIL.labels))
    answer = ClassifierEngine(PlaneEmbedder({"same": 0, "Charged": 90})).answer(SEAT, make_job("classify", alike))
    names = ("same billing", "same support", "same scheduling")
    assert answer.label_chances == pytest.approx(dict.fromkeys(names, 1 / 3))


def test_a_regression_follows_the_examples_too() -> None:
    """The logistic variant learns from the same examples: enough of them outweigh a description."""
    seat = make_seat("classifier", "minilm-logistic", "classify")
    shown = tuple(
        make_demonstration(str(number), {"label": "support"}, EMBEDDER.embed("Charged")) for number in range(8)
    )
    cold = ClassifierEngine(EMBEDDER).answer(seat, make_job("classify"))
    taught = ClassifierEngine(EMBEDDER).answer(seat, make_job("classify", demonstrations=shown))
    assert [json.loads(answer.text)["label"] for answer in (cold, taught)] == ["billing", "support"]


def test_without_an_embedder_it_says_so() -> None:
    """No vectors, no answer: the failure is typed and nothing was started."""
    with pytest.raises(EngineFailure, match="unavailable") as raised:
        ClassifierEngine(PlaneEmbedder({})).answer(SEAT, make_job("classify"))
    assert raised.value.started is False


@pytest.mark.parametrize("labels", [(), MAIL.labels])
def test_only_classification_with_labels_is_served(labels: tuple[()]) -> None:
    """Another kind, or no labels to choose from, is refused."""
    job = make_job("classify" if not labels else "draft", replace(MAIL, labels=labels))
    with pytest.raises(EngineFailure, match="refused"):
        ClassifierEngine(EMBEDDER).answer(SEAT, job)


@pytest.mark.skipif(missing_package() is not None, reason="needs the local extra")
@pytest.mark.parametrize("text", ["Charged twice", "", "x" * 100_000, "\ud800", "日本語"])
def test_embeddings_have_unit_length_for_any_text(text: str) -> None:
    """Empty, endless and broken text has a vector like any other."""
    vector = MiniLmEmbedder().embed(text)
    assert (len(vector), math.hypot(*vector)) == (384, pytest.approx(1.0, abs=1e-5))


@pytest.mark.skipif(missing_package() is not None, reason="needs the local extra")
def test_embeddings_are_near_for_near_meanings() -> None:
    """Two ways to say one thing are closer than two things."""
    embed = MiniLmEmbedder().embed
    paid, charged, meeting = (
        embed("I was billed twice"),
        embed("my card got charged two times"),
        embed("see you Monday"),
    )
    assert np.dot(paid, charged) > np.dot(paid, meeting)
