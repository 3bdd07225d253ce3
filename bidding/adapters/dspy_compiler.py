"""Compiles variants with DSPy's optimizers over the prompts that lots are really answered with.

A DSPy program's demonstrations and instruction are searched; the call in between is our own engine's with our own
prompt, so what is found is data for the hot path, which never imports DSPy. `labeled` shows verified lots drawn at
random (LabeledFewShot), `bootstrap` those that the seat itself answers as verified (BootstrapFewShot), `search` the
best of several such draws on lots kept apart (BootstrapFewShotWithRandomSearch). Each is tried with every instruction
in INSTRUCTIONS: they are written by us, so that no variant holds words of a mail.

Optimizers that write instructions (MIPROv2, GEPA, SIMBA) want a model that can: see docs/adr/0047.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec

from bidding.adapters.dspy_answers import Answering
from bidding.domain.errors import InvalidRequest, Misconfigured
from bidding.domain.seats import Seat
from bidding.ports.adaptation import Compiled, SolvedJob
from bidding.ports.engines import Engine, Outputs

OPTIMIZERS = ("labeled", "bootstrap", "search")
INSTRUCTIONS: Mapping[str, tuple[str, ...]] = {
    "classify": ("", "Read the mail and answer with the one label that fits what the sender wants."),
    "summarise": ("", "Say in one or two short sentences who writes, what happened and what is wanted."),
    "draft": ("", "You answer emails in two or three polite sentences that name what the mail is about."),
}
CHECKED_SHARE, CHECKED_MAX = 0.4, 24


class DspyCompiler:
    """Implements `VariantCompiler`. `engine_of` runs the jobs; nothing of a trial call is billed to a tenant."""

    def __init__(self, engine_of: Callable[[Seat], Engine], outputs: Outputs) -> None:
        self._engine_of = engine_of
        self._outputs = outputs

    def compile(self, seat: Seat, examples: Sequence[SolvedJob], optimizer: str) -> Compiled:
        """The best prompt on the last lots, which no prompt was made of; the seat as it is, where none is better."""
        if optimizer not in OPTIMIZERS:
            raise InvalidRequest(f"no optimizer {optimizer!r}; there are {', '.join(OPTIMIZERS)}")
        if find_spec("dspy") is None:
            raise Misconfigured("dspy-ai is not installed: pip install 'atomic-market[adapt]'")
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")
        os.environ.setdefault("TQDM_DISABLE", "1")  # its progress bars are no answer of a command
        from bidding.adapters.dspy_program import Search  # noqa: PLC0415 - seconds of import, for compiling only

        checked = min(CHECKED_MAX, round(CHECKED_SHARE * len(examples)))
        learnt, kept = examples[:-checked], examples[-checked:]
        search = Search(Answering(self._engine_of(seat), self._outputs, seat, examples), learnt, optimizer)
        base = search.answering.mean_agreement(kept, "", ())
        best = Compiled("", (), base, base, checked)
        for instruction in INSTRUCTIONS.get(examples[0].job.kind, ("",)):
            shown = search.run(instruction)
            right = search.answering.mean_agreement(kept, instruction, shown)
            if right > best.right:
                best = Compiled(instruction, tuple(each.lot_id for each in shown), right, base, checked)
        return best
