"""The deployed state machines, found by name: the same files, the same substitutions.

A `${Name}` as a StateMachineArn is another machine, `statemachines/name.asl.json`; `${DocumentsBucket}` is the bucket;
any other is a function, `lambdas/name.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import statemachines

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
BUCKET = "DocumentsBucket"
"""What a definition calls the bucket of documents."""
_MACHINE = re.compile(r'"StateMachineArn":\s*"\$\{(\w+)\}"')


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine: its definition as deployed, and the names it refers to."""

    name: str
    type: Literal["STANDARD", "EXPRESS"]
    definition: str
    functions: frozenset[str]
    machines: frozenset[str]


def snake(name: str) -> str:
    """`ClearAuction` as `clear_auction`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def load_machine(name: str) -> Machine:
    """Read a machine by its file's name, such as `process_task`."""
    definition = (files(statemachines) / f"{name}.asl.json").read_text()
    machines = frozenset(_MACHINE.findall(definition))
    return Machine(
        name=name,
        type="EXPRESS" if name == "run_lot" else "STANDARD",
        definition=definition,
        functions=frozenset(_SUBSTITUTION.findall(definition)) - machines - {BUCKET},
        machines=machines,
    )


MACHINES = tuple(
    load_machine(name)
    for name in (
        "run_lot",
        "approve_result",
        "judge_answers",
        "process_task",
        "process_batch",
        "record_feedback",
        "replay_policy",
        "adapt_variants",
    )
)
"""Those that others start come first."""
