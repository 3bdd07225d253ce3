"""Circuits in the ledger: what is kept of them."""

from __future__ import annotations

from bidding.domain.circuits import COOL_MS, FAILURES_TO_OPEN
from bidding.domain.ids import AwardId
from tests.database.conftest import Connection
from tests.ledger_samples import NOW, World, a_seat

_CHANGES = """
SELECT state, (extract(epoch FROM open_until) * 1000)::bigint, (extract(epoch FROM changed_at) * 1000)::bigint
FROM circuit_changes WHERE seat_id = %s ORDER BY seq
"""


def test_openings_and_closings_are_rows(world: World, connection: Connection) -> None:
    """Each opening and closing of a circuit is a row, once; a failure or an answer that changes nothing is none."""
    seat = a_seat("unwell").seat_id
    world.ledger.put_seat(a_seat("unwell"), NOW)
    reports = [*(["failed"] * FAILURES_TO_OPEN), "answered", "answered"]
    for number, report in enumerate(reports):
        award = AwardId(f"00000000-0000-0000-0000-{number:012}")
        for _ in range(2):
            world.ledger.report_call(seat, award, report == "answered", NOW + number)

    opened_ms, closed_ms = NOW + FAILURES_TO_OPEN - 1, NOW + FAILURES_TO_OPEN
    assert connection.execute(_CHANGES, (seat,)).fetchall() == [
        ("open", opened_ms + COOL_MS, opened_ms),
        ("closed", None, closed_ms),
    ]
