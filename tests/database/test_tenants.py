"""A hostile tenant: it knows every id of another's, and its own fields hold what an attacker would write."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bidding.adapters.postgres import PostgresLedger
from bidding.domain import ids
from bidding.domain.bids import NoBid
from bidding.domain.claims import Claim
from bidding.domain.errors import AtomicError, InvalidRequest
from bidding.domain.graph import Entity, SolvedLot, task_relations
from bidding.domain.ids import AwardId, SeatId, TenantId
from bidding.domain.learning.events import Event
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.policy import Policy
from bidding.domain.records import Completion, Demonstration, Erasure, Outcome, Settlement
from tests.database.conftest import Connection
from tests.ledger_samples import NOW, World, a_seat

_SECRET = "for tenant A only"
_ADDRESS = "a@for-tenant-a-only.example"
_OF_THE_INSTALLATION = {
    "close", "seats", "put_seat", "set_status", "lease_owners", "release_leases", "sweep_holds", "maintain_partitions",
    "admit_call", "report_call", "circuit_changes",
}  # fmt: skip
"""Methods that take no tenant: who calls them owns the installation."""
_TABLES = (
    "archived_tables", "archives", "auctions", "awards", "bids", "budgets", "claims", "completions", "demonstrations",
    "entities", "entity_embeddings", "erasures", "executions", "holds", "lots", "outcomes", "policy_snapshots",
    "relation_evidence", "relations", "settlements", "task_keys", "tasks",
)  # fmt: skip


class Victim:
    """Tenant A with a row in every table, and its ids."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self.world = world = World.of(ledger)
        self.lot, self.open_lot = world.lots(2, key=_SECRET)
        self.record = world.auction(self.lot, no_bids=(NoBid(SeatId("absent"), "data_class_forbids", _SECRET),))
        award = self.record.award
        assert award is not None
        world.hold(award)
        ledger.record_auction(world.tenant, self.record, NOW)
        self.claim = Claim(SeatId("large"), 80, 0.9, 900)
        ledger.record_claims(world.tenant, self.lot.lot_id, 1, [self.claim], NOW)
        self.completion = world.completed(award, output={"text": _SECRET})
        self.settlement = world.settled(award)
        self.outcome = world.judged(award, "checks", 0.5)
        self.open_record = world.auction(self.open_lot)
        open_award = self.open_record.award
        assert open_award is not None
        self.award, self.open_award = award, world.awarded(self.open_lot)
        self.demonstration = Demonstration(
            self.lot.lot_id, "classify", "s", _SECRET, {"a": _SECRET}, "human", (1.0, 0.0)
        )
        ledger.add_demonstration(world.tenant, self.demonstration, NOW)
        [erased] = world.lots(key=f"erased {_SECRET}")
        ledger.erase_tasks(world.tenant, Erasure(str(uuid.uuid4()), _SECRET, (erased.task_id,), 0, NOW))
        solved = [SolvedLot(_SECRET, True, SeatId("large"), None)]
        self.relations = task_relations(world.tenant, self.lot.task_id, _ADDRESS, _SECRET, "public", solved)
        ledger.record_relations(world.tenant, self.lot.task_id, self.relations, (1.0, 0.0))
        self.sender = Entity.of(world.tenant, "sender", _ADDRESS).entity_id
        ledger.append(world.tenant, Policy().folded([Event(SeatId("large"), _SECRET, 1.0, 1.0)]), 1, NOW)

    def attacks(self, ledger: PostgresLedger, mallory: TenantId) -> dict[str, Callable[[], Any]]:
        """Every method of the ledger that takes a tenant, called by another one with this one's ids."""
        lot, open_award, hold = self.lot.lot_id, self.open_award, self.award.hold_id
        stolen = replace(self.open_lot, tenant=mallory)
        return {
            "claim_task": lambda: ledger.claim_task(mallory, _SECRET, "s", "d", "mallory", NOW, 1),
            "task": lambda: ledger.task(mallory, self.lot.task_id),
            "tasks": lambda: ledger.tasks(mallory),
            "finish_task": lambda: ledger.finish_task(mallory, self.lot.task_id, "failed", "mine", None),
            "put_lots": lambda: ledger.put_lots(mallory, [stolen]),
            "lots_of": lambda: ledger.lots_of(mallory, self.lot.task_id),
            "lot": lambda: ledger.lot(mallory, lot),
            "close_lot": lambda: ledger.close_lot(mallory, self.open_lot.lot_id, "failed"),
            "outputs_of": lambda: ledger.outputs_of(mallory, [lot]),
            "set_budget": lambda: ledger.set_budget(mallory, 10**9),
            "budget": lambda: ledger.budget(mallory),
            "budgets": lambda: ledger.budgets(mallory),
            "conservation": lambda: ledger.conservation(mallory),
            "place_hold": lambda: ledger.place_hold(mallory, hold, 1, NOW),
            "record_auction": lambda: ledger.record_auction(mallory, self.open_record, NOW),
            "record_auctions": lambda: ledger.record_auctions(mallory, [self.record, self.open_record], NOW),
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


@pytest.fixture
def victim(ledger: PostgresLedger) -> Victim:
    """Tenant A."""
    return Victim(ledger)


def rows_of(connection: Connection, tenant: str) -> dict[str, list[str]]:
    """All rows of a tenant, as the owner of the server sees them."""
    return {
        table: [
            row for (row,) in connection.execute(
                f"SELECT t::text FROM {table} AS t WHERE tenant = %s ORDER BY 1".encode(), (tenant,)
            )
        ]
        for table in _TABLES
    }  # fmt: skip


def answer(call: Callable[[], Any]) -> str:
    """What a call returns, or how it is refused."""
    try:
        return repr(call())
    except AtomicError as refused:
        return f"{type(refused).__name__}: {refused}"


def test_every_method_is_attacked(victim: Victim, ledger: PostgresLedger) -> None:
    """The attacks are all that the ledger offers: a new method has to be tried here too."""
    offered = {name for name in dir(ledger) if not name.startswith("_") and callable(getattr(ledger, name))}

    assert set(victim.attacks(ledger, TenantId("mallory"))) == offered - _OF_THE_INSTALLATION


def test_a_tenant_with_anothers_ids(victim: Victim, ledger: PostgresLedger, connection: Connection) -> None:
    """Whatever is called with another tenant's ids answers as if those did not exist, and changes nothing of them."""
    tenant = victim.world.tenant
    before = rows_of(connection, tenant)
    empty = {table for table, rows in before.items() if not rows}
    assert empty == {"archives", "archived_tables"}  # a month would have to be dropped
    for name, attack in victim.attacks(ledger, TenantId(f"mallory-{uuid.uuid4()}")).items():
        assert _SECRET not in answer(attack), name
        assert rows_of(connection, tenant) == before, name

    assert ledger.conservation(tenant).holds


@pytest.mark.parametrize("method", ["task", "lot", "award", "history", "settle", "claim_execution", "record_outcome"])
def test_a_refusal_tells_nothing(victim: Victim, ledger: PostgresLedger, method: str) -> None:
    """An id of another tenant's is refused in the same words as one that nobody has."""
    mallory = TenantId(f"mallory-{uuid.uuid4()}")
    known = answer(victim.attacks(ledger, mallory)[method])
    stranger = Victim(ledger)
    unknown = answer(stranger.attacks(ledger, mallory)[method])

    assert known.split(" ")[0] == unknown.split(" ")[0]
    assert "Unknown" in known


_ATTACKS = ("'; DROP TABLE lots; --", "%s %(tenant)s {0} $1", "\\'; \\x00 \\u0000", "$$;SELECT 1;$$", "\"' OR ''='")
_texts = st.text(max_size=40) | st.sampled_from(_ATTACKS)
_storable = _texts.filter(lambda text: "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text))
_modest = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def written_and_read(ledger: PostgresLedger, tenant: TenantId, text: str) -> dict[str, tuple[object, object]]:
    """Every row that can hold the text, as it was written and as it is read."""
    world = World(ledger, tenant)
    claim = ledger.claim_task(tenant, text, text, text, f"owner {text}", NOW, 1)
    ledger.finish_task(tenant, claim.task_id, "failed", text, text)
    task = ledger.task(tenant, claim.task_id)
    (template,) = world.lots(key=text + "again")
    lot = _new_lot(ledger, replace(template, kind=text, part=text, payload_key=text, output=SchemaRef(text)))
    seat = SeatId(f"seat {text}")
    record = world.auction(lot, seats=[seat, SeatId("b")], no_bids=[NoBid(SeatId(f"c {text}"), "retired", text)])
    assert record.award is not None
    ledger.place_hold(tenant, record.award.hold_id, record.award.hold_micros, NOW, scope=text)
    ledger.record_auction(tenant, record, NOW)
    completion = _completed(ledger, tenant, record.award.award_id, text)
    outcome = world.judged(record.award, "human", 0.5)
    outcome = _outcome(ledger, tenant, outcome, text)
    demonstration = Demonstration(lot.lot_id, text, text, text, {text: [text]}, "human", (), 0.0, "public")
    ledger.add_demonstration(tenant, demonstration, NOW)
    policy = Policy().folded([Event(seat, text, 1.0, 1.0)])
    ledger.append(tenant, policy, 1, NOW)
    ledger.set_budget(tenant, 10**6, scope=text, window="day", now_ms=NOW)
    known = a_seat(f"seat-{uuid.uuid4()}", engine=text, model=text, kinds=frozenset({text}))
    ledger.put_seat(known, NOW)
    (round_,) = ledger.history(tenant, lot.lot_id).rounds
    bids = {row.seat_id: row.bid or row.no_bid for row in round_.bids}
    return {
        "task": ((text, text, text, text), (task.source, task.document_key, task.reason, task.result_key)),
        "lot": (lot, ledger.lot(tenant, lot.lot_id)),
        "award": (record.award, round_.award),
        "bids": ({each.seat_id: each for each in (*record.bids, *record.no_bids)}, bids),
        "completion": (completion, round_.completion),
        "outcome": (outcome, round_.outcomes[-1]),
        "demonstration": ([demonstration], ledger.demonstrations(tenant, [lot.lot_id])),
        "policy": (policy, ledger.current(tenant)),
        "budget": (text, ledger.budgets(tenant)[-1].scope),
        "seat": ([known], [each for each in ledger.seats() if each.seat_id == known.seat_id]),
    }


def _new_lot(ledger: PostgresLedger, lot: Lot) -> Lot:
    new = replace(lot, lot_id=ids.lot_id(lot.task_id, 1), position=1)
    ledger.put_lots(lot.tenant, [new])
    return new


def _completed(ledger: PostgresLedger, tenant: TenantId, award: AwardId, text: str) -> Completion:
    assert ledger.claim_execution(tenant, award, NOW)
    completion = Completion(award, "succeeded", None, text, None, 1, 1, {text: text}, "strict", text)
    ledger.complete_execution(tenant, completion, NOW)
    return completion


def _outcome(ledger: PostgresLedger, tenant: TenantId, outcome: Outcome, text: str) -> Outcome:
    again = replace(outcome, outcome_id=ids.outcome_id(outcome.award_id, "human", "again"), parts={text: 0.5})
    ledger.record_outcome(tenant, again, NOW)
    return again


@_modest
@given(text=_storable)
@example(text=_ATTACKS[0])
@example(text=_ATTACKS[2])
def test_text_comes_back_as_it_went_in(ledger: PostgresLedger, text: str) -> None:
    """Whatever an attacker writes into a field is stored and returned as it came, the tenant's own name included."""
    tenant = TenantId(f"{text} {uuid.uuid4()}")
    for name, (written, read) in written_and_read(ledger, tenant, text).items():
        assert read == written, name


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["NUL", "lone surrogate"])
def test_text_that_cannot_be_stored(world: World, text: str) -> None:
    """What PostgreSQL cannot hold is refused as the caller's matter, or replaced where mails and models produce it."""
    ledger, tenant = world.ledger, world.tenant
    (lot,) = world.lots()
    with pytest.raises(InvalidRequest):
        ledger.claim_task(tenant, "mail-1", text, "d", "o", NOW, 1)
    with pytest.raises(InvalidRequest):
        ledger.put_lots(tenant, [replace(lot, kind=text)])
    with pytest.raises(InvalidRequest):
        ledger.lots_of(TenantId(text), lot.task_id)
    ledger.finish_task(tenant, lot.task_id, "failed", text, None)

    assert ledger.task(tenant, lot.task_id).reason in {"a\ufffdb", "a?b"}


def test_tables_are_all_looked_at(connection: Connection) -> None:
    """The tables compared above are all that hold rows of tenants."""
    found = connection.execute("""
        SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
    """).fetchall()

    assert tuple(name for (name,) in found) == _TABLES
