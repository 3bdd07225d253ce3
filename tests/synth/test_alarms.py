"""Alarms of the synthesised stack, applied to what a real run wrote."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.main import get_command

from bidding.domain.all_events import EVENTS
from bidding.domain.disclosure import FIELDS
from bidding.domain.measurements import METRICS, NAMESPACE
from stacks.local.cli import app
from tests.alarms.evaluate import Alarm, alarms_of, state_at
from tests.alarms.series import MetricStore, metric_key, store_of
from tests.observed_run import ObservedRun

from .conftest import Synthesise
from .template import ROOT, Template

CAUSES = {
    "no-awards": "nobody",
    "re-auctions": "throttled",
    "lots-fail": "nobody",
    "budget-nearly-spent": "budget",
    "budget-refuses": "budget",
    "price-over-quote": "overcharging",
    "answers-invalid": "illiterate",
    "throttled": "throttled",
    "time-outs": "late",
    "slow-answers": "late",
    "overconfident": "boastful",
    "one-seat-wins-all": "concentration",
    "holds-stay-open": "stale",
    "not-sealed": "stale",
    "rows-without-partition": "stranded",
    "operator-errors": "misconfigured",
    "unexpected-errors": "broken_payload",
    "ledger-rolled-back": "forged_anchor",
    "nobody-measures": "silence",
    "executions-failed": "unknown_document",
    "dead-letters": "unknown_document",
}
"""Every alarm, and the episode in which its cause was brought about."""
_PERIOD_MS = 300_000
_PERIODS = 4
_START_MS = 1_790_000_100_000
_SLUG = re.compile(r"#([a-z-]+)$")


def slug(alarm: Alarm) -> str:
    """The alarm's name, from the link to its runbook."""
    matched = _SLUG.search(alarm.properties["AlarmDescription"])
    assert matched is not None
    return matched[1]


def sustained(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of an episode as if it went on: once in each of several periods."""
    measured = [line for line in lines if "_aws" in line]
    again = []
    for period in range(_PERIODS):
        for line in copy.deepcopy(measured):
            line["_aws"]["Timestamp"] = _START_MS + period * _PERIOD_MS
            again.append(line)
    return again


def vended(store: MetricStore, statuses: Iterable[str]) -> None:
    """What Step Functions and SQS themselves would publish of executions that ended so, each failure a dead letter."""
    failed = [1.0 if status == "FAILED" else 0.0 for status in statuses]
    visible = metric_key("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "DeadLetters"})
    for period in range(_PERIODS):
        at_ms = _START_MS + period * _PERIOD_MS
        store.add(visible, at_ms, float(messages_visible(int(sum(failed)))))
        for each in failed:
            store.add(metric_key("AWS/States", "ExecutionsFailed", {"StateMachineArn": "ProcessTask"}), at_ms, each)


def messages_visible(sent: int) -> int:
    """What a queue says of itself that was sent so many messages."""
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        queue = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        for n in range(sent):
            sqs.send_message(QueueUrl=queue, MessageBody=str(n))
        name = "ApproximateNumberOfMessages"
        return int(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name])


def rings(alarm: Alarm, observed: ObservedRun, episode: str) -> bool:
    """Whether an alarm rings at the end of an episode that went on."""
    store = store_of(sustained(observed.lines[episode]))
    vended(store, observed.executions.get(episode, ["SUCCEEDED"]))
    now_s = (_START_MS + (_PERIODS - 1) * _PERIOD_MS) // 1_000 + 1

    def resolve(value: Any) -> str:
        reference = json.dumps(value)
        known = [name for name in ("ProcessTask", "DeadLetters") if name in reference]
        return known[0] if known else str(value)

    return state_at(alarm, store, now_s, resolve=resolve) == "ALARM"


@pytest.fixture(scope="module")
def template(synthesise: Synthesise) -> Template:
    """The stack that watches the environment `dev`."""
    return synthesise("dev")["Observability"]


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, Alarm]:
    """All alarms of the stack, by name."""
    return {slug(alarm): alarm for alarm in alarms_of(template.body)}


def test_every_alarm_has_a_cause(alarms: dict[str, Alarm]) -> None:
    """There is an episode for each synthesised alarm that watches the market, and an alarm for each episode's cause."""
    assert alarms.keys() == CAUSES.keys()


@pytest.mark.parametrize(("name", "episode"), CAUSES.items())
def test_an_alarm_rings_for_its_cause(alarms: dict[str, Alarm], observed: ObservedRun, name: str, episode: str) -> None:
    """The alarm rings over what the real workflow wrote while its cause was there."""
    assert rings(alarms[name], observed, episode)


def test_a_healthy_inbox_rings_no_alarm(alarms: dict[str, Alarm], observed: ObservedRun) -> None:
    """Forty mails, feedback, sealing and upkeep leave every alarm silent."""
    assert [name for name, alarm in alarms.items() if rings(alarm, observed, "healthy")] == []


def test_every_alarm_has_a_runbook_and_tells_somebody(alarms: dict[str, Alarm], template: Template) -> None:
    """Each alarm links to a section that exists, and goes to the one topic, which only the account's own may use."""
    sections = re.findall(r"^## (.+)$", (ROOT / "docs/how-to/runbooks.md").read_text(), re.MULTILINE)
    (topic,) = template.of_type("AWS::SNS::Topic")
    for name, alarm in alarms.items():
        assert name in sections
        assert alarm.properties["AlarmActions"] == alarm.properties["OKActions"] == [{"Ref": topic}], name


def test_a_runbook_prescribes_what_works_on_a_deployment() -> None:
    """A command in a runbook asks the deployment, or the sentence says that it works on a home; a route is a route."""
    text = " ".join((ROOT / "docs/how-to/runbooks.md").read_text().split())
    commands: Any = get_command(app)
    routes = json.loads((ROOT / "docs/reference/openapi.json").read_text())["paths"]

    for written in re.findall(r"`atomic ([^`]+)`", text):
        words = [word for word in written.split() if word.islower()]
        command = commands.commands[words[0]]
        command = getattr(command, "commands", {}).get(words[1] if words[1:] else "", command)
        takes_profile = any(parameter.name == "profile" for parameter in command.params)
        assert ("--profile aws" in written) == takes_profile, written
        assert takes_profile or f"`atomic {written}` works on a home" in text, written
    named = re.findall(r"`(GET|POST|PUT|PATCH) (/[a-z/]+)`", text)
    assert named
    assert [each for each in named if each[0].lower() not in routes.get(each[1], {})] == []


def test_dashboard_and_alarms_ask_for_metrics_that_exist(template: Template) -> None:
    """Whatever metric of ours the template names is in the catalogue, and every one of the catalogue is looked at."""
    text = json.dumps(template.body)
    named = set(re.findall(rf'\\\\*"{NAMESPACE}\\\\*",\\\\*"(\w+)\\\\*"', text))
    named |= set(re.findall(r'MetricName=\W*"(\w+)', text.replace("\\", "")))
    named |= {each["MetricName"] for each in _metrics(template.body) if each.get("Namespace") == NAMESPACE}

    assert named <= {metric.name for metric in METRICS}
    assert {metric.name for metric in METRICS} - named == {"Executions", "HoldsExpired"} - named


def test_saved_queries_read_fields_that_lines_have(template: Template) -> None:
    """A saved query filters events of the catalogue and reads fields of the allow-list."""
    queries = [each["QueryString"] for each in template.of_type("AWS::Logs::QueryDefinition").values()]
    names = {event.name for event in EVENTS}
    assert len(queries) >= 8
    for query in queries:
        assert set(re.findall(r"message = '(\w+)'", query)) <= names
        said = set(re.findall(r"\b[a-z]+_[a-z_]+\b", re.sub(r"'[^']*'| as \w+", "", query)))
        assert said <= FIELDS.keys() | {"saved_micros"}, query


def _metrics(node: Any) -> Iterable[dict[str, Any]]:
    if isinstance(node, dict):
        if "MetricName" in node:
            yield node
        for value in node.values():
            yield from _metrics(value)
    elif isinstance(node, list):
        for value in node:
            yield from _metrics(value)
