"""`atomic replay` on outcome data, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stacks.local.cli import app

RandomSet = Callable[..., Path]


def on_data(folder: Path, *options: str) -> str:
    """What the command prints on standard output."""
    few = ["--trials", "2", "--rounds", "100"]
    result = CliRunner().invoke(app, ["replay", "--data", str(folder), *few, *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_json_goes_to_standard_output_or_into_a_file(random_set: RandomSet, tmp_path: Path) -> None:
    """`--json` alone prints the report; with a file it writes the same and shows the table."""
    folder, file = random_set(200), tmp_path / "report.json"
    printed = json.loads(on_data(folder, "--json"))
    shown = on_data(folder, "--json", str(file))
    assert json.loads(file.read_text()) == printed
    assert {row["policy"] for row in printed["rows"]} >= {"best_single", "cheapest", "greedy"}
    assert ("coverage" in shown, "best_single" in shown, "…" in shown) == (True, True, False)


def test_a_file_without_json_is_a_mistake(random_set: RandomSet, tmp_path: Path) -> None:
    """A stray argument is not silently ignored."""
    result = CliRunner().invoke(app, ["replay", "--data", str(random_set(200)), str(tmp_path / "x")])
    assert result.exit_code == 2
    assert "--json" in result.output


@pytest.mark.parametrize(
    ("mixed", "said"),
    [
        ("--data {} --policy greedy cheapest", "--policy asks the ledger"),
        ("--data {} --since 2026-11-01", "--since asks the ledger"),
        ("--trials 200", "--trials is for --data alone"),
        ("--rounds 1200", "--rounds is for --data alone"),
        ("--behaviour softmax", "--behaviour is for --data alone"),
    ],
)
def test_an_option_of_the_other_source_is_refused(random_set: RandomSet, mixed: str, said: str) -> None:
    """Outcome data has policies of its own and the ledger no trials: neither option is silently ignored."""
    arguments = ["replay", *mixed.format(random_set(200)).split()]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "400"})
    assert (result.exit_code, said in result.output) == (2, True), result.output


@pytest.mark.parametrize("behaviour", ["softmax", "thompson"])
def test_who_logs_can_be_chosen(random_set: RandomSet, behaviour: str) -> None:
    """The report names the behaviour policy."""
    assert json.loads(on_data(random_set(200), "--behaviour", behaviour, "--json"))["behaviour"] == behaviour
