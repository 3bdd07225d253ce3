"""What judges said beside what others found: the same on every ledger."""

from __future__ import annotations

import uuid
from dataclasses import replace

from bidding.domain import ids
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.judging import POSITIONS_FROM
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Erasure, JsonObject
from bidding.services.judging import is_being_judged
from tests.ledger_samples import NOW, World

JUDGE, OTHER = SeatId("large"), SeatId("medium")


def _verdict(score: float) -> JsonObject:
    return {name: {"reason": "so", "score": score} for name in ("correct", "complete", "apt")}


def _answered(world: World, kind: str = "draft") -> tuple[Lot, Award]:
    (lot,) = world.lots(kind=kind)
    award = world.awarded(lot)
    world.completed(award)
    return lot, award


def _said(world: World, judged: Lot, score: float, seat: SeatId = JUDGE) -> Award:
    """A verdict on the answer to a lot, not settled yet."""
    lot = replace(
        judged,
        lot_id=ids.judge_lot_id(judged.lot_id),
        position=POSITIONS_FROM + judged.position,
        kind="judge",
        needs=(judged.lot_id,),
    )
    world.ledger.put_lots(world.tenant, [lot])
    award = world.awarded(lot, seats=(seat,))
    world.completed(award, output=_verdict(score))
    return award


def test_a_persons_word_counts_before_checks(world: World) -> None:
    """Each verdict comes with the reward that others gave, a later word in place of an earlier."""
    first, award = _answered(world)
    _said(world, first, 0.9)
    world.judged(award, "checks", 0.4)
    world.judged(award, "judge", 0.9)
    assert world.ledger.verdicts_of(world.tenant, JUDGE, "draft") == [(_verdict(0.9), 0.4)]

    world.judged(award, "human", 0.7)
    world.judged(award, "human", 0.2, sequence="1")
    second, award = _answered(world)
    _said(world, second, 0.5)
    world.judged(award, "checks", 0.6)
    told = world.ledger.verdicts_of(world.tenant, JUDGE, "draft")
    assert sorted(told, key=lambda pair: pair[1]) == [(_verdict(0.9), 0.2), (_verdict(0.5), 0.6)]


def test_what_nobody_else_could_tell_is_left_out(world: World) -> None:
    """A verdict without another's reward says nothing of a judge's leniency."""
    lot, award = _answered(world)
    _said(world, lot, 0.9)
    world.judged(award, "checks", None)
    assert world.ledger.verdicts_of(world.tenant, JUDGE, "draft") == []


def test_judges_kinds_and_tenants_are_apart(world: World) -> None:
    """A judge's record at one kind says nothing of another judge, another kind or another tenant."""
    lot, award = _answered(world)
    _said(world, lot, 0.9)
    world.judged(award, "checks", 0.4)
    assert world.ledger.verdicts_of(world.tenant, OTHER, "draft") == []
    assert world.ledger.verdicts_of(world.tenant, JUDGE, "summarise") == []
    assert world.ledger.verdicts_of(TenantId(f"{world.tenant}-stranger"), JUDGE, "draft") == []


def test_an_erased_verdict_says_nothing(world: World) -> None:
    """What a judge said of a task that was erased is gone, and its leniency is read from the others."""
    lot, award = _answered(world)
    _said(world, lot, 0.9)
    world.judged(award, "checks", 0.4)
    world.ledger.erase_tasks(world.tenant, Erasure(str(uuid.uuid4()), "operator", (lot.task_id,), 1, NOW))
    assert world.ledger.verdicts_of(world.tenant, JUDGE, "draft") == []


def test_a_task_is_being_judged_while_a_judges_hold_is_open(world: World) -> None:
    """Nothing that a judge is about to write can outlive an erasure: it waits for the settlement."""
    lot, _ = _answered(world)
    assert not is_being_judged(world.ledger, world.tenant, lot.task_id)
    award = _said(world, lot, 0.9)
    assert is_being_judged(world.ledger, world.tenant, lot.task_id)
    world.settled(award)
    assert not is_being_judged(world.ledger, world.tenant, lot.task_id)
