"""The docket of a market of the library: decisions that may still be told of."""

from __future__ import annotations

from collections import OrderedDict
from typing import NoReturn

import numpy as np

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest, UnknownRecord
from bidding.domain.learning.claims import WinningClaim
from bidding.domain.learning.guard import Watched
from bidding.domain.learning.under_way import Terms
from bidding.domain.policies.base import Context

PENDING_MAX = 100_000
"""So many calls are kept that are under way, and as many that are paid; beyond it the oldest are given up."""


@dataclass(slots=True)
class Pending:
    """A decision that may still be told of: who won, by which row, and at which forecast.

    `pick` is what the guard watches of it, None where the policy was aside.
    """

    context: Context
    row: int
    listed_micros: float
    factor: float
    terms: Terms
    pick: Watched | None
    rewarded: tuple[float, float] | None = None
    claim: WinningClaim | None = None


class Docket:
    """Decisions by their ids, oldest first: those whose calls are under way, and those that are settled."""

    def __init__(self) -> None:
        self._under_way: dict[int, Pending] = {}
        # Gives its oldest up at once, where a plain one would look for it among all that were deleted before.
        self._settled: OrderedDict[int, Pending] = OrderedDict()

    def enter(self, decision_id: int, pending: Pending) -> Pending | None:
        """A call is under way. Answers another one that had to be given up for it, unpaid; None mostly."""
        unpaid = None
        if len(self._under_way) == PENDING_MAX:
            unpaid = self._under_way.pop(next(iter(self._under_way)))
        self._under_way[decision_id] = pending
        return unpaid

    def unpaid(self, decision_id: int) -> Pending:
        """A call under way. Raises UnknownRecord, InvalidRequest where it was settled."""
        pending = self._under_way.get(_number(decision_id))
        if pending is None:
            if decision_id in self._settled:
                raise InvalidRequest(f"decision {decision_id} was settled before")
            _unknown(decision_id)
        return pending

    def settle(self, decision_id: int) -> None:
        """A call under way was paid."""
        if len(self._settled) == PENDING_MAX:
            self._settled.popitem(last=False)
        self._settled[decision_id] = self._under_way.pop(decision_id)

    def void(self, decision_id: int) -> Pending:
        """Forget a call that was never made. Raises UnknownRecord, InvalidRequest where it was settled or rewarded."""
        pending = self.any(decision_id)
        if decision_id in self._settled or pending.rewarded:
            raise InvalidRequest(f"decision {decision_id} was settled or rewarded: its call was made")
        return self._under_way.pop(decision_id)

    def any(self, decision_id: int) -> Pending:
        """A decision, settled or not. Raises UnknownRecord."""
        number = _number(decision_id)
        return self._settled.get(number) or self._under_way.get(number) or _unknown(decision_id)


def _number(decision_id: int) -> int:
    return decision_id if isinstance(decision_id, int | np.integer) else _unknown(decision_id)


def _unknown(decision_id: object) -> NoReturn:
    raise UnknownRecord(f"no decision {decision_id!r} waits to be told of")
