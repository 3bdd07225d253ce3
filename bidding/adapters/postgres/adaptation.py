"""What seats said of labels, for their calibration, and the variants compiled from verified lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bidding.adapters.postgres.demonstrations import demonstration_from
from bidding.adapters.postgres.part import LedgerPart, as_json, storable
from bidding.domain.errors import LedgerConflict
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Award, Demonstration
from bidding.domain.variants import Trial, Variant, Verdict
from bidding.domain.weighed_lots import WINDOW_LOTS, WeighedLot

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
_PUT_VARIANT = "SELECT put_variant(%(tenant)s, %(variant)s, %(now_ms)s)"
_VARIANTS = """
SELECT seat_id, kind, scope, base_seat_id, optimizer, instruction, demonstrations::text[] AS demonstrations,
       compiled_right, base_right, examined, exploration_micros, spent_micros, status, reason
FROM variants
WHERE tenant = %(tenant)s
ORDER BY seat_id
"""
_TRIAL = """
SELECT a.seat_id, j.reward, c.cost_micros, l.value_micros
FROM variants AS v
JOIN awards AS a ON a.tenant = v.tenant AND a.seat_id IN (v.seat_id, v.base_seat_id)
JOIN auctions AS u ON u.tenant = a.tenant AND u.auction_id = a.auction_id
JOIN lots AS l ON l.tenant = u.tenant AND l.lot_id = u.lot_id AND l.kind = v.kind
JOIN completions AS c ON c.tenant = a.tenant AND c.award_id = a.award_id
LEFT JOIN LATERAL (
    SELECT o.reward FROM outcomes AS o
    WHERE o.tenant = a.tenant AND o.award_id = a.award_id AND o.stands AND o.reward IS NOT NULL
    ORDER BY o.xact_id DESC LIMIT 1
) AS j ON true
WHERE v.tenant = %(tenant)s AND v.seat_id = %(seat)s
ORDER BY a.award_id
"""
_REVIEW = "SELECT review_variant(%(tenant)s, %(seat)s, %(spent)s, %(status)s, %(reason)s, %(now_ms)s)"
_VERIFIED = """
SELECT lot_id, kind, scope, data_class, text, output, source, embedding::text AS embedding, 0.0::float8 AS similarity
FROM (
    SELECT * FROM current_demonstrations
    WHERE tenant = %(tenant)s AND kind = %(kind)s AND source = 'human'
    ORDER BY seq DESC
    LIMIT %(limit)s
) AS latest
ORDER BY seq
"""


class PostgresAdaptation(LedgerPart):
    """See `LabelChances` and `VariantStore`."""

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

    def put_variant(self, tenant: TenantId, variant: Variant, now_ms: int) -> None:
        """Register a variant of a known seat. Raises LedgerConflict where the seat is unknown or another tenant's."""
        content = asdict(variant)
        for later in ("spent_micros", "status", "reason"):
            content.pop(later)
        content["instruction"] = storable(variant.instruction)
        parameters = {"tenant": tenant, "variant": as_json(content), "now_ms": now_ms}
        if not self._database.value(_PUT_VARIANT, parameters):
            raise LedgerConflict(f"seat {variant.seat_id} is unknown, or another tenant's")

    def variants(self, tenant: TenantId) -> list[Variant]:
        """All of the tenant's, by seat."""
        rows = self._database.rows(_VARIANTS, {"tenant": tenant})
        return [Variant(**row | {"demonstrations": tuple(row["demonstrations"])}) for row in rows]

    def trial(self, tenant: TenantId, variant: Variant) -> Trial:
        """What challenger and base earned at this kind by the judgements that stand, and what the challenger cost."""
        rows = self._database.rows(_TRIAL, {"tenant": tenant, "seat": variant.seat_id})
        own = [row for row in rows if row["seat_id"] == variant.seat_id]
        nets: dict[str, list[float]] = {variant.seat_id: [], variant.base_seat_id: []}
        for row in rows:
            if row["reward"] is not None:
                nets[row["seat_id"]].append(row["reward"] - row["cost_micros"] / max(1, row["value_micros"]))
        return Trial(
            tuple(nets[variant.seat_id]), tuple(nets[variant.base_seat_id]), sum(row["cost_micros"] for row in own)
        )

    def review_variant(self, tenant: TenantId, seat: SeatId, spent_micros: int, verdict: Verdict, now_ms: int) -> None:
        """Write down a trial's state. A decision over a challenger is final; one that is retired bids no more."""
        parameters = {
            "tenant": tenant,
            "seat": seat,
            "spent": spent_micros,
            "status": verdict.status,
            "reason": verdict.reason,
            "now_ms": now_ms,
        }
        self._database.value(_REVIEW, parameters)

    def verified(self, tenant: TenantId, kind: str, limit: int) -> list[Demonstration]:
        """The last demonstrations of a kind that are in force, oldest first."""
        rows = self._database.rows(_VERIFIED, {"tenant": tenant, "kind": kind, "limit": limit})
        return [demonstration_from(row) for row in rows]
