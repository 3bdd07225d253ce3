"""Take away what came from a person, and keep the ledger.

Objects go first, then the rows, in one transaction that also writes the record. Whoever is interrupted asks again: the
rows still tell what to delete, while rows that had forgotten their sender could not be found.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from bidding.domain.errors import InvalidRequest, RefusedDocument, UnknownRecord
from bidding.domain.graph import sender_of
from bidding.domain.ids import TaskId, TenantId
from bidding.domain.records import Erasure
from bidding.domain.upkeep_events import TasksErased
from bidding.ports.market import Market
from bidding.services.judging import is_being_judged


def erase(market: Market, tenant: TenantId, who: str, erased_by: str) -> Erasure:
    """Erase one task, by its id, or all tasks of a sender, by address.

    Raises UnknownRecord where there is no such task or no task of that sender, InvalidRequest while one is running or
    being judged.
    """
    tasks = [market.ledger.task(tenant, TaskId(who)).task_id] if _is_id(who) else _tasks_of(market, tenant, who)
    running = [task for task in tasks if market.ledger.task(tenant, task).status == "running"]
    if running:
        raise InvalidRequest(f"{len(running)} of these tasks are running, such as {running[0]}: let them end first")
    if judged := [task for task in tasks if is_being_judged(market.ledger, tenant, task)]:
        raise InvalidRequest(f"task {judged[0]} is being judged: try again in some minutes")
    keys = market.ledger.object_keys(tenant, tasks)
    for key in keys:
        market.documents.delete(key)
    erasure = Erasure(str(uuid.uuid4()), erased_by, tuple(tasks), len(keys), market.clock())
    market.ledger.erase_tasks(tenant, erasure)
    market.observer.report(TasksErased(tenant=tenant, tasks=len(tasks), objects=len(keys)))
    return erasure


def _tasks_of(market: Market, tenant: TenantId, address: str) -> list[TaskId]:
    """By the graph, and where it knows nothing of a task, such as a failed one, by the task's document."""
    sender = sender_of(tenant, address)
    if sender is None:
        raise InvalidRequest("name a task or the address of a sender")
    named, unknown = market.ledger.tasks_of_sender(tenant, sender.entity_id)
    tasks = sorted({*named, *_sent_by(market, tenant, sender.name, unknown)})
    if not tasks:
        raise UnknownRecord("no task of this sender is known; senders are named by their whole address")
    return tasks


def _sent_by(market: Market, tenant: TenantId, address: str, tasks: Sequence[TaskId]) -> list[TaskId]:
    found = []
    for task in tasks:
        try:
            document = market.documents.get(market.ledger.task(tenant, task).document_key)
            message, _ = market.parse_document(document)
        except UnknownRecord:
            continue
        except RefusedDocument:
            sender = None
        else:
            sender = message.sender
        # Of what names no sender nobody can tell but by looking for the address.
        if sender.email == address if sender is not None else address.encode() in document.lower():
            found.append(task)
    return found


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
