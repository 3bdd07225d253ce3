"""What a seat answers with a given prompt, for a compiler that tries prompts. Imports no DSPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bidding.domain.declared import is_declared
from bidding.domain.errors import EngineFailure
from bidding.domain.records import Demonstration
from bidding.domain.rewards import agreement
from bidding.domain.seats import Seat
from bidding.ports.adaptation import SolvedJob
from bidding.ports.engines import Engine, Outputs


class Answering:
    """Answers jobs as the seat would with a given prompt, and compares with what was verified."""

    def __init__(self, engine: Engine, outputs: Outputs, seat: Seat, examples: Sequence[SolvedJob]) -> None:
        self._engine = engine
        self._outputs = outputs
        self._seat = seat
        self.solved = {each.solved.lot_id: each for each in examples}

    def answer(self, example: SolvedJob, instruction: str, shown: Sequence[Demonstration]) -> dict[str, Any] | None:
        """None where the seat fails."""
        others = tuple(each for each in shown if each.lot_id != example.solved.lot_id)
        job = replace(example.job, instruction=instruction, demonstrations=others)
        try:
            text = self._engine.answer(self._seat, job).text
            return self._outputs.parse(job.output, job.payload, text)[0]
        except EngineFailure:
            return None

    def agrees(self, example: SolvedJob, output: dict[str, Any] | None) -> float:
        """Agreement with the verified answer, in [0, 1]."""
        return (
            agreement(
                "declared" if is_declared(example.job.output) else example.job.kind, output, example.solved.output
            )
            if output
            else 0.0
        )

    def mean_agreement(self, examples: Sequence[SolvedJob], instruction: str, shown: Sequence[Demonstration]) -> float:
        """Over all of them."""
        told = [self.agrees(each, self.answer(each, instruction, shown)) for each in examples]
        return sum(told) / len(told)
