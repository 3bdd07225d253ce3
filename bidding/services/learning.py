"""Take late judgements in, and fold all judgements into the next policy version."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bidding.domain import ids
from bidding.domain.dataclass import dataclass
from bidding.domain.declared import judged_as
from bidding.domain.errors import InvalidRequest, PolicyMoved
from bidding.domain.ids import LotId, TenantId
from bidding.domain.judging import JUDGE_KIND
from bidding.domain.lots import Lot, Payload
from bidding.domain.policy_events import FeedbackRecorded, PolicyFolded
from bidding.domain.records import Demonstration, JsonObject, Outcome, RoundHistory
from bidding.domain.rewards import WEIGHTS, agreement, field_agreement
from bidding.ports.market import Market
from bidding.services.adaptation import review_challengers
from bidding.services.judging import answers_of, hold_to_word
from bidding.services.knowledge import remember_task
from bidding.services.payloads import load_payload, scope_of, text_of

if TYPE_CHECKING:
    from bidding.domain.learning.learner import PacePlan
    from bidding.domain.learning.state import PaceState

GOOD_ENOUGH_TO_SHOW = 0.9
"""Reward from which an answer, approved by a human, becomes a demonstration."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Feedback:
    """A word on a lot: a reward in [0, 1], or the output as it should have been, or both.

    A judge, such as a larger model, counts less than a human, and what it approves is shown to nobody.
    """

    reward: float | None = None
    corrected: JsonObject | None = None
    source: Literal["judge", "human"] = "human"


def record_feedback(market: Market, tenant: TenantId, lot_id: LotId, feedback: Feedback) -> Outcome:
    """Judge the lot's answer by a human's word and remember the right answer: as a demonstration, and in the graph.

    Raises InvalidRequest where there is nothing to judge or to judge by, UnknownRecord for an unknown lot.
    """
    lot = market.ledger.lot(tenant, lot_id)
    answered = _answered(market, tenant, lot)
    completion = answered.completion
    assert completion is not None
    corrected = feedback.corrected
    payload = load_payload(market.documents, lot)
    if corrected is not None:
        corrected = market.outputs.validate(lot.output, payload, corrected)
    outcome = _outcome(lot, answered, replace(feedback, corrected=corrected))
    market.ledger.record_outcome(tenant, outcome, market.clock())
    if feedback.source == "judge" or lot.kind == JUDGE_KIND:  # a verdict is no answer to learn from
        return outcome
    right = corrected or (completion.output if (outcome.reward or 0.0) >= GOOD_ENOUGH_TO_SHOW else None)
    if right is None:
        market.ledger.withdraw_demonstration(tenant, lot_id, market.clock())
    else:
        market.ledger.add_demonstration(tenant, _demonstration(market, lot, payload, right), market.clock())
    hold_to_word(market, tenant, outcome)
    siblings = answers_of(market.ledger.lots_of(tenant, lot.task_id))
    histories = [market.ledger.history(tenant, sibling.lot_id) for sibling in siblings]
    remember_task(market, tenant, lot.task_id, histories)
    market.observer.report(_given(lot, answered, outcome, shown=right is not None))
    return outcome


def take_feedback(market: Market, tenant: TenantId, lot_id: LotId, feedback: Feedback) -> Outcome:
    """Record a human's word and fold it. Where another fold is quicker, the next one takes it."""
    outcome = record_feedback(market, tenant, lot_id, feedback)
    with suppress(PolicyMoved):
        fold_policy(market, tenant)
    return outcome


def _given(lot: Lot, answered: RoundHistory, outcome: Outcome, *, shown: bool) -> FeedbackRecorded:
    assert answered.award is not None
    winner = answered.award.seat_id
    promised = next((row.bid.quality_mean for row in answered.bids if row.bid and row.seat_id == winner), None)
    return FeedbackRecorded(
        tenant=lot.tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        award_id=outcome.award_id,
        seat_id=winner,
        kind=lot.kind,
        source=outcome.source,
        reward=outcome.reward,
        promised_quality=promised,
        corrected="agreement" in outcome.parts,
        shown=shown,
    )


def _demonstration(market: Market, lot: Lot, payload: Payload, right: JsonObject) -> Demonstration:
    text = text_of(payload)
    return Demonstration(
        lot_id=lot.lot_id,
        kind=lot.kind,
        scope=scope_of(payload),
        text=text,
        output=right,
        source="human",
        embedding=market.embedder.embed(text),
        data_class=lot.data_class,
    )


def _answered(market: Market, tenant: TenantId, lot: Lot) -> RoundHistory:
    for past in reversed(market.ledger.history(tenant, lot.lot_id).rounds):
        if past.award and past.completion and past.completion.status == "succeeded":
            return past
    raise InvalidRequest(f"lot {lot.lot_id} has no answer to judge yet: run its task to the end first")


def _outcome(lot: Lot, answered: RoundHistory, feedback: Feedback) -> Outcome:
    award, completion = answered.award, answered.completion
    assert award is not None
    assert completion is not None
    parts = {}
    if feedback.corrected is not None:
        answer = completion.output or {}
        parts["agreement"] = agreement(judged_as(lot), answer, feedback.corrected)
        fields = field_agreement(judged_as(lot), answer, feedback.corrected)
        parts |= {f"agreement.{name}": share for name, share in fields.items()}
    if feedback.reward is not None:
        if not 0.0 <= feedback.reward <= 1.0:
            raise InvalidRequest(f"a reward lies between 0 and 1, not {feedback.reward}")
        parts["score"] = feedback.reward
    if not parts:
        raise InvalidRequest("feedback needs a reward, a corrected output, or both")
    said = [outcome for outcome in answered.outcomes if outcome.source == feedback.source]
    repeated = bool(said) and dict(said[-1].parts) == parts
    sequence = len(said) - 1 if repeated else len(said)  # the same word again is the same row; a new one is new
    return Outcome(
        outcome_id=ids.outcome_id(award.award_id, feedback.source, str(sequence)),
        award_id=award.award_id,
        lot_id=lot.lot_id,
        reward=parts.get("score", parts.get("agreement")),
        weight=WEIGHTS[feedback.source],
        source=feedback.source,
        parts=parts,
    )


def fold_policy(market: Market, tenant: TenantId, plan: PacePlan | None = None) -> int:
    """Fold all pending outcomes into the next policy version and return the version that now stands.

    `plan` is how the tenant's spending is to be paced from that version on, None for as before.

    Challengers whose trial the outcomes decide are made champions or retired. Safe to run twice and at the same time:
    raises PolicyMoved where another fold was quicker.
    """
    version = _folded(market, tenant, plan)
    review_challengers(market, tenant)
    return version


def _folded(market: Market, tenant: TenantId, plan: PacePlan | None) -> int:
    policy = market.ledger.current(tenant)  # before the outcomes: a fold in between then fails on its version
    batch = market.ledger.pending(tenant)
    if not batch.events and plan is None:
        standing = market.ledger.current(tenant).version  # another fold may just have taken them
        market.observer.report(PolicyFolded(tenant=tenant, policy_version=standing, outcomes=0))
        return standing
    folded = policy.folded(batch.events, plan)
    market.ledger.append(tenant, folded, batch.watermark, market.clock())
    market.observer.report(PolicyFolded(tenant=tenant, policy_version=folded.version, outcomes=len(batch.events)))
    return folded.version


def pace_spending(market: Market, tenant: TenantId, plan: PacePlan) -> PaceState:
    """Pace the tenant's spending by `plan` from now on, and return the pace that now stands.

    Raises PolicyMoved where folds of others kept coming in between.
    """
    for _ in range(_TRIES - 1):
        with suppress(PolicyMoved):
            fold_policy(market, tenant, plan)
            break
    else:
        fold_policy(market, tenant, plan)
    return market.ledger.current(tenant).state.pace
