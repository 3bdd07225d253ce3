"""Where the benches write their figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from stacks.local.cli import app
from stacks.local.commands.figures import writable, write_figures

_BENCHES = get_command(app).commands["bench"].commands  # type: ignore[attr-defined]
WITH_FIGURES = sorted(
    name for name, bench in _BENCHES.items() if any("--json" in option.opts for option in bench.params)
)


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_a_missing_folder_is_told_before_measuring(name: str, tmp_path: Path) -> None:
    """Every bench refuses a file in a folder that is not there at once, names the folder and says what to do."""
    needed = ["--data", str(tmp_path)] if any("--data" in option.opts for option in _BENCHES[name].params) else []
    refused = CliRunner().invoke(
        app, ["bench", name, *needed, "--json", str(tmp_path / "gone" / "figures.json")], env={"COLUMNS": "400"}
    )
    assert refused.exit_code == 2
    assert "there is no folder" in refused.output
    assert "make it first" in refused.output


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder where a file should be is refused; a new file and none at all are taken, and figures end in a line."""
    refused = CliRunner().invoke(app, ["bench", "workflow", "--json", str(tmp_path)], env={"COLUMNS": "400"})
    assert refused.exit_code == 2
    assert "cannot be written" in refused.output
    file = tmp_path / "figures.json"
    assert (writable(file), writable(None)) == (file, None)
    write_figures(file, {"ms": 1})
    assert (json.loads(file.read_text()), file.read_text()[-1]) == ({"ms": 1}, "\n")
