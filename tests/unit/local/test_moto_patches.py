"""The patched interpreter behaves like Step Functions where stock moto does not."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.local.aws import moto_patches
from stacks.local.aws.moto_patches import executions, guard, jsonata_engine
from stacks.local.aws.runtime import LocalRuntime, Result
from stacks.local.errors import InvalidDefinition, MotoChanged

_NASTY = 'say "hi"\n\\back\t{% $x %} \u2028 größer 🦉 \' $states.input'


class Throttled(Exception):
    """A transient error of a provider."""


class Broken(Exception):
    """A lasting error of a handler."""


class Recorder:
    """Handlers of the tests, with what they saw."""

    def __init__(self) -> None:
        self.calls = 0
        self.at_once = 0
        self.at_once_max = 0
        self._lock = threading.Lock()

    def echo(self, event: Any, _: Any) -> Any:
        """Return the event."""
        return event

    def flaky(self, event: Any, _: Any) -> Any:
        """Fail twice, then succeed."""
        self.calls += 1
        if self.calls < 3:
            raise Throttled("slow down")
        return {"calls": self.calls}

    def broken(self, event: Any, _: Any) -> Any:
        """Fail always."""
        raise Broken(_NASTY)

    def slow(self, event: Any, _: Any) -> Any:
        """Outlast a time-out of one second."""
        time.sleep(1.5)

    def counted(self, event: Any, _: Any) -> Any:
        """Note how many calls overlap."""
        with self._lock:
            self.at_once += 1
            self.at_once_max = max(self.at_once_max, self.at_once)
        time.sleep(0.03)
        with self._lock:
            self.at_once -= 1
        return event


@pytest.fixture
def recorder() -> Recorder:
    """Fresh handlers."""
    return Recorder()


@pytest.fixture
def runtime(tmp_path: Path, recorder: Recorder) -> Iterator[LocalRuntime]:
    """A runtime with the handlers of the recorder."""
    handlers = {name: getattr(recorder, name) for name in ("echo", "flaky", "broken", "slow", "counted")}
    with LocalRuntime(tmp_path, handlers) as opened:
        yield opened


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    """A Task that hands its input to a function and yields what it returns."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def definition(**states: Any) -> str:
    """A JSONata definition that starts at the first of its states."""
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})


def outcome(runtime: LocalRuntime, text: str, payload: Any) -> Result:
    """Create a machine and run it once."""
    runtime.create("machine", text)
    return runtime.run("machine", payload, timeout=20)


def succeeded(output: Any) -> Result:
    """The result of an execution that yielded `output`."""
    return Result("SUCCEEDED", output, None, None)


def test_any_string_passes_through_expressions_unchanged(runtime: LocalRuntime) -> None:
    """Quotes, line breaks, expression syntax and emoji survive variables, arguments and outputs."""
    text = definition(
        Keep={"Type": "Pass", "Assign": {"kept": "{% $states.input.text %}"}, "Next": "Send"},
        Send=invoke("echo", Output={"sent": "{% $states.result.Payload.text %}", "kept": "{% $kept & '!' %}"}),
    )
    assert outcome(runtime, text, {"text": _NASTY}) == succeeded({"sent": _NASTY, "kept": _NASTY + "!"})


def test_null_and_missing_members_differ(runtime: LocalRuntime) -> None:
    """Null is a value that an expression may return; a missing member is an evaluation error."""
    text = definition(Pick={"Type": "Pass", "Output": "{% $states.input.value %}", "End": True})
    assert outcome(runtime, text, {"value": None}) == succeeded(None)
    missing = runtime.run("machine", {}, timeout=20)
    assert (missing.status, missing.error) == ("FAILED", "States.QueryEvaluationError")


@pytest.mark.parametrize(("amount", "expected"), [(5, "small"), (500, "large")])
def test_choice_takes_the_rule_or_the_default(runtime: LocalRuntime, amount: int, expected: str) -> None:
    """A Choice follows the first rule that holds, else its Default."""
    text = definition(
        Choose={
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.amount > 100 %}", "Next": "Large"}],
            "Default": "Small",
        },
        Large={"Type": "Pass", "Output": "large", "End": True},
        Small={"Type": "Pass", "Output": "small", "End": True},
    )
    assert outcome(runtime, text, {"amount": amount}) == succeeded(expected)


def test_choice_without_a_match_has_its_own_error(runtime: LocalRuntime) -> None:
    """A Choice without Default fails as States.NoChoiceMatched when no rule holds."""
    text = definition(
        Choose={"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Never"}]},
        Never={"Type": "Succeed"},
    )
    assert outcome(runtime, text, {}).error == "States.NoChoiceMatched"


def test_map_respects_its_concurrency(runtime: LocalRuntime, recorder: Recorder) -> None:
    """An inline Map keeps the order of its items and runs at most MaxConcurrency of them at once."""
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Count", "States": {"Count": invoke("counted")}}
    text = definition(
        Each={
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "MaxConcurrency": 3,
            "ItemProcessor": processor,
            "End": True,
        }
    )
    assert outcome(runtime, text, {"items": list(range(9))}) == succeeded(list(range(9)))
    assert recorder.at_once_max == 3


def test_retry_by_class_name_of_the_exception(runtime: LocalRuntime, recorder: Recorder) -> None:
    """A handler's exception is retried under its class name, and each execution counts its attempts anew."""
    retry = [{"ErrorEquals": ["Throttled"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}]
    text = definition(Try=invoke("flaky", Retry=retry))
    assert outcome(runtime, text, {}) == succeeded({"calls": 3})
    recorder.calls = 0
    assert runtime.run("machine", {}, timeout=20) == succeeded({"calls": 3})


def test_catch_hands_over_error_and_cause(runtime: LocalRuntime) -> None:
    """A Catch receives the class name and, within the cause, the message of the exception."""
    catch = [{"ErrorEquals": ["Broken"], "Next": "Explain", "Output": "{% $states.errorOutput %}"}]
    told = "{% $states.input.Error & ': ' & $parse($states.input.Cause).errorMessage %}"
    text = definition(Try=invoke("broken", Catch=catch), Explain={"Type": "Pass", "Output": told, "End": True})
    assert outcome(runtime, text, {}) == succeeded(f"Broken: {_NASTY}")


def test_task_times_out(runtime: LocalRuntime) -> None:
    """A Task that outlasts TimeoutSeconds fails as States.Timeout without waiting for its handler."""
    result = outcome(runtime, definition(Wait=invoke("slow", TimeoutSeconds=1)), {})
    assert (result.status, result.error) == ("FAILED", "States.Timeout")


def test_rejected_definition_leaves_the_next_alone(runtime: LocalRuntime) -> None:
    """After a definition that the interpreter refuses half-way, a good JSONPath one still runs."""
    with pytest.raises(InvalidDefinition):
        runtime.create("bad", definition(Fetch=invoke("echo", ResultPath="$.x")))
    text = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": {"ok": True}, "End": True}}})
    assert outcome(runtime, text, {}) == succeeded({"ok": True})


def test_shared_definition_keeps_executions_apart(runtime: LocalRuntime) -> None:
    """Executions that run one parsed definition at once each see their own input and variables."""
    text = definition(
        Keep={"Type": "Pass", "Assign": {"kept": "{% $states.input.n %}"}, "Next": "Send"},
        Send=invoke("counted", Output="{% [$states.result.Payload.n, $kept] %}"),
    )
    runtime.create("machine", text)
    started = [runtime.start("machine", {"n": n}) for n in range(12)]
    assert [runtime.wait(arn, 20).output for arn in started] == [[n, n] for n in range(12)]


def test_finished_executions_are_forgotten_in_the_end(runtime: LocalRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the latest finished executions stay known, and one that was not awaited yet still has its result."""
    monkeypatch.setattr(executions, "FINISHED_KEPT_PER_MACHINE", 2)
    runtime.create("machine", definition(Done={"Type": "Pass", "End": True}))
    unclaimed = runtime.start("machine", "first")
    for number in range(4):
        runtime.run("machine", number, timeout=20)
    assert runtime.wait(unclaimed, 20) == succeeded("first")


def test_engine_has_the_functions_of_aws() -> None:
    """Partition, range, hash and parse work as Step Functions documents them."""
    source = "{'p': $partition([1..5], 2), 'r': $range(1, 10, 4), 'h': $hash('a', 'SHA-256'), 'j': $parse('[1]')}"
    assert jsonata_engine.evaluate(source, {}) == {
        "p": [[1, 2], [3, 4], [5]],
        "r": [1, 5, 9],
        "h": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "j": [1],
    }


def test_engine_never_changes_what_it_reads() -> None:
    """The transform operator and a changed result leave the bound value as it was."""
    bound = {"a": {"b": [1, None]}}
    result = jsonata_engine.evaluate("$v ~> |a|{'b': $append(b, 2)}|", {"v": bound})
    result["a"]["b"].append(3)
    assert bound == {"a": {"b": [1, None]}}


def test_engine_refuses_what_is_not_json() -> None:
    """A function as the result of an expression is an error."""
    with pytest.raises(jsonata_engine.JsonataError):
        jsonata_engine.evaluate("function($x){$x}", {})


def test_changed_target_is_refused_by_name() -> None:
    """A patch whose target reads differently stops with moto's version and the target's name."""
    with pytest.raises(MotoChanged, match=r"moto 5\.\d.*Recorder\.echo reads differently"):
        guard.replace(Recorder, "echo", Recorder.slow, fingerprint="000000000000")


def test_apply_is_idempotent() -> None:
    """Applying the patches again changes nothing, although their targets no longer read as in stock moto."""
    moto_patches.apply()
    moto_patches.apply()
