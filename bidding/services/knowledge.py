"""The knowledge graph in use: what a processed task adds to it, and what it tells of a new lot."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.domain.dataclass import dataclass
from bidding.domain.graph import (
    Relation,
    RelationKind,
    SolvedLot,
    known_lines,
    sender_of,
    task_relations,
    thread_of,
)
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.lots import Lot, Payload
from bidding.domain.records import Demonstration, LotHistory
from bidding.domain.rewards import standing
from bidding.ports.market import Market
from bidding.services.payloads import load_payload, text_of

KINDS_THAT_RECALL = frozenset({"classify", "draft"})
"""For facts and summaries of a text, what other texts said is no help."""
_RECALLED: tuple[RelationKind, ...] = ("part_of", "concerns", "writes_about", "belongs_to")


@dataclass(frozen=True, slots=True)
class Recollection:
    """What is known of a lot's sender and thread: lines for a prompt, and the earlier tasks of the thread."""

    lines: tuple[str, ...] = ()
    thread_tasks: tuple[TaskId, ...] = ()


def recall(market: Market, lot: Lot, payload: Payload) -> Recollection:
    """Ask the graph, in one round trip; nothing where the lot's mail names neither sender nor thread.

    Only what was learnt from data no stricter than the lot's own, so whoever may see the lot may see it too.
    """
    sender, thread = sender_of(lot.tenant, payload.address), thread_of(lot.tenant, payload.thread)
    roots = [entity.entity_id for entity in (sender, thread) if entity]
    if not roots or lot.kind not in KINDS_THAT_RECALL:
        return Recollection()
    relations = market.ledger.neighbourhood(lot.tenant, roots, 1, kinds=_RECALLED, data_class=lot.data_class)
    tasks = [TaskId(each.source.name) for each in relations if each.kind == "part_of"]
    labels = [label.name for label in payload.labels]
    return Recollection(
        lines=known_lines(relations, thread, sender, labels),
        thread_tasks=tuple(task for task in tasks if task != lot.task_id),
    )


def remember_task(market: Market, tenant: TenantId, task: TaskId, histories: Sequence[LotHistory]) -> None:
    """Write what a task says, from its lots' histories: again changes nothing, after feedback corrects."""
    if not histories:
        return
    first = histories[0].lot
    payload = load_payload(market.documents, first)
    market.ledger.record_relations(
        tenant,
        task,
        _relations(market, tenant, task, payload, histories),
        market.embedder.embed(text_of(payload)),
    )


def _relations(
    market: Market, tenant: TenantId, task: TaskId, payload: Payload, histories: Sequence[LotHistory]
) -> tuple[Relation, ...]:
    lots = [history.lot.lot_id for history in histories]
    verified = {each.lot_id: each for each in market.ledger.demonstrations(tenant, lots) if each.source == "human"}
    solved = [_solved(history, verified.get(history.lot.lot_id)) for history in histories]
    return task_relations(tenant, task, payload.address, payload.thread, histories[0].lot.data_class, solved)


def _solved(history: LotHistory, verified: Demonstration | None) -> SolvedLot:
    """A label that a human gave or approved is confirmed; one that a human rejected is none."""
    answered = next((past for past in reversed(history.rounds) if past.completion and past.completion.output), None)
    outcome = standing(answered.outcomes) if answered else None
    completion = answered.completion if answered else None
    output = verified.output if verified else completion.output if completion else None
    label = output.get("label") if output and history.lot.kind == "classify" else None
    rejected = verified is None and outcome is not None and outcome.source == "human"
    return SolvedLot(
        label=None if rejected or not isinstance(label, str) else label,
        confirmed=verified is not None,
        seat_id=answered.award.seat_id if answered and answered.award else None,
        outcome=outcome,
    )
