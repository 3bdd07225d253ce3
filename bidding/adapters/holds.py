"""Which holds an earlier attempt at a lot may have left behind."""

from __future__ import annotations

from bidding.domain import ids
from bidding.domain.ids import HoldId, LotId

_ROUNDS_MAX = 16  # far above the rounds that a state machine runs; an id that was never used costs one look-up


def holds_before(lot: LotId, attempt: int) -> list[HoldId]:
    """Ids of every hold that attempts before `attempt` could have placed: ids are derived, so none need be stored."""
    return [
        ids.hold_id(ids.auction_id(lot, earlier, round_))
        for earlier in range(1, attempt)
        for round_ in range(1, _ROUNDS_MAX + 1)
    ]
