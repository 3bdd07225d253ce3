"""Every trigger's event, in its provider's documented shape, runs to settled lots through one front door."""

import base64
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from bidding.domain.records import Task
from lambdas import api
from stacks.local.aws.runtime import machine_arn
from stacks.local.stack import BUCKET, LocalStack
from stacks.local.web.gateway import context
from tests.api.conftest import SCRIPT, scripted_seat

EVENTS = Path(__file__).parent / "events"
RECEIPT = (EVENTS / "ses_headers.txt").read_bytes().replace(b"\n", b"\r\n")


def a_mail(text: str = "") -> bytes:
    """A mail that nobody sent before."""
    number = uuid.uuid4()
    lines = [
        f"Message-ID: <{number}@example.com>",
        "From: Ada <ada@example.com>",
        "To: orders@in.example.org",
        "Subject: Opening hours",
        "Date: Thu, 12 Nov 2026 00:00:00 +0000",
        "",
        f"Hello, when does the shop in Mill Street open? {text}",
    ]
    return "\r\n".join(lines).encode()


def the_event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """A stack with a scripted seat."""
    folder = Path(tempfile.mkdtemp(prefix="atomic-triggers-"))
    folder.chmod(0o755)
    script = folder / "script.json"
    script.write_text(json.dumps(SCRIPT))
    with LocalStack(folder / "home", seats=[scripted_seat()], script=script) as opened:
        yield opened
    shutil.rmtree(folder, ignore_errors=True)


def new_task(stack: LocalStack, before: set[str]) -> Task:
    """The task that came since then, once it ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = [task for task in stack.ledger.tasks(stack.tenant) if task.task_id not in before]
        if found and found[0].status != "running":
            return found[0]
        time.sleep(0.05)
    raise TimeoutError("no task came of it")


def known(stack: LocalStack) -> set[str]:
    return {task.task_id for task in stack.ledger.tasks(stack.tenant)}


def deliver(stack: LocalStack, event: dict[str, Any], body: bytes) -> Task:
    """Put the object where the event says, and hand the event to the state machine as EventBridge does."""
    before = known(stack)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=event["detail"]["object"]["key"], Body=body)
    boto3.client("stepfunctions").start_execution(stateMachineArn=machine_arn("process_task"), input=json.dumps(event))
    return new_task(stack, before)


def assert_settled(stack: LocalStack, task: Task) -> None:
    assert task.status == "done", task
    lots = stack.ledger.lots_of(stack.tenant, task.task_id)
    assert lots
    for lot in lots:
        [past] = stack.ledger.history(stack.tenant, lot.lot_id).rounds
        assert past.settlement is not None
        assert past.settlement.kind == "settled"
    assert stack.ledger.conservation(stack.tenant).open_holds == 0


def test_a_request_through_api_gateway(stack: LocalStack) -> None:
    """The proxy event of a REST API, with a mail as binary body and a user pool's claims."""
    before = known(stack)
    event = the_event("api_gateway_post_mails")
    event["body"] = base64.b64encode(a_mail()).decode()
    answer = api.handler(event, context())
    assert answer["statusCode"] == 202, answer
    task = new_task(stack, before)
    assert_settled(stack, task)
    assert task.source == "api-gateway"


def test_an_object_in_the_bucket(stack: LocalStack) -> None:
    """S3's event through EventBridge; the same object again is the same task."""
    event, mail = the_event("s3_object_created"), a_mail()
    task = deliver(stack, event, mail)
    assert_settled(stack, task)
    assert (task.source, task.document_key) == ("mail 1.eml", event["detail"]["object"]["key"])

    before = known(stack)
    boto3.client("stepfunctions").start_execution(stateMachineArn=machine_arn("process_task"), input=json.dumps(event))
    time.sleep(0.5)
    assert known(stack) == before


def test_a_mail_that_ses_took_in(stack: LocalStack) -> None:
    """A mail that a receipt rule of SES put into the bucket, with SES's verdicts above what the sender wrote."""
    task = deliver(stack, the_event("ses_object_created"), RECEIPT + a_mail())
    assert_settled(stack, task)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b"X-SES-Spam-Verdict: PASS", b"X-SES-Spam-Verdict: FAIL"),
        (b"X-SES-Virus-Verdict: PASS", b"X-SES-Virus-Verdict: FAIL"),
        (b"X-SES-Virus-Verdict: PASS", b"X-SES-Virus-Verdict: PROCESSING_FAILED"),
        (b"dmarc=pass", b"dmarc=fail"),
        (b"amazonses.com;\r\n spf", b"evil.example;\r\n spf"),
        (b"inbound-smtp.eu-west-1.amazonaws.com", b"mx.evil.example"),
        (RECEIPT, b"Subject: on top\r\n" + RECEIPT),
        (b"X-SES-Spam-Verdict: PASS\r\n", b""),
    ],
)
def test_bad_verdicts_are_refused(stack: LocalStack, found: bytes, instead: bytes) -> None:
    """Spam, a virus, a disowned sender and a missing verdict are refused, whatever the sender wrote below."""
    forged = RECEIPT + a_mail()  # what a sender may write below: a receipt of its own
    task = deliver(stack, the_event("ses_object_created"), RECEIPT.replace(found, instead) + forged)
    assert task.status == "refused"
    assert (task.reason or "").startswith("unwanted_mail")


def test_an_object_elsewhere_starts_nothing(stack: LocalStack) -> None:
    """An event for an object outside the places where tasks come in is an error of whoever wired it."""
    before = known(stack)
    event = the_event("s3_object_created")
    event["detail"]["object"]["key"] = "raw/answer.txt"
    client = boto3.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine_arn("process_task"), input=json.dumps(event))["executionArn"]
    deadline = time.monotonic() + 10
    while (status := client.describe_execution(executionArn=arn)["status"]) == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert status == "FAILED"
    assert known(stack) == before
