"""Approvals, their decisions and who waits for them, on every ledger."""

import uuid
from dataclasses import replace

import pytest

from bidding.domain import ids
from bidding.domain.approvals import Approval, Autonomy, Verdict, Wait
from bidding.domain.errors import UnknownRecord
from tests.ledger_samples import NOW, World


def an_approval(world: World, key: str = "mail", category: str = "draft invoice", at: int = 0) -> Approval:
    """An open approval of a lot that was won and answered."""
    (lot,) = world.lots(key=key)
    award = world.awarded(lot)
    world.completed(award, output={"body": "x"})
    return Approval(
        approval_id=ids.child(award.award_id, "approval"),
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        award_id=award.award_id,
        category=category,
        because="kind",
        created_ms=NOW + at,
        escalates_ms=NOW + at + 1_000,
        expires_ms=NOW + at + 2_000,
    )


def decided(world: World, verdict: Verdict, at: int, category: str = "draft invoice") -> Approval:
    approval = an_approval(world, f"{verdict} {at} {category}", category, at)
    world.ledger.put_approvals(world.tenant, [approval])
    return world.ledger.decide_approval(world.tenant, approval.approval_id, verdict, "ada", NOW + at)


def test_the_first_verdict_stands(world: World) -> None:
    """An approval is open until it is decided, and what is decided once is not decided again."""
    ledger, tenant = world.ledger, world.tenant
    approval = an_approval(world)
    ledger.put_approvals(tenant, [approval])
    assert ledger.approval(tenant, approval.approval_id) == approval
    assert ledger.open_approvals(tenant, 9) == ledger.approvals_of(tenant, approval.task_id) == [approval]

    standing = replace(approval, verdict="approved", decided_by="ada", decided_ms=NOW + 5)
    assert ledger.decide_approval(tenant, approval.approval_id, "approved", "ada", NOW + 5) == standing
    assert ledger.decide_approval(tenant, approval.approval_id, "rejected", "bob", NOW + 6) == standing
    assert ledger.open_approvals(tenant, 9) == []
    assert ledger.recent_decisions(tenant, 9) == [standing]


def test_asking_twice_is_asking_once(world: World) -> None:
    """An approval that was asked for before stays as it is; one may be written as decided."""
    ledger, tenant = world.ledger, world.tenant
    approval = an_approval(world)
    ledger.put_approvals(tenant, [approval])
    ledger.put_approvals(tenant, [replace(approval, category="other", expires_ms=NOW + 9_000)])
    assert ledger.approvals_of(tenant, approval.task_id) == [approval]

    free = replace(an_approval(world, "free"), verdict="autonomous", decided_by="autonomy", decided_ms=NOW)
    ledger.put_approvals(tenant, [free])
    assert ledger.approval(tenant, free.approval_id) == free


def test_an_unknown_approval(world: World) -> None:
    """One that nobody asked for is unknown, to be read and to be decided."""
    with pytest.raises(UnknownRecord):
        world.ledger.approval(world.tenant, str(uuid.uuid4()))
    with pytest.raises(UnknownRecord):
        world.ledger.decide_approval(world.tenant, str(uuid.uuid4()), "approved", "ada", NOW)


def test_a_category_counts_approvals_in_a_row(world: World) -> None:
    """The streak begins anew with an edit or a rejection, per category; what expired says nothing."""
    ledger, tenant = world.ledger, world.tenant
    steps: list[Verdict] = ["approved", "rejected", "approved", "expired", "approved"]
    for at, verdict in enumerate(steps):
        decided(world, verdict, at * 10)
    decided(world, "approved", 70, "classify")
    assert ledger.autonomies(tenant) == [Autonomy("classify", 1, None), Autonomy("draft invoice", 2, NOW + 10)]

    decided(world, "edited", 80)
    assert ledger.autonomies(tenant)[1] == Autonomy("draft invoice", 0, NOW + 80)


def test_a_bad_word_about_an_unasked_answer_loses_autonomy(world: World) -> None:
    """A person who judges such an answer badly has as good as edited it; praise changes nothing."""
    ledger, tenant = world.ledger, world.tenant
    decided(world, "approved", 0)
    for at, reward in ((10, 0.95), (20, 0.2)):
        free = replace(an_approval(world, f"free {at}", at=at), verdict="autonomous", decided_by="autonomy")
        ledger.put_approvals(tenant, [replace(free, decided_ms=NOW + at)])
        world.judged(ledger.award(tenant, free.award_id), "human", reward)
        expected = Autonomy("draft invoice", 1, None) if reward > 0.9 else Autonomy("draft invoice", 0, NOW + at)
        assert ledger.autonomies(tenant) == [expected]


def test_who_waits_last_is_who_waits(world: World) -> None:
    """A later wait takes the place of an earlier one; where nobody waits there is none."""
    ledger, tenant = world.ledger, world.tenant
    wait_id = str(uuid.uuid4())
    assert ledger.wait_of(tenant, wait_id) is None
    ledger.put_wait(tenant, Wait(wait_id, "token 1", "a"), NOW)
    ledger.put_wait(tenant, Wait(wait_id, "token 2", "b"), NOW)
    assert ledger.wait_of(tenant, wait_id) == Wait(wait_id, "token 2", "b")
