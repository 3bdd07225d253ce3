"""The bench of picks, on a few rounds."""

import pytest

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.auction import measure_auction
from stacks.local.bench.auction_subjects import OURS, peer


def test_every_subject_is_timed_at_every_number_of_seats() -> None:
    """One figure per subject and number of seats, with an update cheaper than the pick that came before it."""
    report = measure_auction({"kernel": OURS["atomic (kernel)"]}, seats=[1, 3], rounds=60)
    assert [(figure.subject, figure.seats) for figure in report.figures] == [("kernel", 1), ("kernel", 3)]
    assert all(0 < figure.update_p50_us < figure.pick_p50_us <= figure.pick_p99_us for figure in report.figures)


def test_a_peer_that_nobody_knows_is_named() -> None:
    """Asking for an unknown router says which there are."""
    with pytest.raises(InvalidRequest, match="paretobandit"):
        peer("oracle")
