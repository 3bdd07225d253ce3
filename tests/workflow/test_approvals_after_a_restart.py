"""What waits for a person outlives the process that asked."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bidding.domain.records import Task
from bidding.services.approvals import decide
from lambdas.environment import workflows
from schemas.terms import ApprovalTerms, TaskOptions
from stacks.local.cli import app
from stacks.local.stack import LocalStack
from tests.api.conftest import SCRIPT, TASK, scripted_seat

DOCUMENT = json.dumps(TASK).encode()
OPTIONS = TaskOptions(approval=ApprovalTerms())


@pytest.fixture
def opened(home: Path) -> Path:
    """A home with a task that awaits approval, whose process is gone."""
    script = home.parent / "script.json"
    script.write_text(json.dumps(SCRIPT))
    with LocalStack(home, seats=[scripted_seat()], script=script) as stack:
        report = stack.submit(DOCUMENT, "mail", OPTIONS)
        assert report.status == "awaiting_approval"
        assert [lot.approval for lot in report.lots] == [None, "pending"]
        again = stack.submit(DOCUMENT, "mail", OPTIONS)
        assert (again.status, again.task_id) == ("awaiting_approval", report.task_id)
    return home


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def tasks_of(stack: LocalStack) -> list[Task]:
    return stack.ledger.tasks(stack.tenant)


def test_a_decision_in_another_process_concludes(opened: Path) -> None:
    """`atomic approvals` lists what waits, and an edit concludes the task though nobody waits for it any more."""
    run = CliRunner().invoke
    listed = json.loads(run(app, ["approvals", "--home", str(opened), "--json"]).stdout)
    [waiting] = listed["open"]
    edited = run(app, ["approvals", "edit", waiting["approval_id"], "--body", "We open at ten.", "--home", str(opened)])
    assert edited.exit_code == 0, edited.output
    with LocalStack(opened, seats=[]) as stack:
        [task] = tasks_of(stack)
        assert task.status == "done"
        result = json.loads(stack.market.documents.get(task.result_key or ""))
        assert result["lots"][-1]["output"] == {"body": "We open at ten."}


def test_a_process_that_serves_waits_anew(opened: Path) -> None:
    """It starts an execution that resumes at the wait, and a decision lets that one go on."""
    with LocalStack(opened, seats=[]) as stack:
        [task] = tasks_of(stack)
        before = stack.ledger.wait_of(stack.tenant, task.task_id)
        with stack.minding():
            [approval] = stack.ledger.open_approvals(stack.tenant, 9)
            eventually(lambda: stack.ledger.wait_of(stack.tenant, task.task_id) != before)
            decide(stack.market, workflows(), stack.tenant, approval.approval_id, "approved", "ada")
            eventually(lambda: stack.ledger.task(stack.tenant, task.task_id).status == "done")
