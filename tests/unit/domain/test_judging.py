"""Whose answers are judged, who may judge them, and what a score is worth."""

from __future__ import annotations

import pytest

from bidding.domain.errors import InvalidRequest
from bidding.domain.judging import JudgingTerms, judged_reward, leniency, may_judge, model_family
from bidding.domain.rewards import agreement, verdict_score
from bidding.domain.seats import DEFERRED, EngineName, PriceList, Seat

LOTS = [f"lot-{number}" for number in range(2_000)]


def test_a_sample_follows_from_the_lots() -> None:
    """The same lots are sampled every time, about the share that was asked for; a greater share samples them too."""
    tenth = {lot for lot in LOTS if JudgingTerms(rate=0.1).samples("t", lot)}
    third = {lot for lot in LOTS if JudgingTerms(rate=1 / 3).samples("t", lot)}
    assert tenth == {lot for lot in LOTS if JudgingTerms(rate=0.1).samples("t", lot)}
    assert tenth < third
    assert (len(tenth) / len(LOTS), len(third) / len(LOTS)) == (
        pytest.approx(0.1, abs=0.02),
        pytest.approx(1 / 3, abs=0.03),
    )


def test_nobody_is_judged_by_default_and_a_tenant_may_be() -> None:
    """A tenant's own rate takes the place of the installation's, in both directions."""
    assert not any(JudgingTerms().samples("t", lot) for lot in LOTS)
    terms = JudgingTerms(rate=1.0, tenants=(("spared", 0.0),))
    assert (terms.samples("t", "lot"), terms.samples("spared", "lot")) == (True, False)
    with pytest.raises(InvalidRequest, match="0 to 1"):
        JudgingTerms(tenants=(("t", 1.5),))


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("amazon.nova-micro-v1:0", "nova"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude"),
        ("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.meta.llama3-1-8b-instruct-v1:0", "llama"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama"),
        ("gpt-4o-mini", "gpt"),
        ("Qwen/Qwen2.5-7B", "qwen"),
        ("smollm2-135m", "smollm"),
        ("qwen2.5:7b", "qwen"),
        ("4o", "4o"),
    ],
)
def test_a_family_is_read_from_the_models_name(model: str, family: str) -> None:
    """Geography, maker, version and size do not hide whose model it is."""
    assert model_family(model) == family


def test_no_model_judges_its_own_family() -> None:
    """A sibling of another size is shut out like the model itself; a stranger is not."""
    assert not may_judge("amazon.nova-pro-v1:0", "eu.amazon.nova-micro-v1:0")
    assert may_judge("anthropic.claude-haiku-4-5-v1:0", "amazon.nova-micro-v1:0")


def test_leniency_is_taken_from_a_score() -> None:
    """A judge that finds all answers .3 better than others is believed to be so bit by bit, within [0, 1]."""
    pairs = [(0.9, 0.6)] * 90
    assert leniency([]) == 0.0
    assert leniency(pairs[:10]) == pytest.approx(0.15)
    assert judged_reward(0.9, pairs) == pytest.approx(0.9 - 0.27)
    assert (judged_reward(0.1, pairs), judged_reward(0.9, [(0.0, 1.0)] * 90)) == (0.0, 1.0)


def test_verdicts_agree_as_far_as_their_scores_do() -> None:
    """A person's verdict corrects a judge's by the distance of the mean scores."""

    def scored(score: float) -> dict[str, object]:
        return {name: {"reason": "so", "score": score} for name in ("correct", "complete", "apt")}

    assert verdict_score(scored(0.7)) == pytest.approx(0.7)  # type: ignore[arg-type]
    assert agreement("judge", scored(0.9), scored(0.4)) == pytest.approx(0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", sorted(DEFERRED))
def test_a_seat_that_answers_later_is_no_judge(engine: EngineName) -> None:
    """Nobody waits for a verdict as long as a person may take."""
    with pytest.raises(InvalidRequest, match="leave out kind judge"):
        Seat("s", engine, "m", frozenset({"judge"}), "on_host", PriceList())  # type: ignore[arg-type]
