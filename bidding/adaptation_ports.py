"""What adaptation needs of the ledger: a part of `bidding.ports`. What is said there of errors holds here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bidding.domain.calibration import WeighedLot
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Award


class LabelChances(Protocol):
    """What seats said of labels, and what turned out to be right."""

    def record_label_chances(
        self, tenant: TenantId, award: Award, scope: str, chances: Mapping[str, float], now_ms: int
    ) -> None:
        """Remember the chances an award's seat gave to the labels of its lot. The first word on an award stands."""

    def weighed_lots(self, tenant: TenantId, seat: SeatId, scope: str) -> list[WeighedLot]:
        """What a seat said of its last lots in this scope, oldest first, each with the label verified since.

        At most WINDOW_LOTS of them.
        """
