"""Replay: what would another policy have earned and spent on the logged rounds?

Answers with three estimates for each measure, or refuses and says why: an interval is worth something only where the
log tried, often enough, what the policy wants to do.
"""

from __future__ import annotations

from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.estimators import Estimate, dr, effective_rounds, ips, logged, mean_weight, snips
from bidding.domain.replay_sums import MeasureSums, ReplaySums

RefusalReason = Literal[
    "invalid_propensities", "too_few_rounds", "action_not_logged", "weights_do_not_add_up", "too_few_effective_rounds"
]

ROUNDS_MIN = 50
"""A variance of fewer weighted rounds is a guess."""
PLAYS_MIN = 5
"""An action played less often has no mean worth the name."""
UNPLAYED_MASS_MAX = 0.02
"""How much of its choices a policy may put on such actions: rewards lie in [0, 1], so the bias is at most this."""
WEIGHT_GAP_MAX = 0.05
"""The mean weight is 1 where the log tries all that the policy wants; a gap is the share it never tries.
Less than this is let pass; more must also lie outside the interval of the mean weight."""
EFFECTIVE_ROUNDS_MIN = 25.0
"""From about here on the intervals keep their promise; docs/how-to/replay-a-policy.md has the measurement."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No estimate, and why: a code, and a sentence with the figures behind it."""

    reason: RefusalReason
    detail: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Three estimates of one measure per round, on the `rounds` that know it, and what the log itself has.

    `share` is how much of the log that is; `target_share` how much of the policy's own choices it would be. Where
    the two differ, being known depends on the action, and the estimates speak of the known rounds only.
    """

    rounds: int
    share: float
    target_share: float
    effective_rounds: float
    ips: Estimate
    snips: Estimate
    dr: Estimate
    logged: Estimate


@dataclass(frozen=True, slots=True)
class Replay:
    """What a policy would have earned (`reward`, in [0, 1]) and spent (`cost`, in micros) per logged round."""

    rounds: int
    reward: Measure | Refusal
    cost: Measure | Refusal


def evaluate(sums: ReplaySums) -> Replay | Refusal:
    """Estimates from the sums over a log. A refusal inside concerns one measure, a refusal alone the whole policy."""
    refusal = _thin_log(sums)
    if refusal is not None:
        return refusal
    return Replay(sums.rounds, _measure(sums, sums.reward, "reward"), _measure(sums, sums.cost, "cost"))


def _thin_log(sums: ReplaySums) -> Refusal | None:
    if sums.invalid:
        detail = f"{sums.invalid} of {sums.invalid + sums.rounds} rounds have a propensity that is no chance in (0, 1]"
        return Refusal("invalid_propensities", detail)
    if sums.rounds < ROUNDS_MIN:
        return Refusal("too_few_rounds", f"{sums.rounds} rounds, at least {ROUNDS_MIN} are needed")
    unplayed = {name: mass / sums.rounds for name, mass in sums.mass.items() if sums.plays.get(name, 0) < PLAYS_MIN}
    if sum(unplayed.values()) > UNPLAYED_MASS_MAX:
        worst = max(sorted(unplayed), key=lambda name: unplayed[name])
        plays = sums.plays.get(worst, 0)
        detail = f"the policy takes {worst} in {unplayed[worst]:.0%} of rounds, the log in {plays} of {sums.rounds}"
        return Refusal("action_not_logged", detail)
    return _thin_weights(*sums.weights[:2]) or _stray_weights(sums)


def _thin_weights(weight: float, squares: float) -> Refusal | None:
    effective = effective_rounds(weight, squares)
    if effective >= EFFECTIVE_ROUNDS_MIN:
        return None
    detail = f"the log is worth {effective:.1f} rounds of this policy, {EFFECTIVE_ROUNDS_MIN:.0f} are needed"
    return Refusal("too_few_effective_rounds", detail)


def _stray_weights(sums: ReplaySums) -> Refusal | None:
    weight = mean_weight(sums.rounds, sums.weights)
    if abs(weight.mean - 1) <= WEIGHT_GAP_MAX or weight.low <= 1 <= weight.high:
        return None
    never = "the log never tries a part of what the policy wants, or its propensities are too large"
    why = never if weight.mean < 1 else "the propensities are too small"
    return Refusal("weights_do_not_add_up", f"weights average {weight.mean:.2f}, not 1: {why}")


def _measure(sums: ReplaySums, measure: MeasureSums, name: str) -> Measure | Refusal:
    if measure.rounds < ROUNDS_MIN:
        return Refusal("too_few_rounds", f"{measure.rounds} rounds know their {name}, at least {ROUNDS_MIN} are needed")
    if refusal := _thin_weights(measure.power[1][0], measure.power[2][0]):
        return refusal
    return Measure(
        rounds=measure.rounds,
        share=measure.rounds / sums.rounds,
        target_share=measure.power[1][0] / sums.weights[0],
        effective_rounds=effective_rounds(measure.power[1][0], measure.power[2][0]),
        ips=ips(measure),
        snips=snips(measure),
        dr=dr(measure),
        logged=logged(measure),
    )
