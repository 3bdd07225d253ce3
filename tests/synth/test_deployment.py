"""The synthesised template itself, deployed into moto: a task comes in through each trigger and is settled."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from bidding.adapters.postgres import PostgresLedger
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Task
from bidding.domain.seats import PriceList, Seat
from schemas.tasks import TaskRequest
from tests.workflow.test_triggers import RECEIPT, a_mail, the_event

from .conftest import Synthesise
from .deployment import Deployment, answer_as_bedrock, deployed
from .moto_stacks import BROKEN, UNSUPPORTED, supported

MODEL = "amazon.nova-micro-v1:0"
TENANT = TenantId("default")
ANSWERS = {
    "classification_v1": {"label": "question", "confidence": 0.9},
    "draft_v1": {"body": "The shop opens at nine. Kind regards"},
    "summary_v1": {"summary": "A question about opening hours."},
    "extraction_v1": {},
}
Requests = list[dict[str, Any]]


@pytest.fixture(scope="module")
def ledger(app_dsn: str) -> PostgresLedger:
    """The ledger that the deployed functions write, with one seat on Bedrock."""
    opened = PostgresLedger(app_dsn, default_budget_micros=5_000_000)
    prices = PriceList(input_micros_per_mtok=35_000, output_micros_per_mtok=140_000)
    kinds = frozenset({"classify", "extract", "summarise", "draft"})
    seat = Seat(SeatId("nova/micro"), "bedrock", MODEL, kinds, location="provider_region", prices=prices)
    opened.put_seat(seat, round(time.time() * 1_000))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def deployment(
    synthesise: Synthesise, tmp_path_factory: pytest.TempPathFactory, app_dsn: str, ledger: PostgresLedger
) -> Iterator[Deployment]:
    """The environment `dev`, deployed."""
    with deployed(synthesise("dev"), tmp_path_factory.mktemp("deployed"), app_dsn) as made:
        yield made


@pytest.fixture(scope="module")
def bedrock(deployment: Deployment) -> Requests:
    """What Bedrock is asked."""
    return answer_as_bedrock(ANSWERS)


def known(ledger: PostgresLedger) -> set[str]:
    return {task.task_id for task in ledger.tasks(TENANT)}


def new_task(ledger: PostgresLedger, before: set[str]) -> Task:
    """The task that came since then, once it ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [task for task in ledger.tasks(TENANT) if task.task_id not in before]
        if found and found[0].status != "running":
            return found[0]
        time.sleep(0.05)
    raise TimeoutError("no task came of it")


def assert_settled(ledger: PostgresLedger, task: Task) -> None:
    assert task.status == "done", task
    lots = ledger.lots_of(TENANT, task.task_id)
    assert lots
    for lot in lots:
        [past] = ledger.history(TENANT, lot.lot_id).rounds
        assert past.settlement is not None
        assert past.settlement.kind == "settled"
        assert past.award.seat_id == "nova/micro"
    assert ledger.conservation(TENANT).open_holds == 0


def invoke(function: str, event: dict[str, Any]) -> dict[str, Any]:
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer
    return dict(json.loads(answer["Payload"].read()))


def test_what_is_not_deployed_is_what_moto_lacks(synthesise: Synthesise) -> None:
    """The types that are left out are those that moto's CloudFormation cannot make, all of them and no others."""
    types = {each["Type"] for stack in synthesise("dev").values() for each in stack.body["Resources"].values()}
    assert types - supported() == set(UNSUPPORTED)
    assert types & supported() >= set(BROKEN)


def test_schedules_keep_the_ledger(deployment: Deployment) -> None:
    """Each schedule of the ledger's upkeep calls a deployed function with an event that it takes."""
    rules = {name: rule for name, rule in deployment.resources["Market"].items() if name.startswith("Schedules")}
    for rule in filter(None, rules.values()):
        for target in boto3.client("events").list_targets_by_rule(Rule=rule)["Targets"]:
            invoke(target["Arn"], json.loads(target["Input"]))
    assert set(deployment.invoked) == {"maintain_ledger"}


def test_a_mail_posted_to_the_api(deployment: Deployment, ledger: PostgresLedger, bedrock: Requests) -> None:
    """API Gateway's event, given to the function that the deployed method names, ends in settled lots."""
    before = known(ledger)
    gateway = boto3.client("apigateway")
    [api] = gateway.get_rest_apis()["items"]
    [mails] = [each for each in gateway.get_resources(restApiId=api["id"])["items"] if each["path"] == "/mails"]
    called = gateway.get_integration(restApiId=api["id"], resourceId=mails["id"], httpMethod="POST")
    function = called["uri"].rpartition("/functions/")[2].removesuffix("/invocations")
    event = the_event("api_gateway_post_mails")
    event["body"] = base64.b64encode(a_mail()).decode()

    answer = invoke(function, event)

    assert (called["type"], called["httpMethod"], answer["statusCode"]) == ("AWS_PROXY", "POST", 202), answer
    assert_settled(ledger, new_task(ledger, before))
    assert bedrock
    assert {each["modelId"] for each in bedrock} == {MODEL}


def test_an_object_put_into_the_bucket(deployment: Deployment, ledger: PostgresLedger, bedrock: Requests) -> None:
    """The bucket's own event passes the rule's pattern, starts the machine and ends in settled lots."""
    before, so_far = known(ledger), len(deployment.invoked)
    bucket = deployment.physical("Market", "DocumentsBucket")
    key = the_event("s3_object_created")["detail"]["object"]["key"]

    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=a_mail())

    assert_settled(ledger, new_task(ledger, before))
    called = deployment.invoked[so_far:]
    assert called[:2] == ["ingest_task", "decompose_task"]
    assert {"open_auction", "clear_auction", "execute_lot", "settle_lot", "assemble_result"} <= set(called)


def test_a_mail_that_the_receipt_rule_stored(
    deployment: Deployment, ledger: PostgresLedger, bedrock: Requests, synthesise: Synthesise
) -> None:
    """A mail with SES's verdicts, put where the receipt rule puts it, ends in settled lots; spam is refused."""
    rule = synthesise("dev")["Ingress"].the("AWS::SES::ReceiptRule", "Mail")["Rule"]
    [action] = rule["Actions"]
    bucket = deployment.outputs[action["S3Action"]["BucketName"]["Fn::GetStackOutput"]["OutputName"]]
    spam = RECEIPT.replace(b"X-SES-Spam-Verdict: PASS", b"X-SES-Spam-Verdict: FAIL")
    for name, receipt, status in (("good", RECEIPT, "done"), ("spam", spam, "refused")):
        before = known(ledger)
        key = action["S3Action"]["ObjectKeyPrefix"] + name
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=receipt + a_mail())
        task = new_task(ledger, before)
        assert task.status == status
        if status == "done":
            assert_settled(ledger, task)


def test_an_object_elsewhere_starts_nothing(deployment: Deployment) -> None:
    """What the market itself writes into the bucket passes no rule."""
    bucket = deployment.physical("Market", "DocumentsBucket")
    machine = deployment.physical("Market", "MachinesProcessTaskMachine")
    client = boto3.client("stepfunctions")
    before = client.list_executions(stateMachineArn=machine)["executions"]

    for key in ("raw/answer.txt", "tenants/default/uploads/mail.eml", "tenants/default/results/1.json"):
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=a_mail())

    assert before
    assert client.list_executions(stateMachineArn=machine)["executions"] == before


def test_triggers_hand_over_what_the_local_stack_knows(deployment: Deployment, ledger: PostgresLedger) -> None:
    """The machine got a request as the command line sends it, or S3's event as the tests of triggers send it."""
    client = boto3.client("stepfunctions")
    machine = deployment.physical("Market", "MachinesProcessTaskMachine")
    executions = client.list_executions(stateMachineArn=machine)["executions"]
    inputs = [json.loads(client.describe_execution(executionArn=each["executionArn"])["input"]) for each in executions]
    events = [each for each in inputs if "detail-type" in each]
    [request] = [each for each in inputs if "detail-type" not in each]

    local = TaskRequest(tenant="default", document_key="tenants/default/inbox/1", source="a.eml", owner="cloud")
    defaults = {"version", "received_by", "claim"}  # the machine adds the claim
    assert request.keys() | defaults == local.model_dump().keys()
    assert TaskRequest.model_validate(request).tenant == "default"

    documented = the_event("s3_object_created")
    assert len(events) == 3
    for event in events:
        assert event.keys() == documented.keys()
        assert event["detail"].keys() == documented["detail"].keys()
        objects = (event["detail"]["object"].keys(), documented["detail"]["object"].keys())
        assert objects[0] ^ objects[1] == {"eTag", "etag"}  # moto's spelling and S3's
        assert TaskRequest.model_validate(event).received_by in {None, "ses"}
