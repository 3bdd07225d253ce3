"""The command line against an API over real HTTP, and requests as API Gateway takes them from IAM."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from typer.testing import CliRunner

from bidding.domain.ids import TenantId
from stacks.local.cli import app
from stacks.local.remote.connect import SignedByIam, auth_for
from stacks.local.stack import LocalStack
from stacks.local.web.gate import EVERYTHING, Gate
from stacks.local.web.server import bind, server_of, serving
from tests.api.conftest import TASK

MAIL = Path(__file__).parents[2] / "examples" / "inbox" / "03-meeting-scheduling.eml"


@pytest.fixture
def remote(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A served market, named to the commands by the variables that name a deployed one."""
    address = bind("127.0.0.1", 0)
    server = server_of(Gate("127.0.0.1", tokens={"a-token": EVERYTHING}), TenantId("default"))
    with serving(server, address):
        monkeypatch.setenv("ATOMIC_API_URL", address.url)
        monkeypatch.setenv("ATOMIC_API_TOKEN", "a-token")
        yield address.url


def run(*arguments: str) -> str:
    """A command's standard output."""
    result = CliRunner().invoke(app, [*arguments, "--profile", "aws"])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def test_commands_work_against_an_api(remote: str, tmp_path: Path) -> None:
    """Run, explain, feedback, seats and approvals do over HTTP what they do at home."""
    task = tmp_path / "task.json"
    task.write_text(json.dumps(TASK | {"text": "Is there a remote way to ask when the shop opens?"}))
    lines = [json.loads(line) for line in run("run", str(MAIL), str(task), "--approve", "--json").splitlines()]
    assert {line["status"] for line in lines} == {"awaiting_approval"}
    lot = lines[0]["lots"][0]["lot_id"]
    assert "good/one won" in run("explain", lot)
    assert json.loads(run("explain", lot, "--json"))["lot"]["lot_id"] == lot
    assert "earned 0.70" in run("feedback", lot, "--reward", "0.7")
    seats = json.loads(run("seats", "--json"))
    assert [seat["seat_id"] for seat in seats["seats"]] == ["good/one"]
    run("seats", "retire", "good/one")
    assert json.loads(run("seats", "--json"))["seats"][0]["status"] == "retired"
    run("seats", "readmit", "good/one")
    waiting = json.loads(run("approvals", "--json"))["open"]
    for each in waiting:
        assert "approved" in run("approvals", "approve", each["approval_id"])
    again = [json.loads(line) for line in run("run", str(MAIL), "--json").splitlines()]
    assert again[0]["status"] == "done"
    assert again[0]["task_id"] in {line["task_id"] for line in lines}


def test_a_refusal_is_one_sentence(remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown lot, and a token that is none, end in the problem's own sentence."""
    from stacks.local.errors import ApiRefused  # noqa: PLC0415

    unknown = CliRunner().invoke(app, ["explain", "00000000-0000-4000-8000-000000000000", "--profile", "aws"])
    assert isinstance(unknown.exception, ApiRefused)
    assert "no lot" in str(unknown.exception)
    monkeypatch.setenv("ATOMIC_API_TOKEN", "wrong")
    refused = CliRunner().invoke(app, ["seats", "--profile", "aws"])
    assert "401" in str(refused.exception)


def test_requests_are_signed_for_api_gateway() -> None:
    """An address of API Gateway is asked with Signature Version 4 of its region; another one is not."""
    session = boto3.Session("AKIAEXAMPLE", "secret", "session-token", region_name="eu-central-1")
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    url = "https://a1b2.execute-api.eu-west-1.amazonaws.com/prod"
    with httpx.Client(transport=httpx.MockTransport(answer), auth=SignedByIam(session, "eu-west-1")) as http:
        http.post(f"{url}/tasks?a=b c", json={"task": {"text": "x"}})
    [request] = seen
    scope = r"AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/\d{8}/eu-west-1/execute-api/aws4_request, "
    assert re.match(scope, request.headers["Authorization"])
    assert request.headers["X-Amz-Security-Token"] == "session-token"
    assert auth_for("http://127.0.0.1:8080", None) is None
