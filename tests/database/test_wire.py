"""What goes over the wire: how often, and nothing that ties a session to its client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.policy import Policy
from bidding.domain.records import Demonstration
from tests.database.wire import Wire, watched
from tests.ledger_samples import LIMIT_MICROS, NOW, World, a_seat

_PINNING = re.compile(
    r"\b(SET|RESET|PREPARE|EXECUTE|DEALLOCATE|DISCARD|DECLARE|FETCH|LISTEN|NOTIFY|LOAD|TEMP|TEMPORARY|BEGIN|COMMIT"
    r"|nextval|setval|set_config|pg_(try_)?advisory\w*)\b"
)
"""What makes RDS Proxy give a client a session of its own, and the ends of transactions that span round trips."""


@pytest.fixture
def wire(app_dsn: str) -> Iterator[Wire]:
    """The wire to this module's ledger."""
    with watched(app_dsn) as wire:
        yield wire


@pytest.fixture
def world(wire: Wire) -> Iterator[World]:
    """A tenant on that wire, connected, with one lot to auction."""
    ledger = PostgresLedger(wire.dsn, default_budget_micros=LIMIT_MICROS)
    yield World.of(ledger)
    ledger.close()


def test_round_trips_of_an_auction(wire: Wire, world: World) -> None:
    """An auction takes one round trip on the wire, hold, request, bids and award together; two where money is short."""
    (lot,) = world.lots()
    wire.forget()

    assert world.ledger.award_auction(world.tenant, world.auction(lot), NOW) == "recorded"
    assert wire.round_trips == 1

    (dear,) = (poor := World.of(world.ledger)).lots()
    poor.ledger.set_budget(poor.tenant, 1)
    wire.forget()
    assert poor.ledger.award_auction(poor.tenant, poor.auction(dear), NOW) == "over_budget"
    assert poor.ledger.record_auction(poor.tenant, replace(poor.auction(dear), clearing=None, award=None), NOW)
    assert wire.round_trips == 2


def test_round_trips_of_reading(wire: Wire, world: World) -> None:
    """Everything about a lot comes in one round trip, and so does any one question."""
    (lot,) = world.lots()
    award = world.awarded(lot)
    world.completed(award)
    wire.forget()

    world.ledger.history(world.tenant, lot.lot_id)
    world.ledger.award(world.tenant, award.award_id)
    world.ledger.budget(world.tenant)

    assert wire.round_trips == 3


def test_nothing_pins_a_session(wire: Wire, world: World) -> None:
    """No call of the ledger prepares a statement, changes a setting, or opens a transaction or a cursor of its own."""
    ledger, tenant = world.ledger, world.tenant
    lot, other = world.lots(2)
    award = world.awarded(lot)
    world.completed(award)
    world.settled(award)
    world.judged(award, "checks", 0.5)
    world.awarded(other)
    ledger.set_budget(tenant, LIMIT_MICROS, "mail", "hour", NOW)
    ledger.put_seat(a_seat(), NOW)
    ledger.add_demonstration(tenant, Demonstration(lot.lot_id, "classify", "s", "text", {}, "human", (1.0, 0.0)), NOW)
    ledger.nearest(tenant, "classify", "s", (0.0, 1.0), 3)
    ledger.append(tenant, Policy(version=1), ledger.pending(tenant).watermark, NOW)
    ledger.current(tenant)
    ledger.history(tenant, lot.lot_id)
    ledger.standings(tenant)
    ledger.conservation(tenant)
    ledger.budgets(tenant)
    ledger.tasks(tenant)
    ledger.outputs_of(tenant, [lot.lot_id])
    ledger.release_leases(ledger.lease_owners())
    ledger.release_orphan_holds(tenant, lot.lot_id, 2, NOW)
    ledger.sweep_holds(NOW)
    ledger.maintain_partitions(NOW, 0)
    ledger.market_gauges(NOW, 0)

    assert len(wire.statements) > 30
    assert [text for name, text in wire.statements if name not in ("", "simple")] == []
    assert [text for _, text in wire.statements if _PINNING.search(text)] == []


def test_the_words_that_pin_are_seen() -> None:
    """The pattern knows the statements that would pin, and lets ours pass."""
    assert all(_PINNING.search(text) for text in ("SET x = 1", "SELECT set_config('a', 'b', true)", "DECLARE c CURSOR"))
    assert not _PINNING.search("SELECT set_budget($1, $2), settle($3)")
