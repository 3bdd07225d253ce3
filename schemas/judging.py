"""Wire types of judging: which answers are put up for a verdict, and what became of each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Fraction, Identifier, Wire


class JudgingRequest(Wire):
    """Input of `judge_answers`: a task whose answers are to be judged, as far as they are sampled."""

    version: Literal[1] = 1
    tenant: Identifier
    task_id: Identifier


class ChosenAnswers(Wire):
    """Answer of ChooseAnswers: the lots that ask for verdicts, and their one attempt."""

    version: Literal[1] = 1
    lot_ids: Annotated[tuple[Identifier, ...], Field(max_length=500)]
    attempt: Literal[1] = 1


class VerdictRequest(Wire):
    """Input of RecordVerdict: a lot that asked for a verdict, after its run."""

    version: Literal[1] = 1
    tenant: Identifier
    lot_id: Identifier


class RecordedVerdict(Wire):
    """Answer of RecordVerdict: the reward that the verdict came to; null where there is no valid verdict."""

    version: Literal[1] = 1
    reward: Fraction | None
