"""Answer a classification by calibrated chances, where the engine told the chances of the labels."""

from __future__ import annotations

import json
from dataclasses import replace

from bidding.domain.errors import LedgerUnavailable
from bidding.domain.ids import TenantId
from bidding.domain.jobs import Answer, Job
from bidding.domain.records import Award
from bidding.ports.market import Market
from bidding.services.payloads import scope_of


def decided(market: Market, tenant: TenantId, award: Award, job: Job, answer: Answer) -> Answer:
    """The answer as the seat's record with these labels says it should be; other answers as they came.

    What the seat said is remembered for later lots. A ledger that is away costs the calibration, not an answer that is
    paid for already.
    """
    chances = answer.label_chances
    if job.kind != "classify" or not chances:
        return answer
    from bidding.domain.calibration import decide  # noqa: PLC0415 - arrays: only who tells chances pays for them

    scope = scope_of(job.payload)
    try:
        past = market.ledger.weighed_lots(tenant, award.seat_id, scope)
        market.ledger.record_label_chances(tenant, award, scope, chances, market.clock())
    except LedgerUnavailable:
        past = []
    decision = decide(chances, past)
    text = json.dumps({"label": decision.label, "confidence": round(decision.confidence, 4)}, ensure_ascii=False)
    return replace(answer, text=text)
