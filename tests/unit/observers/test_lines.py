"""Lines: log entry and metrics in one."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from bidding.adapters.observers.lines import LineObserver, logger
from bidding.domain.errors import InvalidRequest, LedgerRolledBack
from bidding.domain.ids import AuctionId, AwardId, LotId, SeatId, TaskId, TenantId
from bidding.domain.lot_events import AuctionCleared, ExecutionEnded
from bidding.domain.task_events import TaskDelivered

_ID = "01a20a4c-290a-7d5a-b29c-d399edae11d8"
_NOW = 1_790_000_000_000
_CLEARED = AuctionCleared(
    tenant=TenantId("default"), task_id=TaskId(_ID), lot_id=LotId(_ID), auction_id=AuctionId(_ID),
    award_id=AwardId(_ID), kind="classify", attempt=1, round=2, seat_id=SeatId("small/zero"), price_micros=41,
    hold_micros=90,
    promised_quality=0.5, propensity=0.75, explored=False, multiplier=0.0, bids=3,
)  # fmt: skip


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the functions' log takes, in this test."""
    text = StringIO()
    inner = logger._logger
    handler = logging.StreamHandler(text)
    formatter = logger.registered_formatter
    assert isinstance(formatter, logging.Formatter)
    handler.setFormatter(formatter)
    before, inner.handlers = inner.handlers, [handler]
    yield text
    inner.handlers = before


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_decision_is_one_line(written: StringIO) -> None:
    """The line has the event's name, its ids, those of the call it belongs to, and its numbers as metrics."""
    observer = LineObserver(lambda: _NOW)
    with observer.invocation("clear_auction", {"request_id": _ID, "tenant": "default", "attempt": 1}):
        observer.report(_CLEARED)

    (line,) = lines(written)
    assert (line["message"], line["function"], line["request_id"]) == ("auction_cleared", "clear_auction", _ID)
    assert (line["seat_id"], line["seat"], line["ClearingPriceMicros"]) == ("small/zero", "small/zero", 41)
    assert (line["Auctions"], line["ReAuctions"], line["NoAwards"], line["Wins"]) == (1, 1, 0, 1)


def test_metrics_are_what_the_library_would_write(written: StringIO) -> None:
    """The embedded metrics equal those of Powertools' own writer, metric by metric and dimension by dimension."""
    LineObserver(lambda: _NOW).report(_CLEARED)

    (line,) = lines(written)
    ours = {
        (metric["Name"], metric["Unit"], tuple(dimensions), line[metric["Name"]])
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
    theirs = set()
    for name, unit, value in (("Wins", "Count", 1), ("ClearingPriceMicros", "None", 41)):
        provider = AmazonCloudWatchEMFProvider(namespace="Atomic", service="atomic")
        provider.add_dimension("service", "atomic")
        provider.add_dimensions(service="atomic", seat="small/zero")
        provider.add_metric(name, unit, value)
        document: dict[str, Any] = dict(provider.serialize_metric_set())
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]:
            theirs.add((name, unit, tuple(dimensions), int(document[name][0])))
    assert {each for each in ours if each[0] in {"Wins", "ClearingPriceMicros"}} == theirs
    assert {each[2] for each in ours} == {("service",), ("service", "seat")}
    assert line["_aws"]["Timestamp"] == _NOW


def test_an_event_without_numbers_is_a_log_entry_only(written: StringIO) -> None:
    """A decision that measures nothing makes no metric."""
    LineObserver(lambda: _NOW).report(TaskDelivered(task_id=TaskId(_ID), status="done"))

    assert "_aws" not in lines(written)[0]


def test_an_error_is_told_by_its_class_and_place(written: StringIO) -> None:
    """The words of an error never reach the log: they may quote the task. Who must act and where it was do."""
    observer = LineObserver(lambda: _NOW)
    for error in (InvalidRequest("label 'Dear Ada, my password is hunter2'"), LedgerRolledBack("x"), KeyError("Ada")):
        with pytest.raises(type(error)), observer.invocation("record_feedback", {"lot_id": _ID}):
            raise error

    told = lines(written)
    assert [(line["error"], line["side"]) for line in told] == [
        ("InvalidRequest", "caller"),
        ("LedgerRolledBack", "operator"),
        ("KeyError", "unexpected"),
    ]
    assert [line.get("UnexpectedErrors", line.get("LedgerRollbacks")) for line in told] == [None, 1, 1]
    assert all(line["place"].startswith("test_lines.py:") and line["lot_id"] == _ID for line in told)
    assert "Ada" not in written.getvalue()


def test_a_seat_that_looks_like_an_address_is_masked(written: StringIO) -> None:
    """Not even a dimension of a metric shows an address."""
    event = ExecutionEnded(
        lot_id=LotId(_ID), award_id=AwardId(_ID), seat_id=SeatId("ada@lumen.example"), round=1, status="failed",
        reason="throttled", price_micros=1, cost_micros=1, latency_ms=9, input_tokens=None,
        output_tokens=None, road=None,
    )  # fmt: skip
    LineObserver(lambda: _NOW).report(event)

    assert "lumen" not in written.getvalue()
    assert lines(written)[0]["Throttles"] == 1
