"""A second look at dear seats where most of the budget is left over: few trials may have ruled them out.

Draws explore with a share of the posterior's deviation only, for most doubts are not worth what settling them costs.
So a seat that failed its first few calls is hardly drawn again. But where less than half of the allowances are spent,
and all the same nobody wins by a higher price, settling them is paid with money that would be forfeited.
"""

from __future__ import annotations

import numpy as np

from bidding.domain.learning.pacing import Pacer
from bidding.domain.learning.tables import Floats

SPENT_SHARE = 0.5
"""Money is left over where less of all allowances is spent than this share: looks that cost more end by themselves."""
LOTS_MIN = 50
"""Not before so many lots were paid: until then everybody is new."""
TRIALS = 40.0
"""Until so many outcomes of a seat are known."""
WITHIN_ALLOWANCES = 2.0
"""Who costs more than so many allowances could hardly become a regular winner."""
WIDER = 2.0
"""What deviations are multiplied by."""


def second_look(pacer: Pacer, prices: Floats, outcomes: Floats) -> Floats | None:
    """By what to multiply deviations, (seats,), WIDER for who is due a second look; None mostly, where nobody is.

    `prices` (seats,) are means, `outcomes` (seats,) numbers. Due is who costs more than a lot has cost so far, but not
    more than WITHIN_ALLOWANCES, and had fewer outcomes than TRIALS.
    """
    allowance, lots, spent = pacer.allowance_micros, pacer.lots, pacer.spent_micros
    if allowance is None or pacer.pace.high > 0 or lots < LOTS_MIN or spent >= SPENT_SHARE * lots * allowance:
        return None
    due = (prices > spent / lots) & (prices <= WITHIN_ALLOWANCES * allowance) & (outcomes < TRIALS)
    return np.where(due, WIDER, 1.0) if due.any() else None
