"""What seats said of labels, in memory."""

from __future__ import annotations

from collections.abc import Mapping

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.calibration import WINDOW_LOTS, WeighedLot
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Award


class InMemoryLabelChances(TablesPart):
    """See `LabelChances`."""

    def record_label_chances(
        self, tenant: TenantId, award: Award, scope: str, chances: Mapping[str, float], now_ms: int
    ) -> None:
        """Remember the chances an award's seat gave to the labels of its lot. The first word on an award stands."""
        with self._tables.lock:
            self._tables.label_chances.setdefault((tenant, award.award_id), (award, scope, dict(chances)))

    def weighed_lots(self, tenant: TenantId, seat: SeatId, scope: str) -> list[WeighedLot]:
        """What a seat said of its last lots in this scope, oldest first, each with the label verified since."""
        with self._tables.lock:
            said = [
                (award.lot_id, chances)
                for (owner, _), (award, of, chances) in self._tables.label_chances.items()
                if owner == tenant and (award.seat_id, of) == (seat, scope)
            ]
            shown = {lot: self._tables.demonstrations.get((tenant, lot)) for lot, _ in said}
        right = {lot: each.output.get("label") if each else None for lot, each in shown.items()}
        return [
            WeighedLot(chances, str(label) if (label := right[lot]) is not None else None)
            for lot, chances in said[-WINDOW_LOTS:]
        ]
