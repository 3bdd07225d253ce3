"""`atomic budget pace` shows and sets how spending is paced."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from stacks.local.cli import app


def test_pace_is_set_and_shown(home: Path) -> None:
    """What is named changes, what is not stays, `atomic budget` shows it, and a word that is no amount is refused."""

    def pace(*arguments: str) -> dict[str, float | None]:
        answer = CliRunner().invoke(app, ["budget", "pace", *arguments, "--home", str(home), "--json"])
        assert answer.exit_code == 0, answer.output
        told: dict[str, float | None] = json.loads(answer.stdout)
        return told

    assert pace("--per-lot", "none")["allowance_micros"] is None
    assert pace("--per-lot", "150", "--explore", "0.1")["allowance_micros"] == 150
    told = pace("--per-lot", "90.5")
    assert (told["allowance_micros"], told["uniform_share"]) == (90.5, 0.1)

    shown = CliRunner().invoke(app, ["budget", "--home", str(home)])
    assert "pace: 90.5 µ$ per lot, purse 0 µ$, λ 0; 10% of the lots go to any seat alike" in shown.stdout
    wrong = CliRunner().invoke(app, ["budget", "pace", "--per-lot", "much", "--home", str(home)])
    assert wrong.exit_code == 2
    assert pace("--per-lot", "none")["allowance_micros"] is None
