"""Drafts that wait for a person, on a real ledger and real state machines."""

import time
import uuid
from typing import Any

import pytest

from stacks.local.stack import LocalStack
from tests.api.conftest import TASK, settled
from tests.api.requests import Client

MEMBER = Client()
EDIT = {"body": "The shop opens at ten, not at nine. Kind regards"}


def asked(terms: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """A task whose draft waits, and its approval."""
    task = TASK | {"text": f"When does the shop open? {uuid.uuid4()}"}
    body = {"task": task, "options": {"approval": terms or {}}}
    submission = MEMBER.call("POST", "/tasks", body)
    assert submission.status == 202, submission.body
    task_id = settled(MEMBER, submission.body["submission_id"])
    waiting = MEMBER.call("GET", "/approvals").body["open"]
    return task_id, next((each for each in waiting if each["task_id"] == task_id), {})


def ended(task_id: str) -> dict[str, Any]:
    """The task once it awaits nobody any more."""
    for _ in range(600):
        shown: dict[str, Any] = MEMBER.call("GET", f"/tasks/{task_id}").body
        if shown["status"] not in {"awaiting_approval", "running"}:
            return shown
        time.sleep(0.05)
    raise TimeoutError(f"task {task_id} did not end")


def draft_of(task: dict[str, Any]) -> dict[str, Any]:
    return next(lot for lot in task["result"]["lots"] if lot["kind"] == "draft")


def test_a_draft_waits_until_it_is_approved(stack: LocalStack) -> None:
    """The task awaits approval with its draft to be seen; approved, it is done, and the draft is a demonstration."""
    task_id, approval = asked()
    waiting = MEMBER.call("GET", f"/tasks/{task_id}").body
    assert waiting["status"] == "awaiting_approval"
    assert draft_of(waiting)["approval"] == "pending"
    assert (approval["because"], approval["category"], approval["overdue"]) == ("kind", "draft question", False)
    assert approval["output"]["body"].startswith("The shop opens")

    path = f"/approvals/{approval['approval_id']}"
    assert MEMBER.call("POST", path, {"verdict": "approved"}).body["verdict"] == "approved"
    done = ended(task_id)
    assert (done["status"], draft_of(done)["approval"]) == ("done", "approved")
    [shown] = stack.ledger.demonstrations(stack.tenant, [approval["lot_id"]])
    assert (shown.source, shown.output) == ("human", approval["output"])


def test_an_edit_is_feedback_and_a_demonstration(stack: LocalStack) -> None:
    """The edit takes the answer's place in the result, judges the answer, and is shown to later lots."""
    task_id, approval = asked()
    path = f"/approvals/{approval['approval_id']}"
    wrong = MEMBER.call("POST", path, {"verdict": "edited", "output": {"text": "no such field"}})
    assert wrong.status == 422
    assert MEMBER.call("POST", path, {"verdict": "edited", "output": EDIT}).body["output"] == EDIT
    done = ended(task_id)
    assert (draft_of(done)["approval"], draft_of(done)["output"]) == ("edited", EDIT)
    judged = MEMBER.call("GET", f"/lots/{approval['lot_id']}").body["rounds"][-1]["outcomes"][-1]
    assert judged["source"] == "human"
    assert 0 < judged["parts"]["agreement"] < 1
    [shown] = stack.ledger.demonstrations(stack.tenant, [approval["lot_id"]])
    assert shown.output == EDIT


def test_a_rejected_draft_is_left_out(stack: LocalStack) -> None:
    """It is not in the result, earns nothing, and the first verdict stands."""
    task_id, approval = asked()
    path = f"/approvals/{approval['approval_id']}"
    assert MEMBER.call("POST", path, {"verdict": "rejected"}).status == 200
    assert MEMBER.call("POST", path, {"verdict": "rejected"}).status == 200
    assert MEMBER.call("POST", path, {"verdict": "approved"}).status == 409
    done = ended(task_id)
    assert (done["status"], done["reason"], draft_of(done)["output"]) == ("done", "draft body: rejected", None)


def test_low_confidence_waits_too(stack: LocalStack) -> None:
    """An answer less sure than the floor waits, whatever its kind; the task is done when the last one is decided."""
    task_id, _ = asked({"kinds": [], "confidence_floor": 0.95})
    waiting = [each for each in MEMBER.call("GET", "/approvals").body["open"] if each["task_id"] == task_id]
    assert {(each["kind"], each["because"]) for each in waiting} == {
        ("classify", "low_confidence"),
        ("draft", "low_confidence"),
    }
    for each in waiting:
        assert MEMBER.call("GET", f"/tasks/{task_id}").body["status"] == "awaiting_approval"
        MEMBER.call("POST", f"/approvals/{each['approval_id']}", {"verdict": "approved"})
    assert ended(task_id)["status"] == "done"


def test_what_nobody_decides_expires(stack: LocalStack) -> None:
    """It becomes overdue, then expires: the task is done without it, and it can be decided no more."""
    task_id, approval = asked({"escalate_s": 1, "expire_s": 5})
    while not (shown := MEMBER.call("GET", f"/approvals/{approval['approval_id']}").body)["overdue"]:
        assert shown["verdict"] is None
        time.sleep(0.05)
    assert shown["verdict"] is None
    done = ended(task_id)
    assert (draft_of(done)["approval"], draft_of(done)["output"]) == ("expired", None)
    assert MEMBER.call("POST", f"/approvals/{approval['approval_id']}", {"verdict": "approved"}).status == 409


def test_autonomy_is_earned_and_lost(stack: LocalStack) -> None:
    """After enough approvals in a row nobody is asked; a bad word about such an answer ends that, visibly."""
    terms = {"autonomy_after": 2}
    MEMBER.call("POST", f"/approvals/{asked(terms)[1]['approval_id']}", {"verdict": "rejected"})
    for _ in range(2):
        MEMBER.call("POST", f"/approvals/{asked(terms)[1]['approval_id']}", {"verdict": "approved"})
    task_id, nothing = asked(terms)
    assert nothing == {}
    done = ended(task_id)
    assert (done["status"], draft_of(done)["approval"]) == ("done", "autonomous")
    [before] = MEMBER.call("GET", "/approvals").body["autonomy"][-1:]
    assert (before["category"], before["streak"]) == ("draft question", 2)

    MEMBER.call("POST", f"/lots/{draft_of(done)['lot_id']}/feedback", {"reward": 0.1})
    [after] = MEMBER.call("GET", "/approvals").body["autonomy"][-1:]
    assert (after["streak"], after["lost_ms"] > before["lost_ms"]) == (0, True)
    task_id, approval = asked(terms)
    assert approval["category"] == "draft question"
    MEMBER.call("POST", f"/approvals/{approval['approval_id']}", {"verdict": "approved"})
    assert ended(task_id)["status"] == "done"


@pytest.mark.parametrize("body", [{"verdict": "edited"}, {"verdict": "approved", "output": EDIT}, {"verdict": "maybe"}])
def test_a_decision_says_what_it_means(stack: LocalStack, body: dict[str, Any]) -> None:
    """An edit without an answer, an answer without an edit, and other words are refused."""
    assert MEMBER.call("POST", f"/approvals/{uuid.uuid4()}", body).status == 422
