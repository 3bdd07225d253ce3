"""Budgets by type of task and by time, and holds that expire."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from bidding.domain.budgets import EVERYTHING, ScopedBudget, Sweep
from bidding.domain.errors import LedgerConflict, UnknownRecord
from bidding.domain.ids import HoldId, SeatId
from bidding.domain.records import Budget, Settlement
from tests.ledger_samples import LIMIT_MICROS, NOW, World

_HOUR_MS = 3_600_000
_LEASE_MS = 900_000


def ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000  # type: ignore[arg-type, misc]


def held(world: World, amount_micros: int, now_ms: int, scope: str = "mail") -> HoldId | None:
    """A new hold, or None where it was declined."""
    hold = HoldId(str(uuid.uuid4()))
    return hold if world.ledger.place_hold(world.tenant, hold, amount_micros, now_ms, scope) else None


def test_a_hold_fits_into_every_budget_or_none(world: World) -> None:
    """A hold that one budget cannot take is declined, and counts in none of the others."""
    ledger, tenant = world.ledger, world.tenant
    ledger.set_budget(tenant, 500, "mail")
    ledger.set_budget(tenant, 800, window="day", now_ms=NOW)

    assert held(world, 501, NOW) is None
    assert held(world, 500, NOW) is not None
    assert held(world, 301, NOW, scope="report") is None
    assert held(world, 300, NOW, scope="report") is not None

    assert ledger.budget(tenant) == Budget(LIMIT_MICROS, 800, 0)
    assert ledger.budget(tenant, "mail") == Budget(500, 500, 0)
    assert ledger.budget(tenant, window="day") == Budget(800, 800, 0)


@pytest.mark.parametrize(
    ("window", "within", "start", "after"),
    [
        ("hour", ms(2026, 9, 21, 14, 59), ms(2026, 9, 21, 14), ms(2026, 9, 21, 15)),
        ("day", ms(2026, 9, 21, 23, 59), ms(2026, 9, 21), ms(2026, 9, 22)),
        ("month", ms(2026, 12, 31, 23, 59), ms(2026, 12, 1), ms(2027, 1, 1)),
    ],
)
def test_a_window_starts_anew(world: World, window: str, within: int, start: int, after: int) -> None:
    """A budget per hour, day or month is full again with the next one, in UTC."""
    world.ledger.set_budget(world.tenant, 100, EVERYTHING, window, within)  # type: ignore[arg-type]

    assert held(world, 100, within) is not None
    assert world.ledger.budgets(world.tenant)[1] == ScopedBudget(EVERYTHING, window, start, Budget(100, 100, 0))  # type: ignore[arg-type]
    assert held(world, 1, within) is None
    assert held(world, 60, after) is not None
    assert world.ledger.budgets(world.tenant)[1] == ScopedBudget(EVERYTHING, window, after, Budget(100, 60, 0))  # type: ignore[arg-type]


def test_a_settlement_counts_in_the_window_of_its_hold(world: World) -> None:
    """What a hold of a window that is past costs in the end changes the whole budget and no later window."""
    ledger, tenant = world.ledger, world.tenant
    ledger.set_budget(tenant, 100, window="hour", now_ms=NOW)
    early = held(world, 70, NOW)
    late = held(world, 50, NOW + _HOUR_MS)
    assert early is not None
    assert late is not None

    ledger.settle(tenant, Settlement(early, None, "voided", 0), NOW + _HOUR_MS)

    assert ledger.budget(tenant) == Budget(LIMIT_MICROS, 50, 0)
    assert ledger.budget(tenant, window="hour") == Budget(100, 50, 0)
    assert ledger.conservation(tenant, window="hour").holds


def test_a_clock_that_is_behind(world: World) -> None:
    """A hold whose caller's clock is behind counts in the window that has begun, and is given back to it."""
    ledger, tenant = world.ledger, world.tenant
    ledger.set_budget(tenant, 100, window="hour", now_ms=NOW)
    held(world, 60, NOW + _HOUR_MS)
    behind = held(world, 40, NOW)
    assert behind is not None
    assert held(world, 1, NOW) is None

    ledger.settle(tenant, Settlement(behind, None, "voided", 0), NOW)

    assert ledger.budget(tenant, window="hour") == Budget(100, 60, 0)
    assert ledger.conservation(tenant, window="hour").holds


def test_a_new_budget_knows_what_was_spent(world: World) -> None:
    """A budget set in mid-window begins with what is held and spent in it; it cannot be set below that."""
    ledger, tenant = world.ledger, world.tenant
    award = world.awarded(world.lots()[0])
    world.completed(award)
    world.settled(award, 300)
    held(world, 200, NOW)
    held(world, 7, NOW, scope="report")

    ledger.set_budget(tenant, 600, "mail", "day", NOW)
    with pytest.raises(LedgerConflict, match="budgets_never_overspent"):
        ledger.set_budget(tenant, 499, "mail", "month", NOW)

    assert ledger.budget(tenant, "mail", "day") == Budget(600, 200, 300)
    found = ledger.conservation(tenant, "mail", "day")
    assert (found.holds, found.settled_micros, found.completed_micros, found.open_holds) == (True, 300, 300, 1)


def test_a_budget_that_nobody_set(world: World) -> None:
    """There is no budget for a type of task or a time until somebody sets it."""
    with pytest.raises(UnknownRecord):
        world.ledger.budget(world.tenant, "mail")
    with pytest.raises(UnknownRecord):
        world.ledger.conservation(world.tenant, window="day")
    assert world.ledger.budgets(world.tenant) == [ScopedBudget(EVERYTHING, None, None, Budget(LIMIT_MICROS, 0, 0))]


def test_budgets_as_they_stand_now(world: World) -> None:
    """A window that no hold has begun is untouched."""
    world.ledger.set_budget(world.tenant, 100, window="hour", now_ms=NOW)
    held(world, 60, NOW)
    (_, hourly) = world.ledger.budgets(world.tenant)

    assert hourly.at(NOW) == hourly
    assert hourly.at(NOW + _HOUR_MS).budget == Budget(100, 0, 0)


@pytest.fixture
def tidy(world: World) -> World:
    """A tenant of a ledger in which nothing is left to sweep."""
    while world.ledger.sweep_holds(NOW + 365 * 24 * _HOUR_MS) != Sweep(0, 0):
        pass
    return world


def test_sweep(tidy: World) -> None:
    """Of the holds that expired, those that no call can have used are voided, the others settled, each once."""
    world, ledger, tenant = tidy, tidy.ledger, tidy.tenant
    lots = world.lots(5)
    orphan = world.auction(lots[0]).award
    assert orphan is not None
    world.hold(orphan)
    unclaimed, came_back, never_back, settled = (world.awarded(lot) for lot in lots[1:])
    world.completed(came_back, cost_micros=120)
    assert ledger.claim_execution(tenant, never_back.award_id, NOW)
    world.completed(settled)
    world.settled(settled, 300)
    assert held(world, 5, NOW + 1) is not None

    early = ledger.sweep_holds(NOW + _LEASE_MS - 1, NOW)
    found = ledger.sweep_holds(NOW + _LEASE_MS, NOW)
    again = ledger.sweep_holds(NOW + _LEASE_MS, NOW)

    assert (early, again) == (Sweep(0, 0), Sweep(0, 0))
    assert found == Sweep(voided=2, settled=2)
    assert ledger.budget(tenant) == Budget(LIMIT_MICROS, 5, 300 + 120 + never_back.hold_micros)
    interrupted = ledger.execution(tenant, never_back.award_id).completion
    assert interrupted is not None
    assert (interrupted.reason, interrupted.cost_micros) == ("interrupted", never_back.hold_micros)
    assert not ledger.claim_execution(tenant, unclaimed.award_id, NOW)
    assert ledger.conservation(tenant).holds


def test_sweep_of_recent_holds(tidy: World) -> None:
    """A sweep looks no further back than it is told."""
    assert held(tidy, 5, NOW) is not None
    later = NOW + 2 * _LEASE_MS

    assert tidy.ledger.sweep_holds(later, NOW + 1) == Sweep(0, 0)
    assert tidy.ledger.sweep_holds(later, NOW) == Sweep(1, 0)


def test_gauges(tidy: World) -> None:
    """The gauges tell the fullest budget, whose wins they were, and how long holds have been open; old ones not."""
    world, ledger = tidy, tidy.ledger
    at = NOW + 400 * 24 * _HOUR_MS
    before = ledger.market_gauges(at, at)
    ledger.set_budget(world.tenant, 1_000)
    assert held(world, 990, at) is not None

    fuller = ledger.market_gauges(at + 60_000, at)
    past = ledger.market_gauges(at + 60_000, at + 1)

    assert (before.wins, before.open_holds, before.concentration) == (0, 0, None)
    assert fuller.budget_used is not None
    assert 0.99 <= fuller.budget_used <= 1.0
    assert (fuller.open_holds, fuller.oldest_hold_ms) == (1, 60_000)
    assert (past.open_holds, past.oldest_hold_ms) == (0, 0)


def test_concentration(world: World) -> None:
    """Two wins of one seat and one of another are a concentration of five ninths."""
    ledger, at = world.ledger, NOW + 500 * 24 * _HOUR_MS
    for lot, winner in zip(world.lots(3), ("large", "small", "large"), strict=True):
        record = world.auction(lot, seats=(SeatId(winner),))
        assert record.award is not None
        assert ledger.place_hold(world.tenant, record.award.hold_id, record.award.hold_micros, at)
        ledger.record_auction(world.tenant, record, at)

    gauges = ledger.market_gauges(at, at)

    assert (gauges.wins, gauges.concentration) == (3, pytest.approx(5 / 9))
