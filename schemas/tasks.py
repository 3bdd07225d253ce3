"""Wire types of tasks and lots: what enters a workflow and what its first steps pass on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.base import Fraction, Identifier, Key, Micros, Wire
from schemas.events import request_of
from schemas.terms import DataClass, Kind, Label, LotStatus, Part, TaskOptions, TaskStatus


class TaskRequest(Wire):
    """Input of `process_task`: a stored document to work on. `owner` claims it, one run at a time.

    The state machine adds `claim`, the name of its execution. An event of S3 stands for a request: see `events.py`.
    A mail that was `received_by` SES must have its verdicts on top.
    """

    version: Literal[1] = 1
    tenant: Identifier
    document_key: Key
    source: Annotated[str, Field(max_length=1_024)]
    owner: Identifier
    claim: Annotated[str, Field(max_length=512)] | None = None
    submission_id: Identifier | None = None
    received_by: Literal["ses"] | None = None
    options: TaskOptions = Field(default_factory=TaskOptions)  # made when one is wanted, as validators are

    @model_validator(mode="before")
    @classmethod
    def _of_event(cls, given: object) -> object:
        return request_of(given) if isinstance(given, dict) else given


class JsonTask(Wire):
    """A task that is no email: a JSON document with a text and, where wanted, its own options."""

    version: Literal[1] = 1
    subject: Annotated[str, Field(max_length=1_000)] = ""
    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    sender: Annotated[str, Field(max_length=320)] = ""
    thread: Annotated[str, Field(max_length=300)] = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    reply: bool = False
    options: TaskOptions | None = None


class JobLot(Wire):
    """One lot of a job. Text and labels are the job's where it has none of its own; `needs` are names of other lots.

    `output_schema` is a JSON schema that its answer is held to, in place of its kind's type.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
    kind: Annotated[str, Field(max_length=80)]
    text: Annotated[str, Field(max_length=100_000)] = ""
    labels: Annotated[tuple[Label, ...], Field(max_length=100)] = ()
    needs: Annotated[tuple[str, ...], Field(max_length=64)] = ()
    output_schema: dict[str, object] | None = None


class JsonJob(JsonTask):
    """A JSON task that says itself which lots it has."""

    text: Annotated[str, Field(max_length=100_000)] = ""
    lots: Annotated[tuple[JobLot, ...], Field(min_length=1, max_length=64)]


class IngestedTask(Wire):
    """Answer of IngestTask: only a `claimed` task goes on."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier
    status: TaskStatus
    attempt: Annotated[int, Field(ge=1)]
    reason: Annotated[str, Field(max_length=1_100)] | None = None


class DecomposeRequest(Wire):
    """Input of DecomposeTask. `proposed`: the lot that asks for the plan of this task has had its run."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier
    attempt: Annotated[int, Field(ge=1)]
    proposed: bool = False
    options: TaskOptions = Field(default_factory=TaskOptions)  # made when one is wanted, as validators are


class LotReference(Wire):
    """A lot by name: enough to run it."""

    lot_id: Identifier
    kind: Kind


class Wave(Wire):
    """Lots that may run at the same time."""

    lots: Annotated[tuple[LotReference, ...], Field(max_length=64)]


class DecomposedTask(Wire):
    """Answer of DecomposeTask: the open lots in order of dependency.

    `proposing`: the one lot asks for a plan, and the lots that follow are known after it.
    """

    version: Literal[1] = 1
    waves: Annotated[tuple[Wave, ...], Field(max_length=16)]
    proposing: bool = False


class Lot(Wire):
    """One microtask up for auction."""

    lot_id: Identifier
    task_id: Identifier
    tenant: Identifier
    position: Annotated[int, Field(ge=0, le=1_000)]
    kind: Kind
    part: Part
    output: Identifier
    payload_key: Key
    data_class: DataClass
    value_micros: Micros
    price_ceiling_micros: Micros
    quality_floor: Fraction
    deadline_ms: Annotated[int, Field(ge=100, le=21_600_000)]
    delay_micros_per_second: Micros
    needs: Annotated[tuple[Identifier, ...], Field(max_length=64)]
    status: LotStatus
