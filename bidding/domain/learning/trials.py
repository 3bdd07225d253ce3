"""Newcomers: who joins a market that has been running is tried for a while, and for so long only."""

from __future__ import annotations

from collections.abc import Mapping

from bidding.domain.learning.tables import Floats

TRIAL_OUTCOMES = 20.0
"""A trial ends when so many calls were judged. So many may be made of which nobody says what they were worth."""
TRIAL_OPTIMISM_SDS = 1.0
"""So much higher is drawn from who is on trial; so much lower who had its calls and was not judged for them."""


class Trials:
    """Who is on trial, by row, and how many calls each had.

    Every outcome lets a newcomer have TRIAL_OUTCOMES calls more. Where judgements come late, or of few lots, or never,
    a trial so costs a bounded number of calls: who had them is drawn as no more than it is likely to be.
    """

    def __init__(self, calls: Mapping[int, int] | None = None) -> None:
        self.calls = dict(calls or {})

    def join(self, seat: int) -> None:
        """A seat joined."""
        self.calls[seat] = 0

    def called(self, seat: int, calls: int = 1) -> None:
        """A seat was given a call, which is judged later, or never; or was not after all: -1."""
        if seat in self.calls:
            self.calls[seat] = max(0, self.calls[seat] + calls)

    def judged(self, seat: int, outcomes: float) -> None:
        """A seat's calls that were judged weigh so much now."""
        if outcomes >= TRIAL_OUTCOMES:
            self.calls.pop(seat, None)

    def lean(self, mean: Floats, sd: Floats, outcomes: Floats) -> None:
        """Move what newcomers are drawn from, in place; each (seats,)."""
        for seat, calls in self.calls.items():
            if calls < TRIAL_OUTCOMES * (1 + outcomes.item(seat)):
                mean[seat] += TRIAL_OPTIMISM_SDS * sd[seat]
            else:
                mean[seat] -= TRIAL_OPTIMISM_SDS * sd[seat]
                sd[seat] = 0.0
