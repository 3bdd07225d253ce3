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
from bidding.domain.errors import AtomicError, InvalidRequest
from bidding.domain.ids import AwardId, SeatId, TenantId
from bidding.domain.learning.events import Event
from bidding.domain.lots import Lot, SchemaRef
from bidding.domain.policy import Policy
from bidding.domain.records import Completion, Demonstration, Outcome
from tests.database.conftest import Connection
from tests.database.victim import SECRET, Victim
from tests.ledger_samples import NOW, World, a_seat

_OF_THE_INSTALLATION = {
    "close", "seats", "put_seat", "set_status", "lease_owners", "release_leases", "sweep_holds", "maintain_partitions",
    "market_gauges", "admit_call", "report_call",
}  # fmt: skip
"""Methods that take no tenant: who calls them owns the installation."""
_TABLES = (
    "approval_decisions", "approvals", "archived_tables", "archives", "auctions", "awards", "bids", "budgets",
    "claims", "completions", "deferrals", "demonstrations", "entities", "entity_embeddings", "erasures",
    "executions", "holds", "label_chances", "lots", "outcomes", "policy_snapshots", "relation_evidence",
    "relations", "settlements", "submissions", "task_keys", "tasks", "variants", "waits",
)  # fmt: skip


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
    assert empty == {"archives", "archived_tables", "bids"}  # a month would have to be dropped, or be an old one
    for name, attack in victim.attacks(ledger, TenantId(f"mallory-{uuid.uuid4()}")).items():
        assert SECRET not in answer(attack), name
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
_modest = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


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
