"""Judge seats: have answers judged by lots of their own, take the verdicts in, and hold judges to people's words."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.domain import ids
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import LotId, SeatId, TaskId, TenantId
from bidding.domain.judging import (
    JUDGE_KIND,
    JUDGE_VALUE_MICROS,
    POSITIONS_FROM,
    ROUNDS_MAX,
    JudgingTerms,
    judged_reward,
    leniency,
    may_judge,
)
from bidding.domain.lot_events import OutcomeRecorded
from bidding.domain.lots import PLAN_KIND, Lot, SchemaRef
from bidding.domain.records import LotHistory, Outcome, RoundHistory
from bidding.domain.rewards import WEIGHTS, verdict_parts, verdict_score
from bidding.domain.roads import ROAD_TRUST
from bidding.domain.seats import Seat
from bidding.ports.ledger import Ledger
from bidding.ports.market import Market
from bidding.services.settlement import resume_lot

VERDICT = SchemaRef("verdict.v1")
ATTEMPT = 1
"""The only one at a verdict's lot: another attempt at the task finds the ids of the first, and bills nothing again."""


def answers_of(lots: Sequence[Lot]) -> list[Lot]:
    """A task's own lots: those that judge seats answer are about its answers, not about its document."""
    return [lot for lot in lots if lot.kind != JUDGE_KIND]


def to_be_judged(terms: JudgingTerms, lot: Lot) -> bool:
    """Whether the answer to a lot is one that judges are asked about. A plan is judged by what came of it."""
    return lot.status == "done" and lot.kind not in {JUDGE_KIND, PLAN_KIND} and terms.samples(lot.tenant, lot.lot_id)


def choose_answers(market: Market, tenant: TenantId, task: TaskId) -> list[Lot]:
    """Put those answers of a task that are sampled up for judging: the open lots that ask for verdicts.

    An answer is put up once: a second call finds the lots of the first one, less those that have ended.
    """
    lots = market.ledger.lots_of(tenant, task)
    asked = [_judge_lot(lot, market.judging) for lot in lots if to_be_judged(market.judging, lot)]
    market.ledger.put_lots(tenant, asked)
    return [lot for lot in market.ledger.lots_of(tenant, task) if lot.kind == JUDGE_KIND and lot.status == "open"]


def _judge_lot(judged: Lot, terms: JudgingTerms) -> Lot:
    """The lot that asks for a verdict: it reads the same payload, travels no further, and needs the judged answer."""
    return Lot(
        lot_id=ids.judge_lot_id(judged.lot_id),
        task_id=judged.task_id,
        tenant=judged.tenant,
        position=POSITIONS_FROM + judged.position,
        kind=JUDGE_KIND,
        part=judged.part,
        output=VERDICT,
        payload_key=judged.payload_key,
        data_class=judged.data_class,
        value_micros=JUDGE_VALUE_MICROS,
        price_ceiling_micros=terms.ceiling_micros // ROUNDS_MAX,
        needs=(judged.lot_id,),
    )


def shut_out(ledger: Ledger, lot: Lot, seats: Sequence[Seat]) -> frozenset[SeatId]:
    """Seats of the family of the model whose answer is to be judged: they may not judge it. None for other lots."""
    if lot.kind != JUDGE_KIND:
        return frozenset()
    answered = _answered(ledger.history(lot.tenant, lot.needs[0]))
    assert answered is not None
    assert answered.award is not None
    models = {seat.seat_id: seat.model for seat in ledger.seats()}
    author = models.get(answered.award.seat_id, answered.award.seat_id)
    return frozenset(seat.seat_id for seat in seats if not may_judge(seat.model, author))


def record_verdict(market: Market, tenant: TenantId, lot_id: LotId) -> Outcome | None:
    """Take a verdict in as a judgement of the answer it is about. Without a valid verdict nothing is said: None.

    What the lot's workflow left open is resolved first. Safe to run twice: the same verdict is the same row.
    """
    lot = market.ledger.lot(tenant, lot_id)
    if lot.status == "open":
        resume_lot(market, tenant, lot, ATTEMPT + 1)
    history = market.ledger.history(tenant, lot_id)
    given = _verdict(history)
    if given is None:
        if history.lot.status == "open":
            market.ledger.close_lot(tenant, lot_id, "failed")
        return None
    judged = market.ledger.history(tenant, history.lot.needs[0])
    answered = _answered(judged)
    assert answered is not None
    outcome = _outcome(market.ledger, judged.lot, answered, given)
    market.ledger.record_outcome(tenant, outcome, market.clock())
    _report(market, judged.lot, answered, outcome)
    return outcome


def _outcome(ledger: Ledger, lot: Lot, answered: RoundHistory, given: RoundHistory) -> Outcome:
    award, verdict = answered.award, given.completion
    assert award is not None
    assert given.award is not None
    assert verdict is not None
    assert verdict.output is not None
    assert verdict.road is not None
    past = ledger.verdicts_of(lot.tenant, given.award.seat_id, lot.kind)
    pairs = [(verdict_score(said), found) for said, found in past]
    return Outcome(
        outcome_id=ids.outcome_id(award.award_id, "judge", given.award.award_id),
        award_id=award.award_id,
        lot_id=lot.lot_id,
        reward=judged_reward(verdict_score(verdict.output), pairs),
        weight=WEIGHTS["judge"] * ROAD_TRUST[verdict.road],
        source="judge",
        parts={**verdict_parts(verdict.output), "leniency": leniency(pairs)},
    )


def _report(market: Market, lot: Lot, answered: RoundHistory, outcome: Outcome) -> None:
    assert answered.award is not None
    winner = answered.award.seat_id
    event = OutcomeRecorded(
        tenant=lot.tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        award_id=outcome.award_id,
        seat_id=winner,
        kind=lot.kind,
        source=outcome.source,
        reward=outcome.reward,
        promised_quality=next(
            (row.bid.quality_mean for row in answered.bids if row.bid and row.seat_id == winner), None
        ),
    )
    market.observer.report(event)


def is_being_judged(ledger: Ledger, tenant: TenantId, task: TaskId) -> bool:
    """Whether a judge's call on an answer of this task may be under way. A hold that is lost is swept in minutes."""
    asked = [lot for lot in ledger.lots_of(tenant, task) if lot.kind == JUDGE_KIND and lot.status == "open"]
    rounds = [past for lot in asked for past in ledger.history(tenant, lot.lot_id).rounds]
    return any(past.award and not past.settlement for past in rounds)


def judgement_of(ledger: Ledger, tenant: TenantId, lot_id: LotId) -> LotHistory | None:
    """The lot whose answer is a verdict on this one's; None where nobody was asked for one."""
    try:
        return ledger.history(tenant, ids.judge_lot_id(lot_id))
    except UnknownRecord:
        return None


def hold_to_word(market: Market, tenant: TenantId, word: Outcome) -> None:
    """Tell the market how near a judge was to what a person says of the same answer: so good judges win."""
    history = judgement_of(market.ledger, tenant, word.lot_id)
    given = _verdict(history) if history else None
    if given is None or word.reward is None:
        return
    assert given.award is not None
    assert given.completion is not None
    assert given.completion.output is not None
    near = 1.0 - abs(verdict_score(given.completion.output) - word.reward)
    outcome = Outcome(
        outcome_id=ids.outcome_id(given.award.award_id, "human", word.outcome_id),
        award_id=given.award.award_id,
        lot_id=given.award.lot_id,
        reward=near,
        weight=WEIGHTS["human"],
        source="human",
        parts={"agreement": near},
    )
    market.ledger.record_outcome(tenant, outcome, market.clock())


def _answered(history: LotHistory) -> RoundHistory | None:
    """The round that gave a lot its answer."""
    for past in reversed(history.rounds):
        if past.award and past.completion and past.completion.output is not None:
            return past
    return None


def _verdict(history: LotHistory) -> RoundHistory | None:
    """The round that gave a verdict, unless it was erased with its task."""
    given = _answered(history)
    return given if given and given.completion and given.completion.output else None
