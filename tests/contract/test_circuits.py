"""Circuits and claims: how a seat's provider stands, and how far its word is believed, alike in both ledgers."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from bidding.domain.circuits import CLOSED, COOL_MS, FAILURES_TO_OPEN, Circuit
from bidding.domain.claims import Claim
from bidding.domain.ids import AwardId, SeatId
from bidding.ports.ledger import Ledger
from tests.ledger_samples import NOW, World, a_seat

LEASE_MS = 60_000


@pytest.fixture
def seat(ledger: Ledger) -> SeatId:
    """A seat that nobody called before."""
    seat = a_seat(f"seat-{uuid.uuid4()}", engine="third_party", location="third_party", call=_CALL)
    ledger.put_seat(seat, NOW)
    return seat.seat_id


_CALL = replace(a_seat().call, base_url="https://bidder.example/v1", signing_key="env:ATOMIC_KEY_BIDDER")


def an_award() -> AwardId:
    return AwardId(str(uuid.uuid4()))


def circuit(ledger: Ledger, seat: SeatId) -> Circuit:
    (found,) = [each.circuit for each in ledger.seats() if each.seat_id == seat]
    return found


def fail(ledger: Ledger, seat: SeatId, times: int, now_ms: int = NOW) -> None:
    for _ in range(times):
        ledger.report_call(seat, an_award(), False, now_ms)


def test_faults_in_a_row_open_a_circuit(ledger: Ledger, seat: SeatId) -> None:
    """The circuit opens at the third fault, and no call is admitted while it is open."""
    fail(ledger, seat, FAILURES_TO_OPEN - 1)
    assert circuit(ledger, seat) == Circuit(failures=FAILURES_TO_OPEN - 1)
    fail(ledger, seat, 1)

    opened = Circuit(failures=FAILURES_TO_OPEN, openings=1, open_until_ms=NOW + COOL_MS)
    assert circuit(ledger, seat) == opened
    assert not ledger.admit_call(seat, an_award(), None, LEASE_MS, NOW + COOL_MS - 1)


def test_an_answer_in_between_starts_the_count_anew(ledger: Ledger, seat: SeatId) -> None:
    """Two faults, an answer and two faults leave the circuit closed."""
    fail(ledger, seat, 2)
    ledger.report_call(seat, an_award(), True, NOW)
    fail(ledger, seat, 2)
    assert circuit(ledger, seat) == Circuit(failures=2)


def test_a_failure_reported_twice_counts_once(ledger: Ledger, seat: SeatId) -> None:
    """A report that was sent again after a lost connection changes nothing."""
    award = an_award()
    for _ in range(5):
        ledger.report_call(seat, award, False, NOW)
    assert circuit(ledger, seat).failures == 1


def test_one_call_probes_a_cooled_circuit_and_closes_it(ledger: Ledger, seat: SeatId) -> None:
    """After the cooling time exactly one call goes ahead; its answer closes the circuit for all."""
    fail(ledger, seat, FAILURES_TO_OPEN)
    cooled = NOW + COOL_MS
    probe = an_award()
    assert ledger.admit_call(seat, probe, None, LEASE_MS, cooled)
    assert ledger.admit_call(seat, probe, None, LEASE_MS, cooled), "its own retry"
    assert not ledger.admit_call(seat, an_award(), None, LEASE_MS, cooled)

    ledger.report_call(seat, probe, True, cooled + 5)

    assert circuit(ledger, seat) == CLOSED


def test_a_failed_probe_opens_for_twice_as_long(ledger: Ledger, seat: SeatId) -> None:
    """A fault while half-open opens the circuit again, for twice the time."""
    fail(ledger, seat, FAILURES_TO_OPEN)
    cooled = NOW + COOL_MS
    fail(ledger, seat, 1, cooled)
    assert circuit(ledger, seat).open_until_ms == cooled + 2 * COOL_MS


def test_no_more_calls_than_places(ledger: Ledger, seat: SeatId) -> None:
    """A seat with two places takes a third call once one was reported, or the lease of one ended."""
    first, second = an_award(), an_award()
    assert ledger.admit_call(seat, first, 2, LEASE_MS, NOW)
    assert ledger.admit_call(seat, second, 2, LEASE_MS, NOW)
    assert not ledger.admit_call(seat, an_award(), 2, LEASE_MS, NOW)
    assert circuit(ledger, seat).under_way(NOW) == 2

    ledger.report_call(seat, first, None, NOW)
    assert ledger.admit_call(seat, an_award(), 2, 2 * LEASE_MS, NOW)
    assert not ledger.admit_call(seat, an_award(), 2, LEASE_MS, NOW + LEASE_MS - 1)
    assert ledger.admit_call(seat, an_award(), 2, LEASE_MS, NOW + LEASE_MS)


def test_claims_stand_beside_what_came_of_them(world: World, seat: SeatId) -> None:
    """A seat's record has the mean of its claims and the standing reward of those it won; the first claim stands."""
    won, lost = world.lots(2)
    for lot, quality in ((won, 0.9), (lost, 0.5)):
        world.ledger.record_claims(world.tenant, lot.lot_id, 1, [Claim(seat, 80, quality, 900)], NOW)
    world.ledger.record_claims(world.tenant, won.lot_id, 1, [Claim(seat, 80, 0.1, 900)], NOW)
    award = world.awarded(won, seats=(seat,))
    world.completed(award)
    world.judged(award, "checks", 0.4)
    world.judged(award, "human", 0.8)

    record = world.ledger.claim_records(world.tenant)[seat]

    assert record.mean_claim == pytest.approx(0.7)
    assert record.judged == ((0.9, 0.8),)
