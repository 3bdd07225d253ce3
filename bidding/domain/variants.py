"""Compiled variants: challengers with an exploration budget, judged against the seat that they were compiled for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from bidding.domain.dataclass import dataclass
from bidding.domain.ids import LotId, SeatId
from bidding.domain.seats import Seat

VariantStatus = Literal["challenger", "champion", "retired"]

OUTCOMES_MIN = 8
"""Rewards that a challenger must have, and its base, before they are compared."""
DECISION_SDS = 1.64
"""A difference of so many standard errors decides: 95 % one-sided."""
_NOISE = 0.25
"""Variance of rewards that a handful of outcomes may not show; weighs as two of them."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A prompt compiled from a tenant's verified lots.

    `instruction` is empty for the usual one. `demonstrations` are solved lots, shown every time. `compiled_right` and
    `base_right` are the shares of `examined` held-out lots that variant and base answered right when it was compiled.
    A challenger may spend `exploration_micros` in its trial.
    """

    seat_id: SeatId
    kind: str
    scope: str
    base_seat_id: SeatId
    optimizer: str
    instruction: str
    demonstrations: tuple[LotId, ...]
    compiled_right: float
    base_right: float
    examined: int
    exploration_micros: int
    spent_micros: int = 0
    status: VariantStatus = "challenger"
    reason: str = ""

    def may_explore(self, price_micros: int) -> bool:
        """Whether one more call at this price is within the trial's budget; a champion is on trial no more."""
        return self.status == "champion" or self.spent_micros + price_micros <= self.exploration_micros


@dataclass(frozen=True, slots=True)
class Trial:
    """Net rewards (reward less cost per value) of a challenger and of its base, and what the challenger spent."""

    challenger: tuple[float, ...]
    base: tuple[float, ...]
    spent_micros: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a challenger; `reason` is empty while it goes on."""

    status: VariantStatus
    reason: str = ""


def judge(variant: Variant, trial: Trial) -> Verdict:
    """Ahead of its base: champion. Behind, or its budget spent without a decision: retired. Else it goes on."""
    ours, theirs = trial.challenger, trial.base
    if min(len(ours), len(theirs)) >= OUTCOMES_MIN:
        ahead = _mean(ours) - _mean(theirs)
        error = math.sqrt(_variance(ours) / len(ours) + _variance(theirs) / len(theirs))
        record = f"{_mean(ours):.2f} over {len(ours)} lots against {_mean(theirs):.2f} of {variant.base_seat_id}"
        if ahead > DECISION_SDS * error:
            return Verdict("champion", f"earned {record}")
        if ahead < -DECISION_SDS * error:
            return Verdict("retired", f"earned {record}")
    if trial.spent_micros >= variant.exploration_micros:
        return Verdict(
            "retired", f"spent its {variant.exploration_micros} µ$ without getting ahead of {variant.base_seat_id}"
        )
    return Verdict("challenger")


def variant_of(variants: Sequence[Variant], seat: Seat) -> Variant | None:
    """The variant that a seat carries, None for a seat of the installation."""
    return next((variant for variant in variants if variant.seat_id == seat.seat_id), None)


def _mean(rewards: Sequence[float]) -> float:
    return sum(rewards) / len(rewards)


def _variance(rewards: Sequence[float]) -> float:
    mean = _mean(rewards)
    return (2 * _NOISE + sum((reward - mean) ** 2 for reward in rewards)) / (2 + len(rewards))
