"""The catalogues of events and metrics."""

from __future__ import annotations

from stacks.local.catalogues import REFERENCE, custom_metrics, events_page, metrics_page


def test_the_pages_are_what_the_code_says() -> None:
    """docs/reference has every event and metric as they are; `python -m stacks.local.catalogues` writes them."""
    assert (REFERENCE / "events.md").read_text() == events_page()
    assert (REFERENCE / "metrics.md").read_text() == metrics_page()


def test_a_seat_more_is_a_metric_more_for_each_that_knows_seats() -> None:
    """The number of billed metrics grows with the seats, not with tasks, lots or kinds."""
    assert custom_metrics(9) - custom_metrics(8) == custom_metrics(1) - custom_metrics(0) > 5
