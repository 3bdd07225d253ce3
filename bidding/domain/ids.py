"""Identifiers: shaped like uuid v7, but derived, so that a retried write names the same row.

The first 48 bits are the task's first ingest in Unix milliseconds (rows sort and partition by time);
the other bits are SHA-256 of parent, role, position and round.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import NewType

TenantId = NewType("TenantId", str)
TaskId = NewType("TaskId", str)
LotId = NewType("LotId", str)
AuctionId = NewType("AuctionId", str)
AwardId = NewType("AwardId", str)
HoldId = NewType("HoldId", str)
OutcomeId = NewType("OutcomeId", str)
SeatId = NewType("SeatId", str)
EntityId = NewType("EntityId", str)


def derive(created_ms: int, *parts: str | int) -> str:
    """Return the id of what `parts` name, created at `created_ms` (Unix milliseconds)."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    value = (created_ms & (1 << 48) - 1) << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def created_ms(identifier: str) -> int:
    """The time inside an id, in Unix milliseconds."""
    return uuid.UUID(identifier).int >> 80


def child(parent: str, role: str, *parts: str | int) -> str:
    """Derive the id of a child: same time as its parent, so that a task's rows lie together."""
    return derive(created_ms(parent), parent, role, *parts)


def task_id(first_ingest_ms: int, tenant: str, key: str) -> TaskId:
    """Id of the task made from the document `key` of `tenant`."""
    return TaskId(derive(first_ingest_ms, tenant, "task", key))


def lot_id(task: TaskId, position: int) -> LotId:
    """Id of the task's lot at `position`, from 0."""
    return LotId(child(task, "lot", position))


def judge_lot_id(judged: LotId) -> LotId:
    """Id of the one lot whose answer is a judge's verdict on the answer to `judged`."""
    return LotId(child(judged, "judge"))


def auction_id(lot: LotId, attempt: int, round_: int) -> AuctionId:
    """Id of the auction of `lot` in one attempt at its task and one round of that attempt."""
    return AuctionId(child(lot, "auction", attempt, round_))


def award_id(auction: AuctionId) -> AwardId:
    """Id of the one award an auction may have."""
    return AwardId(child(auction, "award"))


def hold_id(auction: AuctionId) -> HoldId:
    """Id of the one hold an auction may place."""
    return HoldId(child(auction, "hold"))


def outcome_id(award: AwardId, source: str, sequence: str) -> OutcomeId:
    """Id of a judgement of an award's work: one per source and `sequence` (an idempotency key)."""
    return OutcomeId(child(award, "outcome", source, sequence))


def entity_id(tenant: str, kind: str, name: str) -> EntityId:
    """Id of the one entity of this kind and name. It has no time: it was there before anyone wrote about it."""
    return EntityId(derive(0, tenant, "entity", kind, name))


def relation_id(source: str, kind: str, target: str, data_class: str) -> str:
    """Id of the one relation of this kind between two entities that was learnt in a data class."""
    return derive(0, source, "relation", kind, target, data_class)


def earliest_id(ms: int) -> str:
    """The id before which all ids of earlier times sort, and none of this time or later."""
    return str(uuid.UUID(int=(ms & (1 << 48) - 1) << 80))
