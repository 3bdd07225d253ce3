"""A run leaves a sealed ledger; the commands verify and prove it, and say what was changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from stacks.local.cli import app
from stacks.local.postgres.server import PostgresServer
from stacks.local.stack import LocalStack
from tests.workflow.test_scenarios import SCENARIOS, seat_of


@pytest.fixture
def lot(home: Path) -> str:
    """A lot of a run in `home` that was sealed at its end."""
    scenario = json.loads(next(path for path in SCENARIOS if path.stem.startswith("failed_answer")).read_text())
    script = home.parent / f"{home.name}-script.json"
    script.write_text(json.dumps(scenario["script"]))
    seats = [seat_of(seat) for seat in scenario["seats"]]
    with LocalStack(home, seats=seats, script=script) as stack, stack.sealing():
        report = stack.submit(json.dumps(scenario["document"]).encode(), "mail")
    return str(report.lots[0].lot_id)


def test_commands(home: Path, lot: str) -> None:
    """After a run the ledger verifies with no unsealed award, and a lot's proof holds without the home."""
    proof, key = home.parent / "proof.json", home / "keys" / "receipts.pub.pem"
    run = CliRunner().invoke

    verified = run(app, ["verify", "--home", str(home), "--json"])
    proven = run(app, ["receipt", lot, "--home", str(home), "--out", str(proof)])
    checked = run(app, ["receipt", "--check", str(proof), "--public-key", str(key)])

    assert (verified.exit_code, proven.exit_code, checked.exit_code) == (0, 0, 0)
    told = json.loads(verified.stdout)
    assert (told["intact"], told["receipts"], told["findings"]) == (True, 1, [])
    assert proof.read_text().count('"table": "awards"') == 2  # the failed round, and the runner-up's

    forged = (
        proof.read_text()
        .replace('"unsealed"', '"unsealed" ')
        .replace(json.loads(proof.read_text())["rows"][0]["path"][0], "00" * 32)
    )
    proof.write_text(forged)
    assert run(app, ["receipt", "--check", str(proof), "--public-key", str(key)]).exit_code == 1


def test_changed_award(home: Path, lot: str) -> None:
    """A price that a superuser changes makes `atomic verify` fail and name the award."""
    with PostgresServer(home) as server, psycopg.connect(server.acquire(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        changed = connection.execute(
            "UPDATE awards SET price_micros = price_micros + 1 "
            "WHERE award_id = (SELECT min(award_id::text)::uuid FROM awarded_lots WHERE lot_id = %s) "
            "RETURNING json_build_array(tenant, award_id)::text",
            (lot,),
        ).fetchone()

    verified = CliRunner().invoke(app, ["verify", "--home", str(home), "--json"])

    assert verified.exit_code == 1
    (finding,) = json.loads(verified.stdout)["findings"]
    assert changed == (finding["key"],)
    assert (finding["table"], finding["batch"]) == ("awards", 1)


def test_light_functions() -> None:
    """A function that does not sign with a local key never imports the package for it."""
    program = "import sys, lambdas.seal_receipts, lambdas.settle_lot; print('cryptography' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False"


def test_rebuilt_policy(home: Path, lot: str) -> None:
    """A run's policy is folded again to the same bits; an outcome that is not what was folded names the version."""
    run = CliRunner().invoke
    assert run(app, ["feedback", lot, "--home", str(home), "--reward", "0.75"]).exit_code == 0

    verified = run(app, ["verify", "--home", str(home), "--json"])
    (rebuilt,) = json.loads(verified.stdout)["policies"]
    assert (verified.exit_code, rebuilt["differs_at"], rebuilt["trusted_version"]) == (0, None, 0)
    assert rebuilt["outcomes"] >= rebuilt["versions"] >= 2

    with PostgresServer(home) as server, psycopg.connect(server.acquire(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE outcomes SET reward = 0.5 WHERE source = 'human'")
    harmed = run(app, ["verify", "--home", str(home), "--json"])
    (rebuilt,) = json.loads(harmed.stdout)["policies"]
    assert (harmed.exit_code, rebuilt["differs_at"]) == (1, rebuilt["versions"] + 1)
