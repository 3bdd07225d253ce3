"""A function imports what it needs at a cold start, and no more."""

import subprocess
import sys
from pathlib import Path

import lambdas

HANDLERS = sorted(file.stem for file in Path(lambdas.__file__).parent.glob("*.py") if file.stem != "__init__")


def test_no_handler_imports_dspy() -> None:
    """Not one of them, not even the one that compiles, which imports it at its first call."""
    script = (
        "import importlib, sys\n"
        f"for name in {HANDLERS!r}:\n"
        "    importlib.import_module(f'lambdas.{name}')\n"
        "print(sorted(m for m in ('dspy', 'litellm', 'optuna') if m in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAVY = ("numpy", "boto3", "bs4", "onnxruntime", "baml_py", "opentelemetry", "outlines", "xllamacpp")
RARE = (
    "bidding.domain.all_events",
    "bidding.domain.learning.state",
    "bidding.domain.policy_events",
    "bidding.domain.messages",
    "bidding.domain.upkeep_events",
    "bidding.notary",
    "pydantic.type_adapter",
    "schemas.market",
    "schemas.outputs",
    "schemas.receipts",
)
"""What one step of a lot has no use for: policies, mail, upkeep, sealing, and the types of other steps."""
LIGHT = (
    "assemble_result",
    "conclude_approval",
    "decompose_task",
    "defer_lot",
    "deliver_result",
    "ingest_task",
    "maintain_ledger",
    "record_outcome",
    "request_approval",
    "seal_receipts",
    "settle_lot",
)
"""Functions that neither draw, learn nor call a model: what few of their calls need they import then."""


def test_light_functions_import_nothing_heavy() -> None:
    """Neither arrays nor clients of AWS, parsers of mail or engines come with them."""
    script = (
        "import importlib, sys\n"
        f"for name in {LIGHT!r}:\n"
        "    importlib.import_module(f'lambdas.{name}')\n"
        f"    print(name, *(heavy for heavy in {HEAVY!r} if heavy in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(LIGHT)


def test_a_step_of_a_lot_imports_no_other_steps_types() -> None:
    """Types are made when they are imported, which is most of a cold start: what settles a lot makes its own alone."""
    script = (
        "import sys, lambdas.record_outcome, lambdas.settle_lot\n"
        f"print(*(rare for rare in {RARE!r} if rare in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_validators_are_made_when_they_are_needed() -> None:
    """Importing wire types builds none of them; the first use builds what it needs."""
    script = (
        "from schemas.awards import AwardNotice, DeferRequest\n"
        "print(AwardNotice.__pydantic_complete__, DeferRequest.__pydantic_complete__)\n"
        "AwardNotice.model_json_schema()\n"
        "print(AwardNotice.__pydantic_complete__, DeferRequest.__pydantic_complete__)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True", "False"]
