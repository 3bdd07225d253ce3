"""What a whole run tells to those who watch, and what it never tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bidding.adapters.intake import parse_document
from bidding.domain.all_events import EVENTS
from bidding.domain.disclosure import FIELDS, MASK
from bidding.domain.errors import RefusedDocument
from bidding.domain.measurements import METRICS
from tests.observed_run import CANARIES, ObservedRun

_FRAME = {"level", "message", "timestamp", "service", "seat", "_aws"}
_ADDRESS = re.compile(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WORDS = 4
"""So many words in a row are somebody's text and no coincidence."""


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[n : n + _WORDS]) for n in range(len(words) - _WORDS + 1)}


def _bodies(documents: dict[str, bytes]) -> Iterator[str]:
    for raw in documents.values():
        try:
            message, _ = parse_document(raw)
        except RefusedDocument:
            yield raw.decode(errors="replace")
            continue
        yield from (message.subject, message.text, message.history)
        yield from (attachment.text or "" for attachment in message.attachments)


def leaks(said: str, documents: dict[str, bytes]) -> set[str]:
    """Pieces of the documents that are in what was said: runs of words, subjects, addresses, canaries."""
    told = _shingles(said)
    found = {" ".join(shingle) for body in _bodies(documents) for shingle in _shingles(body) & told}
    addresses = {match.decode().lower() for raw in documents.values() for match in _ADDRESS.findall(raw)}
    subjects = {parse_document(raw)[0].subject for raw in documents.values() if b"subject:" in raw.lower()}
    lower = said.lower()
    return found | {each for each in {*addresses, *subjects, *CANARIES} if len(each) > 4 and each.lower() in lower}


def test_no_text_address_or_secret_is_told(observed: ObservedRun) -> None:
    """In no log line, metric or span of a full run is a piece of a mail's text, an address, a subject or a secret."""
    exported = b"\n".join(observed.exported).decode(errors="replace")
    assert len(observed.documents) >= 42
    assert len(observed.exported) > 3
    assert observed.texts["atomic.log"].count("\n") > 500

    for name, text in {**observed.texts, "spans": exported}.items():
        assert leaks(text, observed.documents) == set(), name


def test_a_leak_would_be_found(observed: ObservedRun) -> None:
    """Any sentence, address, subject or secret of a mail is found where it is in a line: silence means none."""
    for name, raw in observed.documents.items():
        assert leaks("\n".join(_bodies({name: raw})), {name: raw}), name
    assert all(canary in leaks(f"key={canary}", observed.documents) for canary in CANARIES)


def test_every_event_of_the_catalogue_happens(observed: ObservedRun) -> None:
    """The workflow reports every event of the catalogue, and none besides."""
    assert {line["message"] for line in observed.all_lines} == {event.name for event in EVENTS}


def test_every_metric_of_the_catalogue_is_measured(observed: ObservedRun) -> None:
    """The workflow measures every metric of the catalogue, with its dimensions, and none besides."""
    told = {
        (metric["Name"], metric["Unit"], tuple(dimensions))
        for line in observed.all_lines
        for directive in line.get("_aws", {"CloudWatchMetrics": ()})["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
    expected = set()
    for metric in METRICS:
        if metric.scope != "seat":
            expected.add((metric.name, metric.unit, ("service",)))
        if metric.scope != "service":
            expected.add((metric.name, metric.unit, ("service", "seat")))
    assert told == expected


def test_lines_have_listed_fields_only(observed: ObservedRun) -> None:
    """A line has fields of the allow-list, metrics of the catalogue and the logger's own; nothing had to be masked."""
    allowed = FIELDS.keys() | {metric.name for metric in METRICS} | _FRAME
    for line in observed.all_lines:
        assert line.keys() <= allowed, line
        assert MASK not in line.values(), line


def test_one_id_leads_from_the_trigger_to_the_feedback(observed: ObservedRun) -> None:
    """Every decision about a task carries its id, from the document's arrival to a human's word on a lot."""
    told = [line["message"] for line in observed.lines["healthy"] if line.get("task_id") == observed.task_id]

    assert told[0] == "task_ingested"
    assert told[-1] == "feedback_recorded"
    assert {"task_decomposed", "auction_opened", "auction_cleared", "execution_ended", "lot_settled"} < set(told)
    assert {"outcome_recorded", "task_assembled", "task_delivered"} < set(told)
    steps = ("auction_cleared", "execution_ended", "lot_settled", "outcome_recorded")
    per_award = [line for line in observed.all_lines if line["message"] in steps]
    assert all(
        {"task_id", "lot_id", "award_id", "kind", "function"} <= line.keys()
        for line in per_award
        if line["function"] != "assemble_result"
    )


def test_a_tasks_trace_has_its_id(observed: ObservedRun) -> None:
    """Under the task's id as trace are its functions, from ingest to feedback, and its model calls within."""
    spans = [span for span in observed.spans if span["trace"] == observed.task_id.replace("-", "")]
    names = [span["name"] for span in spans]
    executes = {span["id"] for span in spans if span["name"] == "atomic.execute_lot"}
    calls = [span for span in spans if "gen_ai.request.model" in span["attributes"]]

    assert {"atomic.ingest_task", "atomic.clear_auction", "atomic.record_feedback"} < set(names)
    assert len(calls) == len(executes) > 0
    assert {span["parent"] for span in calls} == executes
    for span in calls:
        assert span["name"].endswith(span["attributes"]["gen_ai.request.model"])
        assert span["attributes"].keys() >= {
            "gen_ai.operation.name",
            "gen_ai.provider.name",
            "gen_ai.request.max_tokens",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
            "atomic.auction.seat_id",
        }


@pytest.mark.parametrize(("episode", "error"), [("throttled", "throttled"), ("late", "too_slow")])
def test_a_failed_call_is_a_failed_span(observed: ObservedRun, episode: str, error: str) -> None:
    """A model call that failed is a span with an error status and the failure's reason."""
    failed = [span for span in observed.spans if span["attributes"].get("error.type") == error]

    assert len(failed) >= 5, episode
    assert {span["status"] for span in failed} == {2}
