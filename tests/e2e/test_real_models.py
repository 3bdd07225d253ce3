"""The main job as a person runs it: the command line, the real workflow, the real models."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
INBOX = ROOT / "examples" / "inbox"
MAILS = ["01-invoice-question.eml", "08-newsletter.eml", "22-invoice-question-again.eml"]
LINE_KEYS = {"task_id", "source", "status", "reason", "result", "lots", "cost_micros", "seconds"}
LOT_KEYS = {"lot_id", "kind", "winner", "status", "price_micros", "cost_micros", "propensity", "runners_up"}


def atomic(home: Path, *arguments: str) -> str:
    """Run the command line and return what it printed on standard output."""
    command = [str(Path(sys.executable).with_name("atomic")), *arguments, "--home", str(home)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run_mails(home: Path) -> list[dict[str, Any]]:
    lines = atomic(home, "run", *[str(INBOX / mail) for mail in MAILS], "--json").splitlines()
    return [json.loads(line) for line in lines]


def check_lines(lines: list[dict[str, Any]]) -> None:
    """Every line has the documented fields, every lot a winner."""
    assert len(lines) == len(MAILS)
    for line in lines:
        assert set(line) == LINE_KEYS
        assert line["status"] == "done"
        assert line["result"]
        for lot in line["lots"]:
            assert set(lot) == LOT_KEYS
            assert lot["winner"]
            assert 0 < lot["propensity"] <= 1
    tasks = {Path(line["source"]).name: line["task_id"] for line in lines}
    assert tasks[MAILS[0]] == tasks[MAILS[2]], "the same mail twice is one task"


def test_mails_are_processed_explained_corrected_and_never_twice(home: Path) -> None:
    """Run, explain, feed back, run again: typed results, reasons, a lesson, and nothing done twice."""
    first = run_mails(home)
    check_lines(first)
    lot = next(lot for lot in first[0]["lots"] if lot["kind"] == "classify")
    explained = atomic(home, "explain", lot["lot_id"])
    assert f"{lot['winner']} won with a score of" in explained
    assert "would have won" in explained
    history = json.loads(atomic(home, "explain", lot["lot_id"], "--json"))
    assert len(history["rounds"][0]["bids"]) == 8, "every seat of the registry bid or said why not"
    assert "earned" in atomic(home, "feedback", lot["lot_id"], "--label", "invoice")
    again = run_mails(home)
    assert {line["reason"] for line in again} == {"already_processed"}
    costs = [{line["task_id"]: line["cost_micros"] for line in lines} for lines in (first, again)]
    assert costs[0] == costs[1]
    assert "smollm2-135m/zero" in atomic(home, "seats")


def test_the_python_example_runs(home: Path) -> None:
    """The twenty lines of the README do what they say."""
    home.mkdir()
    home.chmod(0o755)
    command = [sys.executable, str(ROOT / "examples" / "email_processor.py"), str(INBOX / "40-abwesenheit.eml")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=home, env=environment)
    assert ran.returncode == 0, ran.stderr
    assert "done" in ran.stdout
    assert "extract" in ran.stdout
