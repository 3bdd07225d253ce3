"""The measured gain from lying, on a small run of the bench."""

from stacks.local.bench.incentives import EPSILON, measure_incentives


def test_lying_gains_under_first_score_and_nothing_under_the_others() -> None:
    """No misreport of the grid gains more than ε on average, unless the winner is paid what it reported."""
    best = {gain.rule: gain.mean for gain in measure_incentives(instances=60).best_lies()}
    assert best["first_score"] > EPSILON
    assert best["second_score"] <= EPSILON
    assert best["learning, one lot"] <= EPSILON
    assert best["learning, horizon"] <= EPSILON
