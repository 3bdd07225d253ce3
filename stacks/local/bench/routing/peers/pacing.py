"""A budget rule for peers that have none: picks by score − λ × price, λ moved by what was spent."""

from __future__ import annotations

import math

import numpy as np

from stacks.local.bench.routing.contenders import Setup
from stacks.local.bench.routing.data import Floats

_STEP = 0.05
_MEMORY = 0.02
_FORGIVEN = 1.0
_LOG_PENALTY_MIN = math.log(1e-5)
_LOG_PENALTY_MAX = math.log(10.0)


class SpendRule:
    """λ in score per budget: a call that costs the whole mean budget loses λ.

    After each call log λ rises by 0.05 × (recent mean spend / budget − 1), at most by 0.05; recent is an
    exponential mean with weight 0.02 for the newest call. It starts at λ = 0.01. One rule, fixed before any result
    was seen and not tuned since, for every peer without a budget of its own.
    """

    def __init__(self, setup: Setup) -> None:
        self._budget_usd = setup.budget_usd
        self._listed_usd = [float(price) for price in setup.listed_usd]
        self._recent_usd = setup.budget_usd
        self._log_penalty = math.log(0.01)

    @property
    def budgets_per_call(self) -> Floats:
        """How many mean budgets one call of each model costs by its listed price, (n,)."""
        return np.array(self._listed_usd) / self._budget_usd

    @property
    def penalty(self) -> Floats:
        """What each model's score loses for its listed price, (n,)."""
        return math.exp(self._log_penalty) * self.budgets_per_call

    def observe(self, cost_usd: float) -> None:
        """Count what the pick cost."""
        self._recent_usd += _MEMORY * (cost_usd - self._recent_usd)
        over = min(self._recent_usd / self._budget_usd - 1, _FORGIVEN)
        self._log_penalty = min(max(self._log_penalty + _STEP * over, _LOG_PENALTY_MIN), _LOG_PENALTY_MAX)

    def reprice(self, model: int, listed_usd: float) -> None:
        """A listed price changed."""
        self._listed_usd[model] = listed_usd

    def add(self, listed_usd: float) -> None:
        """A model joined."""
        self._listed_usd.append(listed_usd)
