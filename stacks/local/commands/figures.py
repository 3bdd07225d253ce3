"""`--json FILE` of what measures: whether the file can be written is found out before an hour of measuring."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer


def writable(file: Path | None) -> Path | None:
    """The file itself. Raises BadParameter where it could not be written in the end."""
    if file is None:
        return None
    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}: make it first, or name another file")
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise typer.BadParameter(f"{file} cannot be written: name another file")
    return file


JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Also write the figures to this file.", callback=writable)
]


def write_figures(file: Path | None, figures: object) -> None:
    """Write them as JSON, where a file was named."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n")
