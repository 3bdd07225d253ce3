"""The DSPy program that is optimized: a predictor whose call is our own engine's. Imports DSPy: for compiling only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dspy

from bidding.adapters.dspy_answers import Answering
from bidding.domain.errors import InvalidRequest
from bidding.domain.records import Demonstration
from bidding.ports.adaptation import SolvedJob

SHOWN, CANDIDATES = 4, 3
"""Demonstrations of a prompt at most, and prompts that are drawn for a search."""
GOOD = 0.9
"""Agreement from which an answer of the seat's own may be shown."""


class LotPredict(dspy.Predict):  # type: ignore[misc]  # DSPy has no types
    """Answers the lot named by `lot` with this predictor's instruction and demonstrations."""

    def __init__(self, answering: Answering, instruction: str) -> None:
        # The signature only carries the instruction: the prompt is written by `bidding.adapters.prompts`.
        super().__init__(dspy.Signature("lot -> output", instruction or "-"))
        self.answering = answering

    def forward(self, **inputs: Any) -> dspy.Prediction:
        """One call; what it was asked and said goes to DSPy's trace, from which optimizers learn."""
        lot = inputs["lot"]
        shown = [self.answering.solved[demo["lot"]].solved for demo in self.demos if demo["lot"] != lot]
        instruction = self.signature.instructions
        output = self.answering.answer(self.answering.solved[lot], "" if instruction == "-" else instruction, shown)
        prediction = dspy.Prediction(output=_as_text(output))
        if dspy.settings.trace is not None:
            dspy.settings.trace.append((self, {"lot": lot}, prediction))
        return prediction

    def __deepcopy__(self, memo: dict[int, Any]) -> LotPredict:
        """A copy with demonstrations of its own and the same engine."""
        copy = LotPredict(self.answering, self.signature.instructions)
        copy.demos = list(self.demos)
        return copy

    def reset_copy(self) -> LotPredict:
        """A copy without demonstrations."""
        return LotPredict(self.answering, self.signature.instructions)


class LotProgram(dspy.Module):  # type: ignore[misc]
    """One predictor."""

    def __init__(self, answering: Answering, instruction: str) -> None:
        super().__init__()
        self.predict = LotPredict(answering, instruction)

    def forward(self, lot: str) -> dspy.Prediction:
        """See `LotPredict`."""
        return self.predict(lot=lot)


class Search:
    """One optimizer over the lots that may be shown."""

    def __init__(self, answering: Answering, learnt: Sequence[SolvedJob], optimizer: str) -> None:
        self.answering = answering
        self._optimizer = optimizer
        self._train = [
            dspy.Example(lot=each.solved.lot_id, output=_as_text(each.solved.output)).with_inputs("lot")
            for each in learnt
        ]

    def run(self, instruction: str) -> tuple[Demonstration, ...]:
        """The lots that the optimized program shows: each with its verified answer."""
        program = LotProgram(self.answering, instruction)
        compiled = self._compile(program)
        lots = dict.fromkeys(demo["lot"] for demo in compiled.predict.demos)
        return tuple(self.answering.solved[lot].solved for lot in lots)

    def _compile(self, program: LotProgram) -> Any:
        match self._optimizer:
            case "labeled":
                return dspy.LabeledFewShot(k=SHOWN).compile(program, trainset=self._train)
            case "bootstrap":
                made = dspy.BootstrapFewShot(
                    metric=self._good, max_bootstrapped_demos=SHOWN, max_labeled_demos=SHOWN, max_rounds=1
                )
                return made.compile(program, trainset=self._train)
            case "search":
                half = len(self._train) // 2
                searched = dspy.BootstrapFewShotWithRandomSearch(
                    metric=self._good,
                    max_bootstrapped_demos=SHOWN,
                    max_labeled_demos=SHOWN,
                    max_rounds=1,
                    num_candidate_programs=CANDIDATES,
                    num_threads=1,
                )
                return searched.compile(program, trainset=self._train[:half], valset=self._train[half:][:16])
            case _:
                raise InvalidRequest(f"no optimizer {self._optimizer!r}")

    def _good(self, example: Any, prediction: Any, trace: Any = None) -> bool:
        """Whether an answer agrees with what was verified."""
        solved = self.answering.solved[example["lot"]]
        if prediction.output == _as_text(None):
            return False
        return self.answering.agrees(solved, json.loads(prediction.output)) >= GOOD


def _as_text(output: Mapping[str, Any] | None) -> str:
    """An answer as a field of a DSPy program."""
    return json.dumps(output, ensure_ascii=False, sort_keys=True)
