"""A quantile followed online, without a model of the distribution.

Source: Robbins and Monro, A Stochastic Approximation Method, 1951; as used for calibrated intervals in Gibbs and
Candès, Adaptive Conformal Inference Under Distribution Shift, NeurIPS 2021.
"""

from __future__ import annotations

import math

from bidding.domain.dataclass import dataclass

STEP_MIN = 0.05
STEP_FIRST = 0.5
_LAST_LONG_STEP = (STEP_FIRST / STEP_MIN) ** 2


@dataclass(slots=True)
class Quantile:
    """The level below which `share` of the values fall. Its steps shrink as values come in, to a floor: it keeps up."""

    share: float
    level: float
    values: int = 0
    covered: int = 0

    def learn(self, value: float) -> None:
        """Step up after a value above the level, down after one below: balanced where `share` of them are below."""
        self.values = values = self.values + 1
        step = STEP_FIRST / math.sqrt(values) if values < _LAST_LONG_STEP else STEP_MIN
        if value > self.level:
            self.level += step * self.share
        else:
            self.covered += 1
            self.level += step * (self.share - 1)

    @property
    def coverage(self) -> float | None:
        """Share of the values that the level of their time covered; None before the first."""
        return self.covered / self.values if self.values else None
