"""A challenger's trial ends by what it earns, or by what it spends."""

from dataclasses import replace

import pytest

from bidding.domain.ids import SeatId
from bidding.domain.variants import OUTCOMES_MIN, Trial, Variant, judge

VARIANT = Variant(SeatId("m/new"), "classify", "s", SeatId("m/old"), "search", "", (), 0.8, 0.5, 10, 1_000)


@pytest.mark.parametrize(
    ("ours", "theirs", "status"), [(1.0, 0.2, "champion"), (0.2, 1.0, "retired"), (0.6, 0.5, "challenger")]
)
def test_the_better_of_two_records_decides(ours: float, theirs: float, status: str) -> None:
    """Far ahead is a champion, far behind retires, close together goes on; a decision says by what."""
    verdict = judge(VARIANT, Trial((ours,) * 12, (theirs,) * 12, 100))
    assert verdict.status == status
    assert bool(verdict.reason) == (status != "challenger")


def test_a_few_outcomes_decide_nothing() -> None:
    """Luck is no record."""
    few = OUTCOMES_MIN - 1
    assert judge(VARIANT, Trial((1.0,) * few, (0.0,) * 50, 100)).status == "challenger"


def test_a_trial_ends_with_its_budget() -> None:
    """Who spent it all without getting ahead retires, and is told so."""
    verdict = judge(VARIANT, Trial((0.5,) * 3, (0.5,) * 50, 1_000))
    assert verdict.status == "retired"
    assert "1000 µ$" in verdict.reason


def test_a_challenger_bids_within_its_budget_and_a_champion_freely() -> None:
    """The next call counts before it is made."""
    spent = replace(VARIANT, spent_micros=950)
    assert (spent.may_explore(50), spent.may_explore(51)) == (True, False)
    assert replace(spent, status="champion").may_explore(10_000)
