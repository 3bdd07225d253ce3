"""When is a newcomer adopted? When it keeps a tenth of the traffic, exploration not counted.

ParetoBandit's paper asks for 10 % of the last 100 picks, held for 50 picks, and skips its 20 forced calls and the
100 picks whose window still holds them: no one can be quicker than 121 by that rule. The plain rule leaves out every
contender's first 20 calls of the newcomer instead, forced or not, and counts from its arrival.

Source: experiments/04_model_onboarding/run_model_onboarding.py of github.com/ParetoBandit/ParetoBandit.
"""

from __future__ import annotations

from collections.abc import Sequence

WINDOW = 100
SHARE = 0.10
HOLD = 50
EXPLORATION_CALLS = 20


def steps_to_adoption(picks: Sequence[int], newcomer: int) -> int | None:
    """The step (from 1) at which adoption begins, by the plain rule; None where it never does.

    Picks before the arrival count as somebody else's.
    """
    calls = 0
    counted = []
    for pick in picks:
        calls += pick == newcomer
        counted.append(pick == newcomer and calls > EXPLORATION_CALLS)
    shares = [sum(counted[max(0, end - WINDOW) : end]) / WINDOW for end in range(1, len(counted) + 1)]
    return _first_held(shares)


def adopted_after_washout(picks: Sequence[int], newcomer: int) -> int | None:
    """The step by the paper's rule, never below 121; its window is as long as there were picks."""
    washout = EXPLORATION_CALLS + WINDOW
    shares = []
    for end in range(washout + 1, len(picks) + 1):
        window = picks[end - WINDOW : end]
        shares.append(sum(pick == newcomer for pick in window) / WINDOW)
    held = _first_held(shares)
    return None if held is None else held + washout


def _first_held(shares: Sequence[float]) -> int | None:
    run = 0
    for step, share in enumerate(shares, start=1):
        run = run + 1 if share >= SHARE else 0
        if run == HOLD:
            return step - HOLD + 1
    return None
