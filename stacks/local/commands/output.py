"""Where commands write: results on standard output, everything else on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console

from bidding.domain.errors import UnknownRecord
from schemas.problems import first_problem
from stacks.local.cards import safe
from stacks.local.errors import HomeMissing

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


def existing(home: Path) -> Path:
    """The home, for a command that needs what is in it. Raises HomeMissing, and makes none."""
    if not (home.expanduser() / "postgres").exists():
        raise HomeMissing(f"there is no home at {_where(home)}: check --home, or begin one with atomic run PATH")
    return home


@contextmanager
def open_stack(home: Path) -> Iterator[LocalStack]:
    """The stack of a home. It is imported only now: `--help` should not wait for all of AWS.

    Raises UnknownRecord with the home that was looked in, so that a wrong folder is noticed.
    """
    from stacks.local.stack import LocalStack  # noqa: PLC0415

    try:
        with LocalStack(home) as stack:
            yield stack
    except UnknownRecord as unknown:
        raise UnknownRecord(f"{unknown} (looked in {_where(home)}: check --home)") from unknown


def _where(home: Path) -> Path:
    return home.expanduser().absolute()
