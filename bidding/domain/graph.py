"""The knowledge graph: who wrote, for which organisation, in which thread, about what, who answered, how that went.

A task speaks for a set of relations, derived from the task alone: written twice, they are the same rows. What a human
confirmed is `about` its topic; what a seat answered and nobody checked is only `guessed`, and teaches nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal, get_args

from bidding.domain import ids
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import EntityId, SeatId, TaskId, TenantId
from bidding.domain.records import Outcome
from bidding.domain.seats import DataClass

EntityKind = Literal["sender", "organisation", "thread", "topic", "task", "seat", "outcome"]
RelationKind = Literal[
    "sent_by",  # task → sender
    "part_of",  # task → thread
    "about",  # task → topic, confirmed by a human
    "guessed",  # task → topic, answered by a seat and not checked
    "served_by",  # task → seat
    "ended_as",  # task → outcome
    "belongs_to",  # sender → organisation
    "writes_about",  # sender → topic, confirmed
    "concerns",  # thread → topic, confirmed
]
RELATION_KINDS: tuple[RelationKind, ...] = get_args(RelationKind)
HOPS_MAX = 3
CAP = 20
"""Relations followed from one entity: a hub may have a million."""
CAP_MAX = 50
NAME_CHARS_MAX = 300
THREAD_BONUS = 0.2
"""Cosine added to a demonstration of the lot's own thread when the nearest are chosen; docs/concepts/knowledge-graph.md
has the measurement. A sender's demonstrations get none: that made answers worse."""

_MAILBOX_PROVIDERS = re.compile(
    r"(aol|gmail|googlemail|hotmail|icloud|live|mail|msn|outlook|protonmail|yahoo)\.com|gmx\.(de|net)|proton\.me|web\.de"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A node. `name` is what identifies it within its kind: an address, a domain, a thread's first Message-ID, a label,
    the id of a task or a seat. It may hold anything that a mail can hold."""

    entity_id: EntityId
    kind: EntityKind
    name: str

    @classmethod
    def of(cls, tenant: TenantId, kind: EntityKind, name: str) -> Entity:
        """The entity of that kind and name; names are cut, and addresses and domains are lower-cased.

        What no text can hold, a NUL or half a surrogate pair, is replaced: mails bring both.
        """
        name = " ".join(name.split())[:NAME_CHARS_MAX].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        name = name.lower() if kind in {"sender", "organisation"} else name
        return cls(ids.entity_id(tenant, kind, name), kind, name)


@dataclass(frozen=True, slots=True)
class Relation:
    """An edge between two entities, learnt from tasks of one data class.

    `weight` counts the tasks that say so, `hop` how far from the root it was found, times are Unix milliseconds; all
    three are what the graph answers, and mean nothing in what is written.
    """

    source: Entity
    kind: RelationKind
    target: Entity
    data_class: DataClass
    weight: int = 1
    first_seen_ms: int = 0
    last_seen_ms: int = 0
    hop: int = 0


@dataclass(frozen=True, slots=True)
class LikeEntity:
    """An entity and the cosine of its last text to the text of the one asked about."""

    entity: Entity
    similarity: float


@dataclass(frozen=True, slots=True)
class SolvedLot:
    """What a task's lot adds to the graph: its label, if it has one, who answered, and the judgement that stands."""

    label: str | None
    confirmed: bool
    seat_id: SeatId | None
    outcome: Outcome | None


def sender_of(tenant: TenantId, address: str) -> Entity | None:
    """Whoever writes from this address."""
    return Entity.of(tenant, "sender", address) if address.strip() else None


def thread_of(tenant: TenantId, thread: str) -> Entity | None:
    """The thread of this name."""
    return Entity.of(tenant, "thread", thread) if thread.strip() else None


def organisation_of(tenant: TenantId, address: str) -> Entity | None:
    """Who owns the domain of an address; nobody where it rents out mailboxes to everybody."""
    domain = address.rpartition("@")[2].strip().lower() if "@" in address else ""
    return Entity.of(tenant, "organisation", domain) if domain and not _MAILBOX_PROVIDERS.fullmatch(domain) else None


def task_relations(
    tenant: TenantId, task: TaskId, address: str, thread: str, data_class: DataClass, lots: Sequence[SolvedLot]
) -> tuple[Relation, ...]:
    """All that one processed task says, in a stated order and without repetition."""
    here = Entity.of(tenant, "task", task)
    sender, of_thread = sender_of(tenant, address), thread_of(tenant, thread)
    found: list[tuple[Entity | None, RelationKind, Entity | None]] = [
        (here, "sent_by", sender),
        (here, "part_of", of_thread),
        (sender, "belongs_to", organisation_of(tenant, address)),
    ]
    for lot in lots:
        topic = Entity.of(tenant, "topic", lot.label) if lot.label else None
        if lot.confirmed:
            found += [(here, "about", topic), (sender, "writes_about", topic), (of_thread, "concerns", topic)]
        else:
            found.append((here, "guessed", topic))
        found.append((here, "served_by", Entity.of(tenant, "seat", lot.seat_id) if lot.seat_id else None))
        found.append((here, "ended_as", _outcome(tenant, lot.outcome)))
    relations = [Relation(source, kind, target, data_class) for source, kind, target in found if source and target]
    return tuple(dict.fromkeys(relations))


def known_lines(
    relations: Sequence[Relation], thread: Entity | None, sender: Entity | None, labels: Collection[str] = ()
) -> tuple[str, ...]:
    """What earlier mails tell of a new one, for a prompt: at most three short lines, none where nothing is known.

    Only what humans confirmed, the commonest first; where there are `labels` to choose from, only those.
    """
    lines = []
    for what, entity in (("Earlier mails of this thread", thread), ("Earlier mails of this sender", sender)):
        topics = [(name, count) for name, count in _topics(relations, entity) if not labels or name in labels]
        if topics:
            lines.append(f"{what} were about: " + ", ".join(f"{name} ({count})" for name, count in topics[:3]))
    organisations = [each.target.name for each in relations if each.kind == "belongs_to" and each.source == sender]
    if lines and organisations:
        lines.append(f"The sender belongs to {organisations[0]}")
    return tuple(lines)


def check_bounds(hops: int, cap: int) -> None:
    """Raises InvalidRequest where a neighbourhood would grow past what one call may answer."""
    if not 1 <= hops <= HOPS_MAX or not 1 <= cap <= CAP_MAX:
        raise InvalidRequest(f"a neighbourhood has 1 to {HOPS_MAX} hops and 1 to {CAP_MAX} relations per entity")


def _topics(relations: Sequence[Relation], entity: Entity | None) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for relation in relations:
        if relation.kind in {"writes_about", "concerns"} and relation.source == entity:
            counts[relation.target.name] = counts.get(relation.target.name, 0) + relation.weight
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _outcome(tenant: TenantId, outcome: Outcome | None) -> Entity | None:
    """Judgements in three grades, so that one can ask for what humans rejected."""
    if outcome is None or outcome.reward is None:
        return None
    grade = "good" if outcome.reward >= 0.9 else "fair" if outcome.reward >= 0.5 else "poor"
    return Entity.of(tenant, "outcome", f"{grade} by {outcome.source}")
