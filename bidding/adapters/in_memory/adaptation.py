"""What seats said of labels, and compiled variants, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.errors import LedgerConflict
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Award, Demonstration
from bidding.domain.variants import Trial, Variant, Verdict
from bidding.domain.weighed_lots import WINDOW_LOTS, WeighedLot


class InMemoryAdaptation(TablesPart):
    """See `LabelChances` and `VariantStore`."""

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

    def put_variant(self, tenant: TenantId, variant: Variant, now_ms: int) -> None:
        """Register a variant of a known seat. Raises LedgerConflict where the seat is unknown or another tenant's."""
        with self._tables.lock:
            seat = self._tables.seats.get(variant.seat_id)
            if seat is None or seat.only_tenant not in {None, tenant}:
                raise LedgerConflict(f"seat {variant.seat_id} is unknown, or another tenant's")
            self._tables.seats[variant.seat_id] = replace(seat, only_tenant=tenant)
            self._tables.variants.setdefault((tenant, variant.seat_id), variant)

    def variants(self, tenant: TenantId) -> list[Variant]:
        """All of the tenant's, by seat."""
        with self._tables.lock:
            own = [variant for (owner, _), variant in self._tables.variants.items() if owner == tenant]
        return sorted(own, key=lambda variant: variant.seat_id)

    def trial(self, tenant: TenantId, variant: Variant) -> Trial:
        """What challenger and base earned at this kind by the judgements that stand, and what the challenger cost."""
        nets: dict[str, list[float]] = {variant.seat_id: [], variant.base_seat_id: []}
        spent = 0
        with self._tables.lock:
            for (owner, award_id), award in self._tables.awards.items():
                lot = self._tables.lots.get((owner, award.lot_id))
                done = self._tables.completions.get((owner, award_id))
                if owner != tenant or award.seat_id not in nets or not lot or lot.kind != variant.kind or not done:
                    continue
                spent += done.cost_micros if award.seat_id == variant.seat_id else 0
                judged = [each.outcome.reward for each in self._tables.outcomes_of(tenant, award_id) if each.stands]
                told = [reward for reward in judged if reward is not None]
                if told:
                    nets[award.seat_id].append(told[-1] - done.cost_micros / max(1, lot.value_micros))
        return Trial(tuple(nets[variant.seat_id]), tuple(nets[variant.base_seat_id]), spent)

    def review_variant(self, tenant: TenantId, seat: SeatId, spent_micros: int, verdict: Verdict, now_ms: int) -> None:
        """Write down a trial's state. A decision over a challenger is final; one that is retired bids no more."""
        with self._tables.lock:
            variant = self._tables.variants.get((tenant, seat))
            if variant is None or variant.status != "challenger":
                return
            self._tables.variants[tenant, seat] = replace(
                variant, spent_micros=spent_micros, status=verdict.status, reason=verdict.reason
            )
            if verdict.status == "retired":
                self._tables.seats[seat] = replace(self._tables.seats[seat], status="retired")

    def verified(self, tenant: TenantId, kind: str, limit: int) -> list[Demonstration]:
        """The last demonstrations of a kind that are in force, oldest first."""
        with self._tables.lock:
            own = [
                each
                for (owner, _), each in self._tables.demonstrations.items()
                if owner == tenant and each.kind == kind and each.source == "human"
            ]
        return own[-limit:]
