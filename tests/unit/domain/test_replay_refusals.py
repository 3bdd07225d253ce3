"""A replay is refused where the log is thin, with the reason and the figures behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bidding.domain.estimators import WEIGHT_CONFIDENCE
from bidding.domain.replay import (
    EFFECTIVE_ROUNDS_MIN,
    PLAYS_MIN,
    ROUNDS_MIN,
    UNPLAYED_MASS_MAX,
    WEIGHT_GAP_MAX,
    Measure,
    Refusal,
    Replay,
    evaluate,
)
from bidding.domain.replay_sums import ReplaySums
from tests.unit.domain.bandit_logs import a_log, sums

SHARES_IN_THE_GUIDE = ((UNPLAYED_MASS_MAX, 0), (WEIGHT_GAP_MAX, 0), (WEIGHT_CONFIDENCE, 2))


def refused(answer: Replay | Refusal) -> tuple[str, str]:
    assert isinstance(answer, Refusal)
    return answer.reason, answer.detail


@pytest.mark.parametrize("chance", [0.0, 1e-12, -0.1, 1.5, np.nan, np.inf])
def test_a_propensity_that_is_no_chance_is_refused(chance: float) -> None:
    """One broken propensity refuses the replay, with the count."""
    log, policy = a_log()
    broken = replace(log, pscore=np.where(np.arange(len(log.pscore)) == 7, chance, log.pscore))
    reason, detail = refused(evaluate(sums(broken, policy)))
    assert reason == "invalid_propensities"
    assert detail.startswith(f"1 of {len(log.action)} rounds")


def test_a_short_log_is_refused() -> None:
    """A log of one round fewer than needed is refused, also where it is long and hardly judged."""
    reason, _ = refused(evaluate(sums(*a_log(ROUNDS_MIN - 1))))
    assert reason == "too_few_rounds"
    log, policy = a_log()
    hardly = replace(log, reward=np.where(np.arange(len(log.action)) < ROUNDS_MIN - 1, log.reward, np.nan))
    answer = evaluate(sums(hardly, policy))
    assert isinstance(answer, Replay)
    assert isinstance(answer.reward, Refusal)
    assert answer.reward.reason == "too_few_rounds"
    assert isinstance(answer.cost, Measure)


def test_no_log_at_all_is_refused() -> None:
    """Sums over nothing are a refusal, not a division by zero."""
    reason, _ = refused(evaluate(ReplaySums()))
    assert reason == "too_few_rounds"


def test_an_action_that_the_log_hardly_took_is_refused() -> None:
    """A policy that wants what the log took fewer times than needed is refused, and the action is named."""
    log, policy = a_log()
    often = np.flatnonzero(log.action == 0)[: PLAYS_MIN - 1]
    action = np.where(np.isin(np.arange(len(log.action)), often), 0, 1)
    reason, detail = refused(evaluate(sums(replace(log, action=action), policy)))
    assert reason == "action_not_logged"
    assert "action-0 in 100% of rounds" in detail


def test_a_few_heavy_rounds_are_refused() -> None:
    """Where some rounds weigh a thousand times more than others, the log is worth too few rounds."""
    log, policy = a_log()
    heavy = np.flatnonzero(log.action == 0)[:3]
    pscore = log.pscore.copy()
    pscore[heavy] /= 1_000
    reason, detail = refused(evaluate(sums(replace(log, pscore=pscore), policy)))
    assert reason == "too_few_effective_rounds"
    assert f"{EFFECTIVE_ROUNDS_MIN:.0f} are needed" in detail


def test_a_part_that_the_log_never_tries_is_refused() -> None:
    """A policy whose action is logged, but never where the policy wants it, is caught by the mean weight."""
    log, policy = a_log()
    wanted = np.tile([0.0, 1.0, 0.0], (len(log.action), 1))
    wanted[: len(wanted) // 2] = [1.0, 0.0, 0.0]
    never_first_half = np.where((np.arange(len(wanted)) < len(wanted) // 2) & (log.action == 0), 2, log.action)
    gone = sums(replace(log, action=never_first_half), replace(policy, action_dist=wanted))
    reason, detail = refused(evaluate(gone))
    assert reason == "weights_do_not_add_up"
    assert "never tries" in detail


def test_propensities_that_are_too_small_are_refused() -> None:
    """Propensities of half their true size make weights average two."""
    log, policy = a_log()
    reason, detail = refused(evaluate(sums(replace(log, pscore=log.pscore / 2), policy)))
    assert reason == "weights_do_not_add_up"
    assert "propensities are too small" in detail


def test_the_guide_states_the_thresholds_in_force() -> None:
    """docs/how-to/replay-a-policy.md gives every threshold as it is."""
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "replay-a-policy.md").read_text()
    percent = [f"{share:.{digits}%}".replace("%", " %") for share, digits in SHARES_IN_THE_GUIDE]
    for sentence in (
        f"fewer than {ROUNDS_MIN} lots",
        f"over {percent[0]} of its choices on seats that won fewer than {PLAYS_MIN} lots",
        f"mean weight off 1 by over {percent[1]} and outside its {percent[2]} interval",
        f"effective sample size below {EFFECTIVE_ROUNDS_MIN:.0f}",
    ):
        assert sentence in guide
