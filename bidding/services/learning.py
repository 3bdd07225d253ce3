"""Take late judgements in, and fold all judgements into the next policy version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from bidding.domain import ids
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import LotId, TenantId
from bidding.domain.lots import Lot
from bidding.domain.records import Award, Completion, Demonstration, JsonObject, Outcome
from bidding.domain.rewards import WEIGHTS, agreement
from bidding.ports import Market
from bidding.services.payloads import load_payload, scope_of, text_of

GOOD_ENOUGH_TO_SHOW = 0.9
"""Reward from which an answer, approved by a human, becomes a demonstration."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A human's word on a lot: a reward in [0, 1], or the output as it should have been, or both."""

    reward: float | None = None
    corrected: JsonObject | None = None


def record_feedback(market: Market, tenant: TenantId, lot_id: LotId, feedback: Feedback) -> Outcome:
    """Judge the lot's answer by a human's word and remember the right answer as a demonstration.

    Raises InvalidRequest where there is nothing to judge or to judge by, UnknownRecord for an unknown lot.
    """
    lot = market.ledger.lot(tenant, lot_id)
    award, completion = _answered(market, tenant, lot)
    corrected = feedback.corrected
    payload = load_payload(market.documents, lot)
    if corrected is not None:
        corrected = market.outputs.validate(lot.output, payload, corrected)
    outcome = _outcome(lot, award, completion, Feedback(feedback.reward, corrected))
    market.ledger.record_outcome(tenant, outcome, market.clock())
    right = corrected or (completion.output if (outcome.reward or 0.0) >= GOOD_ENOUGH_TO_SHOW else None)
    if right is not None:
        text = text_of(payload)
        market.ledger.add_demonstration(
            tenant,
            Demonstration(
                lot_id=lot_id,
                kind=lot.kind,
                scope=scope_of(payload),
                text=text,
                output=right,
                source="human",
                embedding=market.embedder.embed(text),
            ),
            market.clock(),
        )
    return outcome


def _answered(market: Market, tenant: TenantId, lot: Lot) -> tuple[Award, Completion]:
    for past in reversed(market.ledger.history(tenant, lot.lot_id).rounds):
        if past.award and past.completion and past.completion.status == "succeeded":
            return past.award, past.completion
    raise InvalidRequest(f"lot {lot.lot_id} has no answer to judge yet: run its task to the end first")


def _outcome(lot: Lot, award: Award, completion: Completion, feedback: Feedback) -> Outcome:
    parts = {}
    if feedback.corrected is not None:
        parts["agreement"] = agreement(lot.kind, completion.output or {}, feedback.corrected)
    if feedback.reward is not None:
        if not 0.0 <= feedback.reward <= 1.0:
            raise InvalidRequest(f"a reward lies between 0 and 1, not {feedback.reward}")
        parts["score"] = feedback.reward
    if not parts:
        raise InvalidRequest("feedback needs a reward, a corrected output, or both")
    word = json.dumps([feedback.reward, feedback.corrected], sort_keys=True, ensure_ascii=False)
    return Outcome(
        outcome_id=ids.outcome_id(award.award_id, "human", hashlib.sha256(word.encode()).hexdigest()),
        award_id=award.award_id,
        lot_id=lot.lot_id,
        reward=parts.get("score", parts.get("agreement")),
        weight=WEIGHTS["human"],
        source="human",
        parts=parts,
    )


def fold_policy(market: Market, tenant: TenantId) -> int:
    """Fold all pending outcomes into the next policy version and return the version that now stands.

    Safe to run twice and at the same time: raises PolicyMoved where another fold was quicker.
    """
    policy = market.ledger.current(tenant)  # before the outcomes: a fold in between then fails on its version
    batch = market.ledger.pending(tenant)
    if not batch.events:
        return policy.version
    folded = policy.folded(batch.events)
    market.ledger.append(tenant, folded, batch.watermark, market.clock())
    return folded.version
