"""What judge seats said, beside what others found, in memory."""

from __future__ import annotations

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.judging import JUDGE_KIND, PAIRS_KEPT
from bidding.domain.records import JsonObject, Outcome


class InMemoryJudging(TablesPart):
    """See `JudgeBook`."""

    def verdicts_of(self, tenant: TenantId, seat: SeatId, kind: str) -> list[tuple[JsonObject, float]]:
        """Newest first, at most PAIRS_KEPT."""
        tables, pairs = self._tables, []
        with tables.lock:
            judging = [lot for (owner, _), lot in tables.lots.items() if owner == tenant and lot.kind == JUDGE_KIND]
            for lot in sorted(judging, key=lambda lot: lot.lot_id, reverse=True):
                (judged,) = lot.needs
                found = self._found(tenant, judged)
                if tables.lots[tenant, judged].kind != kind or found is None:
                    continue
                for award in tables.awards_of(tenant, lot.lot_id):
                    completion = tables.completions.get((tenant, award.award_id))
                    if award.seat_id == seat and completion and completion.output:
                        pairs.append((completion.output, found))
        return pairs[:PAIRS_KEPT]

    def _found(self, tenant: TenantId, judged: LotId) -> float | None:
        told: list[Outcome] = []
        for award in self._tables.awards_of(tenant, judged):
            outcomes = [each.outcome for each in self._tables.outcomes_of(tenant, award.award_id)]
            told += [each for each in outcomes if each.source in {"checks", "human"} and each.reward is not None]
        latest = max(reversed(told), key=lambda each: each.source == "human", default=None)
        return latest.reward if latest else None
