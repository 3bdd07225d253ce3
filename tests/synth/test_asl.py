"""The definitions of the state machines, by our own rules."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bidding.domain.seats import DEFERRED_TIMEOUT_MS_MAX
from stacks.local.machines import snake

from .asl import Json, problems, reference, tasks, waits_for_token
from .services import workflow_calls
from .template import ROOT, definition_files

GOOD = {
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 60,
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "TimeoutSeconds": 10,
            "Retry": [{"ErrorEquals": ["LedgerUnavailable"], "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["NoAward"], "Next": "Over"}, {"ErrorEquals": ["States.ALL"], "Next": "Over"}],
            "Next": "Enough",
        },
        "Enough": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Over"}], "Default": "Over"},
        "Over": {"Type": "Succeed"},
    },
}


@pytest.mark.parametrize("path", definition_files(), ids=lambda path: path.stem)
def test_a_definition_keeps_our_rules(path: Path) -> None:
    """Every Task has a time-out, named retries with jitter and a last catch, and every state is reached."""
    assert problems(json.loads(path.read_text())) == []


@pytest.mark.parametrize("path", definition_files(), ids=lambda path: path.stem)
def test_a_task_ends_before_its_machine(path: Path) -> None:
    """The time-out of a Task leaves its machine time to compensate, unless the Task waits for another machine.

    A wait for a token is as long as its input says.
    """
    definition = json.loads(path.read_text())
    timed = {name: task for name, task in tasks(definition).items() if not waits_for_token(task)}
    late = [name for name, task in timed.items() if task["TimeoutSeconds"] >= definition["TimeoutSeconds"]]
    assert late == []


def test_a_child_ends_before_the_task_that_waits_for_it() -> None:
    """The machine that runs a lot gives up before its caller does, so that the caller hears why."""
    read = {path.name: json.loads(path.read_text()) for path in definition_files()}
    waits = tasks(read["process_task.asl.json"])["RunLot"]["TimeoutSeconds"]
    assert read["run_lot.asl.json"]["TimeoutSeconds"] < waits <= 300


def test_a_batch_waits_as_long_as_a_task_may_take() -> None:
    """A task whose lot is deferred for all its rounds is done in its machine's time, and a batch waits for it."""
    read = {path.name.removesuffix(".asl.json"): json.loads(path.read_text()) for path in definition_files()}
    task, batch = read["process_task"]["TimeoutSeconds"], read["process_batch"]["TimeoutSeconds"]
    waits = tasks(read["process_batch"])["ProcessTask"]["TimeoutSeconds"]

    assert 3 * DEFERRED_TIMEOUT_MS_MAX / 1_000 < task < waits
    assert batch >= 7 * waits


@pytest.mark.parametrize("path", definition_files(), ids=lambda path: path.stem)
def test_only_who_starts_or_wakes_machines_is_retried_where_their_service_is_away(path: Path) -> None:
    """A retry names WorkflowsUnavailable only where the function behind the Task can meet it, as the API can."""
    assert workflow_calls("api")
    for name, task in tasks(json.loads(path.read_text())).items():
        retried = {error for retry in task["Retry"] for error in retry["ErrorEquals"]}
        if "FunctionName" in task["Arguments"]:
            assert ("WorkflowsUnavailable" in retried) <= bool(workflow_calls(snake(reference(task)))), name


@pytest.mark.parametrize("path", definition_files(), ids=lambda path: path.stem)
def test_a_task_calls_something_by_a_name_that_has_a_file(path: Path) -> None:
    """A name in a definition is that of a module in lambdas/ or of another definition."""
    called = {reference(task) for task in tasks(json.loads(path.read_text())).values()}
    known = {_camel(path.stem) for path in (ROOT / "lambdas").glob("*.py")}
    known |= {_camel(path.name.removesuffix(".asl.json")) for path in definition_files()}
    assert called <= known


def _with(change: Callable[[Json], object]) -> Json:
    definition = copy.deepcopy(GOOD)
    change(definition)
    return definition


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda it: it.pop("QueryLanguage"), "the machine is not written in JSONata"),
        (lambda it: it.pop("TimeoutSeconds"), "the machine has no TimeoutSeconds"),
        (lambda it: it["States"]["Work"].pop("TimeoutSeconds"), "Work: a Task without TimeoutSeconds"),
        (lambda it: it["States"]["Work"].pop("Retry"), "Work: a Task without Retry"),
        (lambda it: it["States"]["Work"].pop("Catch"), "Work: a Task without Catch"),
        (lambda it: it["States"]["Work"]["Catch"].reverse(), "Work: States.ALL hides the Catch after it"),
        (lambda it: it["States"]["Work"]["Catch"].pop(), "Work: its last Catch is not States.ALL alone"),
        (lambda it: it["States"]["Work"].update(Next="Lost"), "Lost is led to, and is not defined"),
        (lambda it: it["States"]["Work"].pop("Next"), "Work: ways on: []"),
        (lambda it: it["States"]["Work"]["Retry"][0].pop("JitterStrategy"), "Work: retries without jitter"),
        (lambda it: it["States"].update(Alone={"Type": "Succeed"}), "Alone is never reached"),
        (lambda it: it["States"]["Enough"].pop("Default"), "Enough: a Choice without Default"),
        (lambda it: it.update(StartAt="Nowhere"), "Nowhere is led to, and is not defined"),
    ],
)
def test_the_lint_finds_a_seeded_fault(change: Callable[[Json], object], expected: str) -> None:
    """Each fault put into a good definition is named."""
    assert problems(GOOD) == []
    assert expected in problems(_with(change))


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
