"""What clients send. No type has a tenant: that comes from whoever vouches for the caller."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Base64Bytes, Field, model_validator

from schemas.base import Fraction, Identifier, Micros, ShortText, Wire
from schemas.execution import FailureReason
from schemas.replay import PolicyNames
from schemas.tasks import JsonTask
from schemas.terms import DataClass, Kind, TaskOptions

Source = Annotated[str, Field(min_length=1, max_length=1_024, description="what the submitter calls the document")]
IdempotencyKey = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Location = Literal["on_host", "own_account", "provider_region", "third_party"]


class TaskSubmission(Wire):
    """A document to work on: exactly one of `task`, `mail` (base64 of an .eml) and `upload_id`."""

    source: Source = "api"
    task: JsonTask | None = None
    mail: Base64Bytes | None = None
    upload_id: UUID | None = None
    options: TaskOptions = TaskOptions()

    @model_validator(mode="after")
    def _one_document(self) -> Self:
        if sum(given is not None for given in (self.task, self.mail, self.upload_id)) != 1:
            raise ValueError("give exactly one of task, mail and upload_id")
        return self


class FeedbackGiven(Wire):
    """A human's word on a lot's answer: a reward, or the answer as it should have been, or both."""

    reward: Fraction | None = None
    corrected: dict[str, object] | None = None
    source: Literal["judge", "human"] = "human"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.reward is None and self.corrected is None:
            raise ValueError("give reward, corrected, or both")
        return self


class PriceTerms(Wire):
    """What a seat charges: per million tokens, or per second of processor time."""

    input_micros_per_mtok: Micros = 0
    output_micros_per_mtok: Micros = 0
    cpu_second_micros: Micros = 0
    prompt_tokens_per_second: Annotated[int, Field(ge=1)] = 1_000_000
    output_tokens_per_second: Annotated[int, Field(ge=1)] = 1_000_000
    request_cpu_ms: Annotated[int, Field(ge=0)] = 0
    source: ShortText = ""


SeatName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/:@-]{1,100}$")]


class SeatTerms(Wire):
    """A seat to add, or new terms of one; the core checks every bound, see docs/how-to/add-a-seat.md."""

    seat_id: SeatName
    engine: Identifier
    model: Identifier
    kinds: Annotated[frozenset[Kind], Field(min_length=1)]
    location: Location
    prices: PriceTerms
    demonstrations: Annotated[int, Field(ge=0, le=64)] = 0
    context_tokens: Annotated[int, Field(ge=2)] = 2_048
    max_output_tokens: Annotated[int, Field(ge=1)] = 256
    timeout_ms: Annotated[int, Field(ge=1)] = 60_000
    prior_quality: Fraction | None = None
    only_tenant: Identifier | None = None
    call: dict[str, object] | None = None


class SeatStatusChange(Wire):
    """Retire a seat, or readmit it."""

    seat_id: SeatName
    status: Literal["active", "retired"]


class BudgetLimit(Wire):
    """What may be spent: in all, on verdicts (`judge`) or on all other calls (`mail`), for ever or per window (UTC)."""

    limit_micros: Micros
    scope: Literal["*", "mail", "judge"] = "*"
    window: Literal["hour", "day", "month"] | None = None


class ReplayAsked(Wire):
    """Which policies to replay on the tenant's log, of tasks first ingested since then (Unix milliseconds)."""

    policies: PolicyNames
    since_ms: Annotated[int, Field(ge=0, lt=2**48)] | None = None


class ApprovalDecision(Wire):
    """A person's verdict on an answer that waits; an edit brings the answer as it should be."""

    verdict: Literal["approved", "edited", "rejected"]
    output: dict[str, object] | None = None

    @model_validator(mode="after")
    def _edit_brings_an_output(self) -> Self:
        if (self.verdict == "edited") != (self.output is not None):
            raise ValueError("an edit brings its output, and only an edit")
        return self


class WorkWanted(Wire):
    """A worker asks for the next lot of its seats; `worker` is a name that it keeps when it is started again."""

    seats: Annotated[tuple[SeatName, ...], Field(min_length=1, max_length=50)]
    worker: Annotated[str, Field(pattern=r"^[\w.:@-]{1,80}$")]


class Heartbeat(Wire):
    """A worker is still at it."""

    worker: Annotated[str, Field(pattern=r"^[\w.:@-]{1,80}$")]


class TokensUsed(Wire):
    """What the call consumed."""

    input_tokens: Annotated[int, Field(ge=0)]
    output_tokens: Annotated[int, Field(ge=0)]
    cpu_ms: Annotated[int, Field(ge=0)] | None = None


class WorkAnswer(Wire):
    """One of `text` (as a model wrote it), `output` (as a person filled it in) and `failure`."""

    worker: Annotated[str, Field(pattern=r"^[\w.:@-]{0,80}$")] = ""
    text: Annotated[str, Field(max_length=200_000)] | None = None
    output: dict[str, object] | None = None
    failure: FailureReason | None = None
    detail: ShortText = ""
    usage: TokensUsed | None = None

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if sum(given is not None for given in (self.text, self.output, self.failure)) != 1:
            raise ValueError("give exactly one of text, output and failure")
        return self


class MailOptions(Wire):
    """What `POST /mails` takes as query: the body is the mail itself."""

    source: Source = "api"
    data_class: DataClass = "internal"
    kinds: frozenset[Kind] = frozenset()


BODIES: dict[str, type[Wire]] = {
    "TaskSubmission": TaskSubmission,
    "FeedbackGiven": FeedbackGiven,
    "SeatTerms": SeatTerms,
    "SeatStatusChange": SeatStatusChange,
    "BudgetLimit": BudgetLimit,
    "ReplayAsked": ReplayAsked,
    "ApprovalDecision": ApprovalDecision,
    "WorkWanted": WorkWanted,
    "Heartbeat": Heartbeat,
    "WorkAnswer": WorkAnswer,
}
"""Every JSON body, by the name of its published schema."""
