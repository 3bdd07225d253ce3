"""The scripted engine plays its lines."""

import json
from pathlib import Path

import pytest

from bidding.adapters.scripted import Line, ScriptedEngine, Step, load_script
from bidding.domain.errors import EngineFailure, Misconfigured
from bidding.domain.usage import Usage
from tests.unit.engines.jobs import make_job, make_seat

SEAT = make_seat("scripted", "tiny", "draft")


def test_steps_are_played_in_order_and_the_last_repeats() -> None:
    """A seat's calls get its steps one by one."""
    engine = ScriptedEngine([Line("tiny", "draft", (Step("a"), Step("b")))])
    assert [engine.answer(SEAT, make_job("draft")).text for _ in range(3)] == ["a", "b", "b"]
    assert [call.job.kind for call in engine.calls] == ["draft"] * 3


def test_a_line_for_the_part_and_the_seat_goes_before_a_general_one() -> None:
    """The most specific line is played."""
    engine = ScriptedEngine(
        [
            Line("tiny", "draft", (Step("general"),)),
            Line(SEAT.seat_id, "draft", (Step("for the seat"),)),
            Line("tiny", "draft", (Step("for the part"),), part="body"),
        ]
    )
    assert engine.answer(SEAT, make_job("draft")).text == "for the part"


def test_a_scripted_failure_has_its_reason_and_usage() -> None:
    """Failures are typed like those of a real engine."""
    step = Step(failure="throttled", started=False, usage=Usage(3, 0))
    with pytest.raises(EngineFailure) as raised:
        ScriptedEngine([Line("tiny", "draft", (step,))]).answer(SEAT, make_job("draft"))
    assert (raised.value.reason, raised.value.started, raised.value.usage) == ("throttled", False, Usage(3, 0))


@pytest.mark.parametrize("step", [Step(hang=True), Step("late", latency_ms=2_000)])
def test_a_hang_ends_at_the_time_out(step: Step) -> None:
    """A step that takes too long sleeps until the job's time-out and is too slow."""
    slept: list[float] = []
    engine = ScriptedEngine([Line("tiny", "draft", (step,))], sleep=slept.append)
    with pytest.raises(EngineFailure, match="too_slow"):
        engine.answer(SEAT, make_job("draft", timeout_ms=1_500))
    assert slept == [1.5]


def test_a_missing_line_is_a_mistake_of_the_script() -> None:
    """Nothing is answered by accident."""
    with pytest.raises(Misconfigured, match="no line"):
        ScriptedEngine([]).answer(SEAT, make_job("draft"))


def test_a_script_is_read_from_json(tmp_path: Path) -> None:
    """A file may write an answer as the object that it stands for."""
    path = tmp_path / "script.json"
    steps = [{"text": {"body": "Grüße"}, "usage": {"input_tokens": 1, "output_tokens": 2}}, {"failure": "invalid"}]
    path.write_text(json.dumps([{"seat": "tiny", "kind": "draft", "steps": steps}]))
    assert load_script(path) == [
        Line("tiny", "draft", (Step('{"body": "Grüße"}', usage=Usage(1, 2)), Step(failure="invalid")))
    ]


@pytest.mark.parametrize("text", ["", "[{}]", '[{"seat": "a", "kind": "b", "steps": [{"txt": 1}]}]'])
def test_a_wrong_script_is_misconfigured(tmp_path: Path, text: str) -> None:
    """A script that cannot be read is reported with its path."""
    path = tmp_path / "script.json"
    path.write_text(text)
    with pytest.raises(Misconfigured, match=r"script\.json"):
        load_script(path)
