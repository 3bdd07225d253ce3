"""The bench of picks, on a few rounds."""

import pytest

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.auction import measure_auction
from stacks.local.bench.auction_subjects import subjects


def test_every_subject_is_timed_at_every_number_of_seats() -> None:
    """One figure per subject and number of seats, ours, the floor, and a contender of the routing bench."""
    report = measure_auction(subjects(["random"], []), seats=[1, 3], rounds=60)
    assert [(figure.seats, figure.subject) for figure in report.figures] == [
        (seats, subject)
        for seats in (1, 3)
        for subject in ("library", "library, tight", "kernel", "kernel, notices, text", "linucb floor", "random")
    ]
    assert all(0 < figure.pick_p50_us <= figure.pick_p99_us for figure in report.figures)


def test_a_peer_that_nobody_knows_is_named() -> None:
    """Asking for an unknown router says which there are."""
    with pytest.raises(InvalidRequest, match="paretobandit"):
        subjects([], ["oracle"])
