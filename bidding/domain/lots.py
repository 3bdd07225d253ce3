"""Lots: the microtasks of a task, and the waves they run in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Literal, NewType

from bidding.domain.approvals import ApprovalTerms
from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import LotId, TaskId, TenantId
from bidding.domain.seats import DataClass, stricter

SchemaRef = NewType("SchemaRef", str)
"""Name and version of an output type, such as `classification.v1`; resolved through a port."""

LotStatus = Literal["open", "done", "failed"]

PLAN_KIND = "decompose"
"""The kind of lot whose answer is a plan: which further lots its document calls for."""


@dataclass(frozen=True, slots=True)
class Label:
    """One class that `classify` may choose, with a sentence that says what belongs to it."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Payload:
    """What a lot is about. All of it is data from outside: never instructions.

    `text` is the part under work (body, quoted history, an attachment); `part` names it. `address` is the sender's and
    `thread` the name of the conversation, as the knowledge graph has them; no prompt shows either. Where a plan is
    asked for, `labels` are the kinds it may use, `sections` counts the parts of the document, and `budget_micros` is
    what its lots may come to together. `output_schema` is the type that a job declares for this lot's answer; None for
    that of its kind.
    """

    part: str
    text: str
    subject: str = ""
    sender: str = ""
    sent_on: str | None = None
    language: str | None = None
    labels: tuple[Label, ...] = ()
    address: str = ""
    thread: str = ""
    sections: int = 0
    budget_micros: int = 0
    output_schema: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """One microtask up for auction.

    `value_micros` is what a perfect answer is worth, `price_ceiling_micros` the most that one call for it may come to,
    `quality_floor` the least predicted quality to accept, `deadline_ms` how long one round may take.
    `needs` are lots whose outputs are given to this one as context.
    """

    lot_id: LotId
    task_id: TaskId
    tenant: TenantId
    position: int
    kind: str
    part: str
    output: SchemaRef
    payload_key: str
    data_class: DataClass
    value_micros: int
    price_ceiling_micros: int
    quality_floor: float = 0.0
    deadline_ms: int = 60_000
    delay_micros_per_second: int = 0
    needs: tuple[LotId, ...] = ()
    status: LotStatus = "open"


@dataclass(frozen=True, slots=True)
class PlannedLot:
    """A lot before it has an id. `needs` are positions in the same plan, all smaller than its own.

    `ceiling_micros` lowers the price ceiling that the terms of its kind set; None leaves it.
    """

    kind: str
    payload: Payload
    needs: tuple[int, ...] = ()
    ceiling_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a kind of lot is worth to its owner; see `Lot` for units."""

    output: SchemaRef
    value_micros: int
    price_ceiling_micros: int
    quality_floor: float = 0.0
    deadline_ms: int = 60_000
    delay_micros_per_second: int = 2


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """What the submitter may choose. `kinds` limits the plan to these kinds, empty means all.

    `approval` says which answers wait for a person; None for none. It is the submitter's to ask, not a document's.
    """

    labels: tuple[Label, ...] = ()
    kinds: frozenset[str] = frozenset()
    data_class: DataClass = "internal"
    terms: Mapping[str, Terms] = field(default_factory=dict)
    approval: ApprovalTerms | None = None


def narrowed(options: TaskOptions, own: TaskOptions | None) -> TaskOptions:
    """The submitter's options with a document's own ones, which may narrow them and never widen them.

    The document may name labels and kinds where the submitter named none, ask for a stricter data class, and lower
    a value or a ceiling.
    """
    if own is None:
        return options
    terms = dict(options.terms)
    for kind, wanted in own.terms.items():
        usual = terms.get(kind) or DEFAULT_TERMS.get(kind)
        if usual is not None:
            terms[kind] = replace(
                wanted,
                value_micros=min(wanted.value_micros, usual.value_micros),
                price_ceiling_micros=min(wanted.price_ceiling_micros, usual.price_ceiling_micros),
            )
    return TaskOptions(
        labels=options.labels or own.labels,
        kinds=options.kinds or own.kinds,
        data_class=stricter(options.data_class, own.data_class),
        terms=terms,
        approval=options.approval,
    )


DEFAULT_TERMS: Mapping[str, Terms] = {
    "classify": Terms(SchemaRef("classification.v1"), value_micros=400, price_ceiling_micros=1_000),
    "extract": Terms(SchemaRef("extraction.v1"), value_micros=500, price_ceiling_micros=1_000),
    "summarise": Terms(SchemaRef("summary.v1"), value_micros=600, price_ceiling_micros=1_000),
    "draft": Terms(SchemaRef("draft.v1"), value_micros=1_000, price_ceiling_micros=1_500),
    PLAN_KIND: Terms(SchemaRef("plan.v1"), value_micros=400, price_ceiling_micros=1_500),
}


def waves(lots: Sequence[Lot]) -> list[list[Lot]]:
    """Order lots so that each stands in the first wave after all it needs; positions order a wave.

    Raises InvalidRequest where lots need each other or one that is not there.
    """
    depth: dict[LotId, int] = {}
    for lot in sorted(lots, key=lambda lot: lot.position):
        missing = [need for need in lot.needs if need not in depth]
        if missing:
            raise InvalidRequest(f"lot {lot.position} needs {missing}, which no earlier lot makes")
        depth[lot.lot_id] = 1 + max((depth[need] for need in lot.needs), default=-1)
    count = 1 + max(depth.values(), default=-1)
    return [[lot for lot in lots if depth[lot.lot_id] == wave] for wave in range(count)]
