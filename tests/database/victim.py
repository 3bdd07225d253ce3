"""A tenant whose every row another one knows, and what that one tries with its ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.approvals import Approval, Wait
from bidding.domain.bids import NoBid
from bidding.domain.claims import Claim
from bidding.domain.deferrals import Deferral
from bidding.domain.graph import Entity, SolvedLot, task_relations
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.learning.events import Event
from bidding.domain.policy import Policy
from bidding.domain.records import Demonstration, Erasure, Settlement
from bidding.domain.variants import Variant, Verdict
from bidding.ports.desk import Submission
from tests.ledger_samples import NOW, World, a_seat

SECRET = "for tenant A only"
_ADDRESS = "a@for-tenant-a-only.example"


class Victim:
    """Tenant A with a row in every table, and its ids."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self.world = world = World.of(ledger)
        self.lot, self.open_lot = world.lots(2, key=SECRET)
        self.record = world.auction(self.lot, no_bids=(NoBid(SeatId("absent"), "data_class_forbids", SECRET),))
        award = self.record.award
        assert award is not None
        world.hold(award)
        ledger.record_auction(world.tenant, self.record, NOW)
        self.claim = Claim(SeatId("large"), 80, 0.9, 900)
        ledger.record_claims(world.tenant, self.lot.lot_id, 1, [self.claim], NOW)
        self.completion = world.completed(award, output={"text": SECRET})
        self.settlement = world.settled(award)
        self.outcome = world.judged(award, "checks", 0.5)
        self.open_record = world.auction(self.open_lot)
        open_award = self.open_record.award
        assert open_award is not None
        self.award, self.open_award = award, world.awarded(self.open_lot)
        self.demonstration = Demonstration(self.lot.lot_id, "classify", "s", SECRET, {"a": SECRET}, "human", (1.0, 0.0))
        ledger.add_demonstration(world.tenant, self.demonstration, NOW)
        ledger.record_label_chances(world.tenant, award, "s", {SECRET: 1.0}, NOW)
        seat = SeatId(f"v{uuid.uuid4()}")
        ledger.put_seat(a_seat(seat), NOW)
        self.variant = Variant(
            seat, "classify", "s", SeatId("large"), "search", SECRET, (self.lot.lot_id,), 0.9, 0.5, 10, 1_000
        )
        ledger.put_variant(world.tenant, self.variant, NOW)
        [erased] = world.lots(key=f"erased {SECRET}")
        ledger.erase_tasks(world.tenant, Erasure(str(uuid.uuid4()), SECRET, (erased.task_id,), 0, NOW))
        solved = [SolvedLot(SECRET, True, SeatId("large"), None)]
        self.relations = task_relations(world.tenant, self.lot.task_id, _ADDRESS, SECRET, "public", solved)
        ledger.record_relations(world.tenant, self.lot.task_id, self.relations, (1.0, 0.0))
        self.sender = Entity.of(world.tenant, "sender", _ADDRESS).entity_id
        self.submission = Submission(str(uuid.uuid4()), SECRET, bytes(32), SECRET, self.lot.task_id)
        ledger.put_submission(world.tenant, self.submission, NOW)
        self.approval = Approval(
            str(uuid.uuid4()),
            self.lot.task_id,
            self.lot.lot_id,
            self.award.award_id,
            SECRET,
            "kind",
            NOW,
            NOW + 1,
            NOW + 2,
        )
        decided = replace(self.approval, approval_id=str(uuid.uuid4()), award_id=self.open_award.award_id)
        ledger.put_approvals(world.tenant, [self.approval, decided])
        ledger.decide_approval(world.tenant, decided.approval_id, "approved", SECRET, NOW)
        self.deferral = Deferral(self.open_award.award_id, self.open_lot.lot_id, SeatId("large"), SECRET, NOW + 9)
        ledger.put_deferral(world.tenant, self.deferral, NOW)
        ledger.put_wait(world.tenant, Wait(self.lot.task_id, SECRET, SECRET), NOW)
        ledger.append(world.tenant, Policy().folded([Event(SeatId("large"), SECRET, 1.0, 1.0)]), 1, NOW)

    def attacks(self, ledger: PostgresLedger, mallory: TenantId) -> dict[str, Callable[[], Any]]:
        """Every method of the ledger that takes a tenant, called by another one with this one's ids."""
        lot, open_award, hold = self.lot.lot_id, self.open_award, self.award.hold_id
        stolen = replace(self.open_lot, tenant=mallory)
        return self._attacks_at_the_desk(ledger, mallory) | {
            "put_lots": lambda: ledger.put_lots(mallory, [stolen]),
            "lot": lambda: ledger.lot(mallory, lot),
            "close_lot": lambda: ledger.close_lot(mallory, self.open_lot.lot_id, "failed"),
            "set_budget": lambda: ledger.set_budget(mallory, 10**9),
            "budget": lambda: ledger.budget(mallory),
            "budgets": lambda: ledger.budgets(mallory),
            "conservation": lambda: ledger.conservation(mallory),
            "place_hold": lambda: ledger.place_hold(mallory, hold, 1, NOW),
            "record_auction": lambda: ledger.record_auction(mallory, self.open_record, NOW),
            "award_auction": lambda: ledger.award_auction(mallory, self.open_record, NOW),
            "claim_execution": lambda: ledger.claim_execution(mallory, open_award.award_id, NOW),
            "complete_execution": lambda: ledger.complete_execution(
                mallory, replace(self.completion, award_id=open_award.award_id), NOW
            ),
            "execution": lambda: ledger.execution(mallory, self.award.award_id),
            "settle": lambda: ledger.settle(
                mallory, Settlement(open_award.hold_id, open_award.award_id, "voided", 0), NOW
            ),
            "release_orphan_holds": lambda: ledger.release_orphan_holds(mallory, self.open_lot.lot_id, 9, NOW),
            "award": lambda: ledger.award(mallory, self.award.award_id),
            "record_outcome": lambda: ledger.record_outcome(
                mallory, replace(self.outcome, source="human", reward=0.0), NOW
            ),
            "history": lambda: ledger.history(mallory, lot),
            "record_claims": lambda: ledger.record_claims(mallory, lot, 2, [self.claim], NOW),
            "claim_records": lambda: ledger.claim_records(mallory),
            "verdicts_of": lambda: ledger.verdicts_of(mallory, self.award.seat_id, self.lot.kind),
            "standings": lambda: ledger.standings(mallory),
            "current": lambda: ledger.current(mallory),
            "pending": lambda: ledger.pending(mallory).events,
            "past_fold": lambda: ledger.past_fold(mallory, 1),
            "archived_version": lambda: ledger.archived_version(mallory),
            "replay_bounds": lambda: ledger.replay_bounds(mallory, None, 10),
            "logged_auctions": lambda: ledger.logged_auctions(mallory, None, self.record.request.auction_id),
            "append": lambda: ledger.append(mallory, Policy(version=2), 2, NOW),
            "add_demonstration": lambda: ledger.add_demonstration(
                mallory, replace(self.demonstration, text="poison", output={}), NOW
            ),
            "withdraw_demonstration": lambda: ledger.withdraw_demonstration(mallory, lot, NOW),
            "nearest": lambda: ledger.nearest(mallory, "classify", "s", (1.0, 0.0), 9),
            "demonstrations": lambda: ledger.demonstrations(mallory, [lot]),
            "record_label_chances": lambda: ledger.record_label_chances(mallory, self.award, "s", {"poison": 1.0}, NOW),
            "put_variant": lambda: ledger.put_variant(mallory, replace(self.variant, instruction="poison"), NOW),
            "variants": lambda: ledger.variants(mallory),
            "trial": lambda: ledger.trial(mallory, replace(self.variant, instruction="")),
            "review_variant": lambda: ledger.review_variant(
                mallory, self.variant.seat_id, 9, Verdict("retired", "mine"), NOW
            ),
            "verified": lambda: ledger.verified(mallory, "classify", 9),
            "weighed_lots": lambda: ledger.weighed_lots(mallory, self.award.seat_id, "s"),
            "record_relations": lambda: ledger.record_relations(mallory, self.lot.task_id, self.relations[:1], (0.5,)),
            "entities": lambda: ledger.entities(mallory, [self.sender]),
            "neighbourhood": lambda: ledger.neighbourhood(mallory, [self.sender], 3),
            "nearest_entities": lambda: ledger.nearest_entities(mallory, self.sender, "sender", 9),
            "tasks_of_sender": lambda: ledger.tasks_of_sender(mallory, self.sender),
            "object_keys": lambda: ledger.object_keys(mallory, [self.lot.task_id]),
            "erase_tasks": lambda: ledger.erase_tasks(
                mallory, Erasure(str(uuid.uuid4()), "mallory", (self.lot.task_id,), 0, NOW)
            ),
            "erasures": lambda: ledger.erasures(mallory),
        }

    def _attacks_at_the_desk(self, ledger: PostgresLedger, mallory: TenantId) -> dict[str, Callable[[], Any]]:
        approval = self.approval.approval_id
        return {
            "claim_task": lambda: ledger.claim_task(mallory, SECRET, "s", "d", "mallory", NOW, 1),
            "task": lambda: ledger.task(mallory, self.lot.task_id),
            "tasks": lambda: ledger.tasks(mallory),
            "finish_task": lambda: ledger.finish_task(mallory, self.lot.task_id, "failed", "mine", None),
            "lots_of": lambda: ledger.lots_of(mallory, self.lot.task_id),
            "outputs_of": lambda: ledger.outputs_of(mallory, [self.lot.lot_id]),
            "put_deferral": lambda: ledger.put_deferral(mallory, self.deferral, NOW),
            "deferral": lambda: ledger.deferral(mallory, self.deferral.award_id),
            "open_deferrals": lambda: ledger.open_deferrals(mallory, NOW),
            "take_deferral": lambda: ledger.take_deferral(mallory, [SeatId("large")], "mallory", NOW),
            "keep_deferral": lambda: ledger.keep_deferral(mallory, self.deferral.award_id, "mallory", NOW),
            "recent_auctions": lambda: ledger.recent_auctions(mallory, 9),
            "put_approvals": lambda: ledger.put_approvals(mallory, [self.approval]),
            "decide_approval": lambda: ledger.decide_approval(mallory, approval, "rejected", "mallory", NOW),
            "approval": lambda: ledger.approval(mallory, approval),
            "approvals_of": lambda: ledger.approvals_of(mallory, self.lot.task_id),
            "open_approvals": lambda: ledger.open_approvals(mallory, 9),
            "recent_decisions": lambda: ledger.recent_decisions(mallory, 9),
            "autonomies": lambda: ledger.autonomies(mallory),
            "put_wait": lambda: ledger.put_wait(mallory, Wait(self.lot.task_id, "mine", "mallory"), NOW),
            "wait_of": lambda: ledger.wait_of(mallory, self.lot.task_id),
            "put_submission": lambda: ledger.put_submission(
                mallory, replace(self.submission, idempotency_key="mine", document_key="mine"), NOW
            ),
            "submission": lambda: ledger.submission(mallory, self.submission.submission_id),
            "link_submission": lambda: ledger.link_submission(
                mallory, self.submission.submission_id, self.open_lot.task_id
            ),
            "unfinished_submissions": lambda: ledger.unfinished_submissions(mallory),
            "recent_tasks": lambda: ledger.recent_tasks(mallory, 100),
        }
