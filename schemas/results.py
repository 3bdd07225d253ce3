"""Wire types of a task's end: its result, and how it reaches who asked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Fraction, Identifier, Key, Micros, ShortText, Wire
from schemas.terms import ApprovalState, ApprovalTerms, Kind, LotStatus, Part, TaskStatus


class AssembleRequest(Wire):
    """Input of AssembleResult."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier
    approval: ApprovalTerms | None = None


class AssembledTask(Wire):
    """Answer of AssembleResult: the result document is under `result_key`; `judging`: some answers are to be judged."""

    version: Literal[1] = 1
    task_id: Identifier
    status: TaskStatus
    reason: Annotated[str, Field(max_length=2_000)] | None
    result_key: Key
    cost_micros: Micros
    escalate_s: Annotated[int, Field(ge=1)] | None = None
    expire_s: Annotated[int, Field(ge=1)] | None = None
    judging: bool = False


class DeliverRequest(Wire):
    """Input of DeliverResult, for good ends and bad ones."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier
    status: Literal["done", "failed", "refused", "awaiting_approval"]
    reason: Annotated[str, Field(max_length=40_000)] | None = None
    result_key: Key | None = None


class LotResult(Wire):
    """What came of one lot. Money covers all its rounds."""

    lot_id: Identifier
    kind: Kind
    part: Part
    status: LotStatus
    reason: ShortText | None
    winner: Identifier | None
    price_micros: Micros
    cost_micros: Micros
    best_single_micros: Micros
    propensity: Fraction | None
    runners_up: tuple[Identifier, ...]
    rounds: Annotated[int, Field(ge=0)]
    reward: Fraction | None
    output: dict[str, object] | None
    approval: ApprovalState | None = None


class TaskResult(Wire):
    """The result document of a task."""

    version: Literal[1] = 1
    task_id: Identifier
    status: TaskStatus
    reason: Annotated[str, Field(max_length=2_000)] | None
    result_key: Key
    cost_micros: Micros
    lots: tuple[LotResult, ...]
