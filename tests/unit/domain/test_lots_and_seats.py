"""Lots, seats, prices and ids."""

import uuid
from dataclasses import replace

import pytest

from bidding.domain import ids
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import LotId, SeatId, TaskId
from bidding.domain.lots import waves
from bidding.domain.seats import PriceList, Seat, may_see
from bidding.domain.usage import Usage
from tests.unit.domain.test_auction import LOT

SEAT = Seat(SeatId("s"), "rules", "m", frozenset({"classify"}), "third_party", PriceList())


def test_data_classes_keep_payloads_away_from_farther_seats() -> None:
    """Restricted data never leaves the host, public data may go anywhere."""
    assert [may_see(place, "restricted") for place in ("on_host", "own_account")] == [True, False]
    assert may_see("third_party", "public")
    assert SEAT.ineligible_because("classify", "internal") == "data_class_forbids"
    assert SEAT.ineligible_because("classify", "public") is None
    assert replace(SEAT, status="retired").ineligible_because("classify", "public") == "retired"
    assert SEAT.ineligible_because("draft", "public") == "kind_not_served"


def test_costs_round_up_to_whole_micro_dollars() -> None:
    """A call is never billed at less than it cost, and a free one costs nothing."""
    hosted = PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000)
    local = PriceList(cpu_second_micros=12)
    assert hosted.cost_micros(Usage(1_000, 100)) == 49
    assert hosted.cost_micros(Usage(1, 0)) == 1
    assert local.cost_micros(Usage(1_000, 100, cpu_ms=1_500)) == 18
    assert PriceList().cost_micros(Usage(10, 10, 10)) == 0


def test_a_hold_covers_every_output_token_and_the_whole_time_out() -> None:
    """No bill within the bounds of a call exceeds its ceiling."""
    prices = PriceList(input_micros_per_mtok=100, output_micros_per_mtok=400, cpu_second_micros=12)
    assert prices.cost_micros(Usage(500, 80, 9_000)) <= prices.ceiling_micros(500, 80, 9_000)


def test_waves_follow_what_lots_need() -> None:
    """A lot stands in the first wave after all it needs."""
    first, second, third = (
        replace(LOT, lot_id=LotId(str(n)), position=n, needs=tuple(LotId(str(need)) for need in needs))
        for n, needs in ((0, ()), (1, ()), (2, (0, 1)))
    )
    assert waves([third, first, second]) == [[first, second], [third]]
    with pytest.raises(InvalidRequest, match="no earlier lot makes"):
        waves([replace(first, needs=(LotId("2"),)), third])


def test_ids_are_version_7_and_follow_from_their_parents() -> None:
    """The same parts give the same id, sorted by the time of the first ingest."""
    task = ids.task_id(1_700_000_000_000, "tenant", "key")
    lot = ids.lot_id(TaskId(task), 0)
    parsed = uuid.UUID(lot)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert ids.created_ms(lot) == 1_700_000_000_000
    assert lot == ids.lot_id(TaskId(task), 0) != ids.lot_id(TaskId(task), 1)
    assert ids.task_id(1_700_000_000_001, "tenant", "key") > task
