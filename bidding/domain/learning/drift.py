"""Has a seat changed? And how long may its record be trusted if it has?

A two-sided cumulative sum over the standardised errors of each seat's predicted rewards. On an alarm the seat's
record shrinks to little, and for a while it also fades with the lots that pass: a seat that has changed once is
looked at again, so one that recovers comes back.

Source: Page, Continuous Inspection Schemes, Biometrika 1954; Garivier and Moulines, On Upper-Confidence Bound
Policies for Switching Bandit Problems, 2011 (discounting).
"""

from __future__ import annotations

import math

from bidding.domain.dataclass import dataclass
from bidding.domain.learning.state import WatchState

ALLOWANCE = 0.3
THRESHOLD = 20.0
ERROR_MAX = 3.0
KEPT_ON_ALARM = 5.0
"""Outcomes that an alarm leaves of a seat's record."""
CALM_LOTS = 100_000.0
WARY_LOTS = 100.0
"""Lots after which a record has faded to 1/e: usually, and after an alarm."""
WARINESS_LOTS = 2_000
"""How long an alarm is remembered."""


@dataclass(slots=True)
class Watch:
    """The watch over one seat. `alarm_at` is the number of the lot of the last alarm, None before the first."""

    up: float = 0.0
    down: float = 0.0
    alarm_at: int | None = None

    def state(self) -> WatchState:
        """As plain values."""
        return WatchState(self.up, self.down, self.alarm_at)

    def learn(self, error: float, lot: int) -> bool:
        """Add a standardised error; True where it raises the alarm."""
        if not -ERROR_MAX <= error <= ERROR_MAX:
            error = math.copysign(ERROR_MAX, error)
        up, down = self.up + error - ALLOWANCE, self.down - error - ALLOWANCE
        self.up, self.down = up if up > 0 else 0.0, down if down > 0 else 0.0
        if up <= THRESHOLD and down <= THRESHOLD:
            return False
        self.up = self.down = 0.0
        self.alarm_at = lot
        return True

    def wary(self, lot: int) -> bool:
        """Whether an alarm is recent."""
        return self.alarm_at is not None and lot - self.alarm_at < WARINESS_LOTS

    def fading(self, lot: int, lots: int) -> float:
        """Share of the record that is left after `lots` more lots."""
        return math.exp(-lots / (WARY_LOTS if self.wary(lot) else CALM_LOTS))
