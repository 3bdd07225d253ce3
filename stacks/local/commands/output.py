"""Where commands write: results on standard output, everything else on standard error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console

from schemas.problems import first_problem
from stacks.local.cards import safe

out = Console()
err = Console(stderr=True)

if TYPE_CHECKING:
    from stacks.local.stack import LocalStack

HomeOption = Annotated[
    Path, typer.Option("--home", help="Folder of the database, documents and logs.", envvar="ATOMIC_HOME")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
ProfileOption = Annotated[
    Literal["aws"] | None,
    typer.Option("--profile", help="aws: the API at ATOMIC_API_URL, not this home.", envvar="ATOMIC_PROFILE"),
]
DEFAULT_HOME = Path(".atomic")


def say(markup: str, foreign: str = "") -> None:
    """Tell the person at the keyboard: our own markup, then text that may hold anything."""
    err.print(markup, safe(foreign, 2_000))


def in_one_sentence(error: Exception) -> str:
    """An error for a person; of a validation's many problems the first."""
    return first_problem(error) if isinstance(error, ValidationError) else str(error)


def open_stack(home: Path) -> LocalStack:
    """The stack of a home, to be entered. It is imported only now: `--help` should not wait for all of AWS."""
    from stacks.local.stack import LocalStack  # noqa: PLC0415

    return LocalStack(home)
