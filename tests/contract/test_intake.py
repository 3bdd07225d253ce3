"""Submissions and pages of tasks, on every ledger."""

import uuid
from dataclasses import replace

import pytest

from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import TaskId, TenantId
from bidding.ports.desk import Submission
from tests.ledger_samples import NOW, World


def a_submission(key: str | None = None) -> Submission:
    return Submission(str(uuid.uuid4()), key, b"\x01" * 32, "tenants/t/submissions/x")


def test_a_submission_is_told_its_task(world: World) -> None:
    """It is kept as it came, and the first task that it became stands."""
    ledger, tenant = world.ledger, world.tenant
    submission = ledger.put_submission(tenant, a_submission(), NOW)
    first, second = (world.lots(key=key)[0].task_id for key in ("one", "two"))
    ledger.link_submission(tenant, submission.submission_id, first)
    ledger.link_submission(tenant, submission.submission_id, second)

    assert ledger.submission(tenant, submission.submission_id) == replace(submission, task_id=first)


def test_an_idempotency_key_is_one_submission(world: World) -> None:
    """A key that comes again gets the submission that stands; another tenant's key is another key."""
    ledger, tenant = world.ledger, world.tenant
    first = ledger.put_submission(tenant, a_submission("k"), NOW)

    assert ledger.put_submission(tenant, a_submission("k"), NOW) == first
    assert ledger.put_submission(TenantId(f"{tenant}-other"), a_submission("k"), NOW) != first
    assert ledger.put_submission(tenant, a_submission(), NOW) != ledger.put_submission(tenant, a_submission(), NOW)


def test_an_unknown_submission(world: World) -> None:
    """One that nobody handed in is said to be unknown, to be read and to be linked."""
    with pytest.raises(UnknownRecord):
        world.ledger.submission(world.tenant, str(uuid.uuid4()))
    with pytest.raises(UnknownRecord):
        world.ledger.link_submission(world.tenant, str(uuid.uuid4()), world.lots()[0].task_id)


def test_tasks_page_by_page(world: World) -> None:
    """Pages follow each other newest first, without a gap or a repeat, of all tasks or of one status."""
    ledger, tenant = world.ledger, world.tenant
    tasks = [ledger.claim_task(tenant, f"k{n}", "s", "d", "o", NOW + n, 1_000).task_id for n in range(5)]
    ledger.finish_task(tenant, tasks[1], "done", None, None)
    seen: list[TaskId] = []
    before = None
    while page := ledger.recent_tasks(tenant, 2, before):
        seen += [task.task_id for task in page]
        before = seen[-1]

    assert seen == tasks[::-1]
    assert [task.task_id for task in ledger.recent_tasks(tenant, 9, status="done")] == [tasks[1]]
