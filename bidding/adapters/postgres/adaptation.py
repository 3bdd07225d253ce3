"""What seats said of labels, for their calibration."""

from __future__ import annotations

from collections.abc import Mapping

from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.domain.calibration import WINDOW_LOTS, WeighedLot
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Award

_RECORD = """
SELECT record_label_chances(%(tenant)s, %(award)s, %(lot)s, %(seat)s, %(scope)s, %(chances)s, %(now_ms)s)
"""
_WEIGHED = """
SELECT said.chances, shown.output ->> 'label' AS label
FROM (
    SELECT seq, lot_id, chances
    FROM label_chances
    WHERE tenant = %(tenant)s AND seat_id = %(seat)s AND scope = %(scope)s
    ORDER BY seq DESC
    LIMIT %(limit)s
) AS said
LEFT JOIN current_demonstrations AS shown ON shown.tenant = %(tenant)s AND shown.lot_id = said.lot_id
ORDER BY said.seq
"""


class PostgresLabelChances(LedgerPart):
    """See `LabelChances`."""

    def record_label_chances(
        self, tenant: TenantId, award: Award, scope: str, chances: Mapping[str, float], now_ms: int
    ) -> None:
        """Remember the chances an award's seat gave to the labels of its lot. The first word on an award stands."""
        self._database.value(
            _RECORD,
            {
                "tenant": tenant,
                "award": award.award_id,
                "lot": award.lot_id,
                "seat": award.seat_id,
                "scope": storable(scope),
                "chances": as_json(dict(chances)),
                "now_ms": now_ms,
            },
        )

    def weighed_lots(self, tenant: TenantId, seat: SeatId, scope: str) -> list[WeighedLot]:
        """What a seat said of its last lots in this scope, oldest first, each with the label verified since."""
        parameters = {"tenant": tenant, "seat": seat, "scope": storable(scope), "limit": WINDOW_LOTS}
        return [WeighedLot(row["chances"], row["label"]) for row in self._database.rows(_WEIGHED, parameters)]
